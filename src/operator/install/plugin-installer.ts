import { existsSync } from 'node:fs';
import { realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { Environment } from '../../core/settings-variables';
import { findInstalled, type InstalledPlugin, type InstallPlaces } from './installed-plugins';
import { checkPackage, dependenciesOf, installPackage, removePackage } from './npm-package';
import { parseSource } from './plugin-source';
import { stageFolder, type FolderSource } from './staged-folder';

export interface InstallerParts extends InstallPlaces {
  /** Whether packages of the working folder are loaded at all. */
  readonly packages: boolean;
  /** For npm and git; without the host's own variables. */
  readonly env: Environment;
}

/** A change of the files, done and not yet agreed to. One of `keep` and `undo` is to be called. */
export interface InstallChange {
  /** Where the plugin stands, links resolved. */
  readonly place: string;
  /** As its package.json says it, where it does. */
  readonly key: PluginKey | undefined;
  /** What was taken: a version, a commit, or the folder it was copied from. */
  readonly pinned: string;
  keep(): Promise<void>;
  /** Puts the files back as they were. */
  undo(): Promise<void>;
}

export interface RemovablePlugin {
  /** Links resolved. */
  readonly place: string;
  /** Removes its files; what it kept elsewhere stays. */
  remove(): Promise<void>;
}

/**
 * Adds a plugin at an exact version: packages into the working folder's `node_modules`, what comes from git or a folder into the
 * first plugins folder. Whatever fails leaves nothing behind. @throws install/*
 */
export async function addPlugin(
  given: string,
  name: string | undefined,
  parts: InstallerParts,
): Promise<InstallChange> {
  const source = parseSource(given, parts.cwd);
  if (source.kind === 'npm') return addPackage(source.spec, parts);
  const [parent = path.join(parts.cwd, 'plugins')] = parts.folders;
  const place = path.join(parent, folderName(given, name ?? nameOf(source)));
  if (existsSync(place)) throw new HostError('install/taken', [place]);
  return placeFolder(source, place, parts.env);
}

/** Brings a plugin to another version, from where it was added. @throws install/* */
export async function updatePlugin(
  wanted: string,
  to: string | undefined,
  parts: InstallerParts,
): Promise<InstallChange> {
  const installed = await findInstalled(wanted, parts);
  if (installed.kind === 'npm') return updatePackage(installed, to, parts);
  const { origin, place } = installed;
  if (origin.kind === 'folder' && to !== undefined)
    throw new HostError('install/bad-source', [
      to,
      `${wanted} was copied from ${origin.folder}, which has no versions`,
    ]);
  const ref = origin.kind === 'git' ? (to ?? origin.ref) : undefined;
  const source = parseSource(
    origin.kind === 'git' ? `${origin.url}${ref === undefined ? '' : `#${ref}`}` : origin.folder,
    parts.cwd,
  );
  if (source.kind === 'npm') throw new HostError('install/bad-source', [source.spec, 'it is no folder']);
  return placeFolder(source, place, parts.env);
}

/** Finds a plugin that was added. @throws install/unknown, install/not-added; its `remove` install/program-failed */
export async function findRemovable(wanted: string, parts: InstallerParts): Promise<RemovablePlugin> {
  const installed = await findInstalled(wanted, parts);
  return {
    place: await realpath(installed.place),
    remove: () =>
      installed.kind === 'npm'
        ? removePackage(installed.name, parts)
        : rm(installed.place, { recursive: true, force: true }),
  };
}

async function addPackage(spec: string, parts: InstallerParts): Promise<InstallChange> {
  if (!parts.packages)
    throw new HostError('install/bad-source', [
      spec,
      'this host loads no packages (plugins.packages is false)',
    ]);
  const checked = await checkPackage(spec, parts);
  const known = (await dependenciesOf(parts.cwd))[checked.name];
  if (known !== undefined) throw new HostError('install/taken', [`${checked.name} ${known}`]);
  return changeOf(checked, await installPackage(checked, parts), parts);
}

async function updatePackage(
  { name, version }: Extract<InstalledPlugin, { readonly kind: 'npm' }>,
  to: string | undefined,
  parts: InstallerParts,
): Promise<InstallChange> {
  // From an archive comes another archive; of a registry's package the latest, or the version that is named.
  const isArchive = /^(?:file:|https?:)/.test(version);
  if (isArchive && to === undefined)
    throw new HostError('install/bad-source', [name, 'it came from an archive: name the next one with --to']);
  const source = parseSource(isArchive ? (to ?? '') : `${name}@${to ?? 'latest'}`, parts.cwd);
  if (source.kind !== 'npm') throw new HostError('install/bad-source', [to ?? name, 'it is no package']);
  const checked = await checkPackage(source.spec, parts);
  if (checked.name !== name)
    throw new HostError('install/bad-source', [source.spec, `it is ${checked.name}, not ${name}`]);
  return changeOf(checked, await installPackage(checked, parts), parts);
}

async function changeOf(
  { name, manifest, pinned }: Awaited<ReturnType<typeof checkPackage>>,
  undo: () => Promise<void>,
  { cwd }: InstallerParts,
): Promise<InstallChange> {
  const place = await realpath(path.join(cwd, 'node_modules', name));
  return { place, key: manifest.key, pinned: manifest.version ?? pinned, keep: async () => {}, undo };
}

async function placeFolder(source: FolderSource, place: string, env: Environment): Promise<InstallChange> {
  const { manifest, origin, swapInto, discard } = await stageFolder(source, path.dirname(place), env);
  try {
    const putBack = await swapInto(place);
    const undo = async () => {
      await putBack();
      await discard();
    };
    const pinned = origin.kind === 'git' ? origin.commit : origin.folder;
    return { place: await realpath(place), key: manifest.key, pinned, keep: discard, undo };
  } catch (thrown) {
    await discard();
    throw thrown;
  }
}

function nameOf(source: FolderSource): string {
  if (source.kind === 'folder') return path.basename(source.folder);
  return (
    path
      .basename(source.url.replace(/\/+$/, ''))
      .replace(/\.git$/, '')
      .split(':')
      .at(-1) ?? ''
  );
}

/** One segment that every file system takes, and that is looked at when plugins are looked for. */
function folderName(source: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name) && name !== 'node_modules') return name;
  throw new HostError('install/bad-source', [
    source,
    `"${name.slice(0, 100)}" is no name for a folder; give one with --name`,
  ]);
}
