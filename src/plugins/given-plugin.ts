import path from 'node:path';
import type { PluginInfo } from '../core/plugin-info';
import { pluginClassInfo } from './decorators';
import { rediscover } from './discover';
import { PLUGIN, type PluginReading } from './plugin-reading';

/** What a plugin object or a class with `@GatePlugin` says of itself; undefined for anything else. */
export function infoOfPlugin(value: unknown): PluginInfo | undefined {
  if (typeof value !== 'object' || value === null) return pluginClassInfo(value);
  return (value as { readonly [PLUGIN]?: PluginReading })[PLUGIN]?.info;
}

/** Whether a folder is a plugin itself: it has an entry, or a package.json that names one which is not there. */
export async function isPluginFolder(folder: string): Promise<boolean> {
  const place = { id: path.basename(folder), place: folder, folder, manifest: {}, from: 'folder' } as const;
  const { entry, problem } = await rediscover(place);
  return entry !== undefined || problem !== undefined;
}
