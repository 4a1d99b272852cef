import { HostError } from '../core/errors';
import { parsePluginKey } from '../core/plugin-key';
import type { PluginRegistry } from '../core/ports/plugin-registry';
import type { PluginEraser, UpkeepDesk } from '../core/ports/upkeep-desk';

/** Of this very process's host. Without an eraser there is nothing that plugins could have kept. */
export function createUpkeepDesk(
  registry: Pick<PluginRegistry, 'list' | 'find' | 'rescan'>,
  eraser: PluginEraser | undefined,
): UpkeepDesk {
  return {
    rescan: async () => {
      await registry.rescan();
      return registry.list();
    },
    erase: async (text) => {
      const key = parsePluginKey(text);
      if (key === undefined) throw new HostError('plugin/unknown', [text]);
      if (eraser === undefined) throw new HostError('inbox/unavailable', []);
      const state = registry.find(key)?.state;
      if (state !== undefined && state !== 'disabled') throw new HostError('plugin/still-served', [key]);
      return eraser.erase(key);
    },
  };
}
