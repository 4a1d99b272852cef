import type { CollectionSummary, DataDesk, StoredDocument } from '../core/ports/data-desk';
import type { Page } from '../core/ports/inbox-desk';
import { listIn, queryOf, type OperatorConnection } from './operator-connection';

/** What plugins of a host in another process keep. */
export function connectData({ where, read }: OperatorConnection): DataDesk {
  const at = (plugin: string) => `plugins/${encodeURIComponent(plugin)}/data`;
  return {
    collections: async (plugin) =>
      listIn<CollectionSummary>(await read('GET', at(plugin)), 'collections', where),
    documents: async (plugin, filter, page = {}) => {
      const query = queryOf({ ...filter, ...page });
      return (await read('GET', `${at(plugin)}/documents${query}`)) as unknown as Page<StoredDocument>;
    },
    remove: async (plugin, collection, scope, id) => {
      const query = queryOf({ collection, scope, id });
      return (await read('DELETE', `${at(plugin)}/documents${query}`))['removed'] === true;
    },
    clear: async (plugin, collection) =>
      Number((await read('DELETE', `${at(plugin)}${queryOf({ collection })}`))['removed']),
  };
}
