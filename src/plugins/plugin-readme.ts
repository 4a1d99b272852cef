import { existsSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Found } from './discover';
import type { Reconciler } from './reconciler';

const NAME = 'README.md';
const MOST_BYTES = 262_144;

type Place = Pick<Found, 'folder' | 'from'>;

/** Whether there is one; a single file has none: what lies beside it is everybody's. */
export function hasReadme({ folder, from }: Place): boolean {
  return from !== 'file' && existsSync(path.join(folder, NAME));
}

/** The READMEs of this host's plugins, by key or folder: undefined where there is none, or it is larger than 256 KiB. */
export function readReadmes(
  reconciler: Pick<Reconciler, 'find'>,
): (key: string) => Promise<string | undefined> {
  return async (key) => {
    const found = reconciler.find(key)?.found;
    return found === undefined || !hasReadme(found) ? undefined : readWithin(found.folder);
  };
}

/** A link that leads out of the folder leads nowhere. */
async function readWithin(folder: string): Promise<string | undefined> {
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(path.join(folder, NAME))]);
    if (!file.startsWith(root + path.sep)) return undefined;
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MOST_BYTES) return undefined;
      // As much as it was when it was looked at: it may grow meanwhile.
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
