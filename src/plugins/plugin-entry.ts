import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../core/errors';

const ENTRY_EXTENSIONS: readonly string[] = ['.ts', '.mts', '.js', '.mjs', '.cjs'];

/** A plugin's package.json, parsed; an empty object when there is none. */
export type Manifest = Readonly<Record<string, unknown>>;

/**
 * The entry of a plugin folder, absolute and with links resolved: package.json `gatehouse.entry`, else `main`,
 * else `index` or `src/index`. Undefined when nothing is named and neither index exists.
 * @throws plugin/bad-entry when the named file is missing or any entry lies outside `folder`
 */
export async function findEntry(folder: string, manifest: Manifest): Promise<string | undefined> {
  const named = namedEntry(manifest);
  if (named === undefined) {
    const index = (await firstFile(folder, 'index')) ?? (await firstFile(folder, path.join('src', 'index')));
    return index === undefined ? undefined : inside(folder, index, path.relative(folder, index));
  }
  if (!isWithin(folder, path.resolve(folder, named)))
    throw new HostError('plugin/bad-entry', [folder, named, 'lies outside the folder']);
  const file =
    (await asFile(path.resolve(folder, named))) ??
    (await firstFile(folder, named)) ??
    (await firstFile(folder, path.join(named, 'index')));
  if (file === undefined) throw new HostError('plugin/bad-entry', [folder, named, 'does not exist']);
  return inside(folder, file, named);
}

/** True when `file` is `folder` or lies under it; both absolute. */
export function isWithin(folder: string, file: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

function namedEntry(manifest: Manifest): string | undefined {
  const own = manifest['gatehouse'];
  const entry = typeof own === 'object' && own !== null ? (own as Manifest)['entry'] : undefined;
  const named = entry ?? manifest['main'];
  return typeof named === 'string' && named !== '' ? named : undefined;
}

async function firstFile(folder: string, stem: string): Promise<string | undefined> {
  for (const extension of ENTRY_EXTENSIONS) {
    const file = await asFile(path.resolve(folder, stem + extension));
    if (file !== undefined) return file;
  }
  return undefined;
}

async function asFile(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true ? file : undefined;
}

async function inside(folder: string, file: string, named: string): Promise<string> {
  const real = await realpath(file);
  if (!isWithin(folder, real))
    throw new HostError('plugin/bad-entry', [folder, named, 'is a link to a place outside the folder']);
  return real;
}
