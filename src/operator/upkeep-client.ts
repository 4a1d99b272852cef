import type { PluginStatus } from '../core/ports/plugin-registry';
import type { ErasedState, UpkeepDesk } from '../core/ports/upkeep-desk';
import { listIn, type OperatorConnection } from './operator-connection';

/** Of a host in another process. */
export function connectUpkeep({ where, read }: OperatorConnection): UpkeepDesk {
  return {
    rescan: async () => listIn<PluginStatus>(await read('POST', 'plugins/rescan'), 'plugins', where),
    erase: async (key) =>
      (await read('POST', `plugins/${encodeURIComponent(key)}/erase`)) as unknown as ErasedState,
  };
}
