import { closeSync, openSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import Driver from './driver.cjs';

/** Of a commit that finds the file locked by somebody's tool: the event loop stands still that long at most. */
const BUSY_MS = 20;
const CACHE_KIB = 65_536;
/** Of log until a checkpoint, which stops the event loop: rarer ones cost hardly less in all, and stop it longer. */
const CHECKPOINT_PAGES = 1_000;
const LOG_BYTES = 67_108_864;

/** One open database file. A commit is on disk when it returns (`synchronous=FULL`). */
export class DatabaseFile {
  readonly #inode: number;

  private constructor(
    readonly path: string,
    readonly connection: Database,
  ) {
    this.#inode = statSync(path).ino;
  }

  /** `create`: readable by its owner only; without it, a file that is gone is an error. */
  static open(path: string, { create }: { create: boolean }): DatabaseFile {
    // SQLite gives its log and index files the mode of the database.
    if (create) closeSync(openSync(path, 'a', 0o600));
    const connection = new Driver(path, { timeout: BUSY_MS, fileMustExist: true });
    try {
      connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = FULL');
      connection.pragma(`cache_size = -${CACHE_KIB}`);
      connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      connection.pragma(`journal_size_limit = ${LOG_BYTES}`);
      connection.pragma('temp_store = MEMORY');
      return new DatabaseFile(path, connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** A file that was removed or replaced still takes writes, which nobody would ever read. @throws then */
  requireInPlace(): void {
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (found?.ino !== this.#inode)
      throw Object.assign(new Error(`${this.path} was removed or replaced`), { code: 'SQLITE_CANTOPEN' });
  }

  close(): void {
    this.connection.close();
  }
}
