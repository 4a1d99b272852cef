import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../../core/errors';
import { readOrigin, type PluginOrigin } from './plugin-origin';
import { dependenciesOf } from './npm-package';

/** Where plugins stand on this machine. */
export interface InstallPlaces {
  /** The working folder, whose packages are loaded. */
  readonly cwd: string;
  /** The plugins folders; the first takes what is added. */
  readonly folders: readonly string[];
  /** The data folder, which remembers the key of each place. */
  readonly data: string;
}

/** A plugin that was added, and what it was added from. */
export type InstalledPlugin =
  | { readonly kind: 'npm'; readonly place: string; readonly name: string; readonly version: string }
  | { readonly kind: 'folder'; readonly place: string; readonly name: string; readonly origin: PluginOrigin };

/**
 * The added plugin that is called so: by its key, as it last loaded or as its package.json has it, by the name of its folder, or of
 * its package. @throws install/unknown, install/not-added for one that somebody put there
 */
export async function findInstalled(wanted: string, places: InstallPlaces): Promise<InstalledPlugin> {
  const keys = await keysByPlace(places.data);
  const called = async (place: string, name: string) =>
    name === wanted ||
    keys.get(place) === wanted ||
    keys.get(await realpath(place).catch(() => place)) === wanted ||
    (await keyIn(place)) === wanted;
  for (const [name, version] of Object.entries(await dependenciesOf(places.cwd))) {
    const place = path.join(places.cwd, 'node_modules', name);
    if ((await keywordsIn(place)).includes('gatehouse-plugin') && (await called(place, name)))
      return { kind: 'npm', place, name, version };
  }
  for (const folder of places.folders)
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const place = path.join(folder, name);
      if (name.startsWith('.') || !(await called(place, name))) continue;
      const origin = await readOrigin(place);
      if (origin === undefined) throw new HostError('install/not-added', [wanted, place]);
      return { kind: 'folder', place, name, origin };
    }
  throw new HostError('install/unknown', [wanted, [...places.folders, places.cwd].join(', ')]);
}

async function keysByPlace(data: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(data, 'plugins.json'), 'utf8').catch(() => '{}');
  const { places = {} } = JSON.parse(text) as { places?: Record<string, { key?: string }> };
  return new Map(
    Object.entries(places).flatMap(([place, { key }]) => (key === undefined ? [] : [[place, key]])),
  );
}

interface Manifest {
  readonly gatehouse?: { readonly author?: unknown; readonly module?: unknown };
  readonly keywords?: unknown;
}

async function keyIn(place: string): Promise<string | undefined> {
  const { gatehouse } = await manifestIn(place);
  return gatehouse === undefined ? undefined : `${String(gatehouse.author)}.${String(gatehouse.module)}`;
}

async function keywordsIn(place: string): Promise<readonly unknown[]> {
  const { keywords } = await manifestIn(place);
  return Array.isArray(keywords) ? keywords : [];
}

/** What cannot be read says nothing. */
async function manifestIn(place: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return {};
  }
}
