import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize, relative, sep } from 'node:path';
import type { FileBody } from '../core/file-body';

/** A file that is open, so that nothing changes any more which one is meant. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
  /** As it was asked for: its ending says what it is. */
  readonly name: string;
  /** A folder was asked for, and this is its page. */
  readonly isIndex: boolean;
}

/** Opened without waiting: a pipe would wait for its writer. */
const READING = constants.O_RDONLY | constants.O_NONBLOCK;
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO']);

/**
 * Opens what a file body names. Undefined when it is not there: no ordinary file, hidden, or not below its root. What
 * is opened is judged by its own real path, so a link that is put in its way meanwhile leads nowhere. The caller closes it.
 * @throws what the system says of what it refuses to open, and of a root that is not there
 */
export async function openFile(body: FileBody): Promise<OpenedFile | undefined> {
  const place = await placeOf(body);
  if (place === undefined) return undefined;
  const { path, root } = place;
  const found = await openBelow(path, root);
  if (found === undefined) return undefined;
  if (found.stats.isFile()) return { ...found, name: path, isIndex: false };
  await found.handle.close();
  if (body.index === undefined || !found.stats.isDirectory()) return undefined;
  const name = join(path, body.index);
  const page = await openBelow(name, root);
  if (page === undefined) return undefined;
  if (page.stats.isFile()) return { ...page, name, isIndex: true };
  await page.handle.close();
  return undefined;
}

/** Where to look; the root is a real path. */
interface Place {
  readonly path: string;
  readonly root: string | undefined;
}

async function placeOf({ path, root }: FileBody): Promise<Place | undefined> {
  if (path.includes('\0')) return undefined;
  if (root === undefined) return isHidden(basename(path)) ? undefined : { path, root };
  if (path.includes('\\')) return undefined;
  // An author may have joined the two already.
  const base = normalize(root + sep);
  const rest = path.startsWith(base) ? path.slice(base.length) : path;
  if (rest.split('/').some((name) => name === '..' || isHidden(name))) return undefined;
  const real = await realpath(root);
  return { path: join(real, rest), root: real };
}

async function openBelow(
  path: string,
  root: string | undefined,
): Promise<{ readonly handle: FileHandle; readonly stats: Stats } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, READING);
  } catch (refusal) {
    if (ABSENT.has((refusal as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw refusal;
  }
  try {
    const stats = await handle.stat();
    if (root === undefined || isBelow(root, await realPathOf(handle, path, stats))) return { handle, stats };
  } catch (failure) {
    await handle.close();
    throw failure;
  }
  await handle.close();
  return undefined;
}

/** The real path of what was opened, not of what has its name by now; undefined when that cannot be told. */
async function realPathOf(handle: FileHandle, path: string, stats: Stats): Promise<string | undefined> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`);
  const real = await realpath(path);
  const { dev, ino } = await lstat(real);
  return dev === stats.dev && ino === stats.ino ? real : undefined;
}

function isBelow(root: string, path: string | undefined): boolean {
  if (path === undefined) return false;
  const rest = relative(root, path);
  return !isAbsolute(rest) && !rest.split(sep).some((name) => name === '..' || isHidden(name));
}

function isHidden(name: string): boolean {
  return name.length > 1 && name.startsWith('.') && name !== '..';
}
