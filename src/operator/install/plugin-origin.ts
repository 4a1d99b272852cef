import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where a plugin's folder was taken from, kept in it: what it is brought up to date by. */
export type PluginOrigin =
  | {
      readonly kind: 'git';
      readonly url: string;
      readonly ref?: string | undefined;
      /** What was taken, 40 hexadecimal digits. */
      readonly commit: string;
    }
  | { readonly kind: 'folder'; readonly folder: string };

const FILE = 'gatehouse-origin.json';

/** Undefined in a folder that was not added. */
export async function readOrigin(folder: string): Promise<PluginOrigin | undefined> {
  try {
    const value = JSON.parse(await readFile(path.join(folder, FILE), 'utf8')) as PluginOrigin;
    const isGit = value.kind === 'git' && typeof value.url === 'string' && typeof value.commit === 'string';
    return isGit || (value.kind === 'folder' && typeof value.folder === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Anew, in the place of whatever is called so: a link there is not followed. */
export async function writeOrigin(folder: string, origin: PluginOrigin): Promise<void> {
  const file = path.join(folder, FILE);
  await rm(file, { recursive: true, force: true });
  await writeFile(file, `${JSON.stringify(origin, undefined, 2)}\n`, { flag: 'wx' });
}
