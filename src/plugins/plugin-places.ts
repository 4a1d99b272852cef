import type { PluginKey } from '../core/plugin-key';
import type { PluginPages } from '../core/ports/plugin-pages';
import type { PlacedPlugin } from './placed-plugin';
import type { Reconciler } from './reconciler';

/** The plugin that has a key on this host; folder names find none here. */
export function pluginOf(reconciler: Pick<Reconciler, 'find'>, key: PluginKey): PlacedPlugin | undefined {
  const plugin = reconciler.find(key);
  return plugin?.key === key ? plugin : undefined;
}

/** Where the pages of this host's plugins are. */
export function createPluginPlaces(reconciler: Pick<Reconciler, 'find'>): PluginPages {
  return {
    find(key) {
      const plugin = pluginOf(reconciler, key);
      if (plugin === undefined || plugin.state === 'disabled') return undefined;
      const { live, config, found } = plugin;
      return {
        isLive: live !== undefined,
        hasSettings: config !== undefined,
        webuiPath: live?.mount.info.webuiPath,
        folder: found.folder,
      };
    },
  };
}
