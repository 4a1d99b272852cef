import type { Doctor, LatestRefusal } from '../core/ports/doctor';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import { listIn, queryOf, type OperatorConnection } from './operator-connection';

/** The quarantine of a host in another process: every verb as one request. */
export function connectQuarantine({ read }: OperatorConnection): QuarantineDesk {
  const get = async <T>(verb: string) => (await read('GET', `quarantine${verb}`)) as T;
  return {
    refusals: (filter, page) => get(queryOf({ ...filter, ...page })),
    counts: (filter) => get(`/counts${queryOf({ ...filter })}`),
    refusal: (id) => get(`/${encodeURIComponent(id)}`),
    purge: async (selection, after) =>
      (await read('POST', 'quarantine/purge', { ...selection, after })) as never,
  };
}

/** The doctor of a host in another process: secrets stay there. */
export function connectDoctor({ where, read }: OperatorConnection): Doctor {
  return {
    diagnose: async (id) => (await read('GET', `doctor/${encodeURIComponent(id)}`)) as never,
    overview: async (plugin) => {
      const answer = await read('GET', `doctor${queryOf({ plugin })}`);
      const refusals = listIn<LatestRefusal>(answer, 'refusals', where);
      const { more } = answer as { readonly more?: unknown };
      return { refusals, more: typeof more === 'number' ? more : 0 };
    },
  };
}
