import { access, constants, mkdtemp, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm';
/** Its kind. @see statfs(2), TMPFS_MAGIC */
const TMPFS = 0x01021994;
/** What must be free in it: a container often has 64 MiB, which a test of large bodies would fill. */
const LEAST_FREE_BYTES = 256 * 1024 ** 2;

/**
 * A new folder for what a host of a test writes, in memory where the machine has room there: every commit of the inbox
 * waits until the disk has it, which a test has no use for. The system's temporary folder otherwise. The caller removes it.
 */
export async function scratchFolder(): Promise<string> {
  const parent = (await isRoomyMemory(MEMORY)) ? MEMORY : tmpdir();
  return realpath(await mkdtemp(path.join(parent, 'gatehouse-test-')));
}

/** Whether a folder is one in memory, may be written to, and has enough room. */
export async function isRoomyMemory(folder: string, leastBytes = LEAST_FREE_BYTES): Promise<boolean> {
  try {
    const { type, bavail, bsize } = await statfs(folder);
    await access(folder, constants.W_OK | constants.X_OK);
    return type === TMPFS && bavail * bsize >= leastBytes;
  } catch {
    return false;
  }
}
