import type { BackupPart } from '../../core/ports/backup';
import type { PluginRegistry } from '../../core/ports/plugin-registry';

/** Which plugins there are, for whoever puts them back. Their code is not in a backup. */
export function createListedPlugins(registry: Pick<PluginRegistry, 'list'>): BackupPart {
  return {
    async *sections() {
      const rows = async function* () {
        for (const { key, version, folder, state } of registry.list())
          if (key !== undefined) yield [key, version, folder, state];
      };
      const columns = ['key', 'version', 'folder', 'state'];
      yield { part: 'plugins', name: 'plugins', columns, facts: {}, rows: rows() };
    },
  };
}
