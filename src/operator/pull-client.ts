import type { PulledRequest, PullsDesk } from '../core/ports/pulls';
import type { OperatorConnection } from './operator-connection';
import { dataOf } from './server-sent-events';

/** Of a host in another process; what is followed ends with the connection. */
export function connectPulls({ read, stream }: OperatorConnection): PullsDesk {
  return {
    async *follow({ plugin, endpoint }, signal) {
      const asked = new URLSearchParams();
      if (plugin !== undefined) asked.set('plugin', plugin);
      if (endpoint !== undefined) asked.set('endpoint', endpoint);
      for await (const data of dataOf(await stream(`pulls?${String(asked)}`, signal), signal)) {
        const item = JSON.parse(data) as PulledRequest | { readonly note: string };
        if ('note' in item) throw new Error(item.note);
        yield item;
      }
    },
    answer: async (id, answer) =>
      (await read('POST', `pulls/${encodeURIComponent(id)}/answer`, answer ?? { declined: true }))[
        'taken'
      ] === true,
  };
}
