import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, unlinkSync, type Stats } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { HostError } from '../core/errors';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. @see unix(7) */
const LONGEST_PATH_BYTES = 100;

/**
 * Where the host of this data folder listens for its operator. A path too long for a socket becomes a stable name in
 * a folder of this user's alone under the system's temporary folder.
 */
export function localSocketPath(dataFolder: string, temporaryFolder = tmpdir()): string {
  const beside = path.join(dataFolder, 'operator.sock');
  if (Buffer.byteLength(beside) <= LONGEST_PATH_BYTES) return beside;
  const name = createHash('sha256').update(path.resolve(dataFolder)).digest('hex').slice(0, 24);
  return path.join(temporaryFolder, `gatehouse-${userInfo().uid}`, `${name}.sock`);
}

/**
 * Makes `socket` free to listen on: its folder exists, and a socket that a killed host left behind is removed.
 * @throws host/already-running when a host answers there; host/unsafe-folder when others could stand in its place
 */
export async function clearLocalSocket(socket: string): Promise<void> {
  const folder = path.dirname(socket);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (path.basename(socket) !== 'operator.sock') requireOwnFolder(folder);
  const found = lookAt(socket);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new HostError('host/unsafe-folder', [folder, `${path.basename(socket)} is not a socket`]);
  if (await answers(socket)) throw new HostError('host/already-running', [socket]);
  unlinkSync(socket);
}

/** A folder under a shared temporary folder could have been made, or be writable, by someone else. */
function requireOwnFolder(folder: string): void {
  const stats = lookAt(folder);
  if (stats?.isDirectory() !== true)
    throw new HostError('host/unsafe-folder', [folder, 'it is not a folder']);
  if (stats.uid !== userInfo().uid)
    throw new HostError('host/unsafe-folder', [folder, 'it belongs to another user']);
  if ((stats.mode & 0o077) !== 0) throw new HostError('host/unsafe-folder', [folder, 'others may enter it']);
}

function lookAt(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    const end = (answered: boolean) => {
      connection.destroy();
      resolve(answered);
    };
    connection.once('connect', () => end(true)).once('error', () => end(false));
  });
}
