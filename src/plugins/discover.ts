import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { HostError, isHostError } from '../core/errors';
import { findEntry, type Manifest } from './plugin-entry';

/** A place where a plugin stands, whether or not it can be loaded. */
export interface Found {
  /** The folder's, file's or package's name. */
  readonly id: string;
  /** What tells two plugins apart: the folder or, for a single file, the file; absolute, links resolved. */
  readonly place: string;
  /** The plugin's folder; for a single file, the folder it stands in. */
  readonly folder: string;
  /** Absolute, links resolved. Undefined when there is none. */
  readonly entry?: string;
  readonly manifest: Manifest;
  readonly from: 'folder' | 'file' | 'package';
  /** Why this place cannot be loaded. */
  readonly problem?: HostError;
}

export interface DiscoverOptions {
  /** Absolute; plugins of an earlier folder come first. */
  readonly folders: readonly string[];
  /** Whether packages of `workingFolder`/node_modules with keyword `gatehouse-plugin` count. */
  readonly packages: boolean;
  readonly workingFolder: string;
}

/**
 * Every place of a plugin: folders in the given order, then packages, names by code point. The same place listed
 * twice counts once. Never rejects: what is wrong with a place is its `problem`.
 */
export async function discover(options: DiscoverOptions): Promise<Found[]> {
  const all: Found[] = [];
  for (const folder of options.folders) all.push(...(await childrenOf(folder)));
  if (options.packages) all.push(...(await packagesOf(path.join(options.workingFolder, 'node_modules'))));
  const seen = new Set<string>();
  return all.filter(({ place }) => !seen.has(place) && seen.add(place));
}

/** The same place, read again: its package.json or entry may have changed. */
export async function rediscover(found: Found): Promise<Found> {
  const lost = found.problem !== undefined && (await stat(found.place).catch(() => undefined)) === undefined;
  if (found.from === 'file' || lost || found.problem?.code === 'plugin/folder-unreadable') return found;
  return pluginFolder(found.id, found.place, found.from);
}

async function childrenOf(parent: string): Promise<Found[]> {
  let names: string[];
  try {
    names = await readdir(parent);
  } catch (error) {
    const problem = new HostError('plugin/folder-unreadable', [parent], { cause: error });
    return [
      { id: path.basename(parent), place: parent, folder: parent, manifest: {}, from: 'folder', problem },
    ];
  }
  const visible = names.filter((name) => !name.startsWith('.') && name !== 'node_modules').sort(byCodePoint);
  const found = await Promise.all(visible.map((name) => childAt(parent, name)));
  return found.filter((one) => one !== undefined);
}

async function childAt(parent: string, name: string): Promise<Found | undefined> {
  const listed = path.join(parent, name);
  let place: string;
  let folder: boolean;
  try {
    place = await realpath(listed);
    folder = (await stat(place)).isDirectory();
  } catch (error) {
    const problem = new HostError('plugin/bad-entry', [parent, name, 'cannot be read'], { cause: error });
    return { id: name, place: listed, folder: listed, manifest: {}, from: 'folder', problem };
  }
  if (folder) return pluginFolder(name, place, 'folder');
  if (!/\.[tj]s$/.test(name) || name.endsWith('.d.ts')) return undefined;
  return { id: name, place, folder: path.dirname(place), entry: place, manifest: {}, from: 'file' };
}

async function pluginFolder(id: string, folder: string, from: 'folder' | 'package'): Promise<Found> {
  const base = { id, place: folder, folder, from };
  let manifest: Manifest = {};
  try {
    manifest = await readManifest(path.join(folder, 'package.json'));
    const entry = await findEntry(folder, manifest);
    return { ...base, manifest, ...(entry === undefined ? {} : { entry }) };
  } catch (error) {
    const problem = isHostError(error)
      ? error
      : new HostError('plugin/bad-entry', [folder, id, 'cannot be read'], { cause: error });
    return { ...base, manifest, problem };
  }
}

async function readManifest(file: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new HostError('plugin/invalid-manifest', [file, 'it cannot be read'], { cause: error });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new HostError('plugin/invalid-manifest', [file, 'it is not JSON'], { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new HostError('plugin/invalid-manifest', [file, 'it is not an object']);
  return parsed as Manifest;
}

async function packagesOf(modules: string): Promise<Found[]> {
  const top = (await namesIn(modules)).filter((name) => !name.startsWith('.'));
  const nested = await Promise.all(
    top.map(async (name) =>
      name.startsWith('@')
        ? (await namesIn(path.join(modules, name))).map((inner) => `${name}/${inner}`)
        : [name],
    ),
  );
  const found = await Promise.all(
    nested
      .flat()
      .sort(byCodePoint)
      .map((name) => packageAt(modules, name)),
  );
  return found.filter((one) => one !== undefined);
}

/** Most packages are no plugins: one whose package.json never says the keyword is nobody's problem here. */
async function packageAt(modules: string, name: string): Promise<Found | undefined> {
  const folder = await realpath(path.join(modules, name)).catch(() => undefined);
  if (folder === undefined) return undefined;
  const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => '');
  if (!text.includes('gatehouse-plugin')) return undefined;
  const found = await pluginFolder(name, folder, 'package');
  if (found.problem?.code === 'plugin/invalid-manifest') return found;
  const keywords = found.manifest['keywords'];
  return Array.isArray(keywords) && keywords.includes('gatehouse-plugin') ? found : undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** UTF-8 keeps the order of code points; JavaScript's own comparison does not. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
