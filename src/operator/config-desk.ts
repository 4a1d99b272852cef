import { HostError, isHostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { ConfigView, PluginConfigs } from '../core/ports/plugin-config';
import type { PluginRegistry, PluginState, PluginStatus, Transition } from '../core/ports/plugin-registry';

/** What came of a change that was stored. */
export interface ConfigChange {
  readonly revision: number;
  /** The plugin follows its configuration: it has the values, without a reload. */
  readonly taken?: true;
  /** Of the reload: `ok: false` when the plugin does not start with the values; the generation before serves on. */
  readonly transition?: Transition;
  /** Why there was no reload: the plugin is disabled, or the host could not. The values hold from its next load on. */
  readonly notReloaded?: { readonly code: string; readonly message: string };
}

/** A configuration, and how the plugin is that has it. */
export interface ConfigReport extends ConfigView {
  readonly state: PluginState;
  /** Of its last load. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** What operators do with configurations. A plugin the host does not know rejects with plugin/unknown. */
export interface ConfigDesk {
  /** Secrets masked. @throws plugin/no-config */
  view(plugin: string): Promise<ConfigReport>;
  /**
   * Stores the values in place of what operators gave before; a plugin that follows them takes them as they are, any other is
   * reloaded on every host. A masked value in place
   * of a secret keeps it. @throws plugin/no-config, plugin/refused-config, plugin/stale-config, inbox/unavailable
   */
  change(plugin: string, values: Readonly<Record<string, unknown>>, revision: number): Promise<ConfigChange>;
}

/** The configurations of this very process's host. */
export function createConfigDesk(configs: PluginConfigs, registry: PluginRegistry): ConfigDesk {
  const find = (text: string): { readonly key: PluginKey; readonly status: PluginStatus } => {
    const key = parsePluginKey(text);
    const status = key === undefined ? undefined : registry.find(key);
    if (key === undefined || status === undefined) throw new HostError('plugin/unknown', [text]);
    return { key, status };
  };
  return {
    view: async (plugin) => {
      const { key, status } = find(plugin);
      const view = configs.view(key);
      if (view === undefined) throw new HostError('plugin/no-config', [key]);
      const { state, failure } = status;
      // Its stack is not for a page of settings.
      return {
        ...view,
        state,
        ...(failure !== undefined && { failure: { code: failure.code, message: failure.message } }),
      };
    },
    change: async (plugin, values, given) => {
      const { key } = find(plugin);
      const revision = await configs.change(key, values, given);
      if (await configs.taken(key)) return { revision, taken: true };
      try {
        return { revision, transition: await registry.reload(key) };
      } catch (error) {
        if (!isHostError(error)) throw error;
        return { revision, notReloaded: { code: error.code, message: error.message } };
      }
    },
  };
}
