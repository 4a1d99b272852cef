import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { HostError, toError } from '../../core/errors';

/**
 * Copies the database into `backups/` beside its file, whole and readable by its owner only; answers where to. A copy from
 * the same version, which an attempt that failed has left, is replaced.
 * @throws inbox/cannot-copy
 */
export async function copyFile(connection: Database, file: string, from: number): Promise<string> {
  const copy = path.join(path.dirname(file), 'backups', `${path.basename(file, '.db')}-schema${from}.db`);
  const part = `${copy}.part`;
  try {
    mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
    closeSync(openSync(part, 'w', 0o600));
    await connection.backup(part);
    renameSync(part, copy);
    return copy;
  } catch (thrown) {
    rmSync(part, { force: true });
    throw new HostError('inbox/cannot-copy', [copy, toError(thrown).message], { cause: thrown });
  }
}
