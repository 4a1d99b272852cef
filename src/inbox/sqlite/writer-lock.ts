import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { HostError, toError } from '../../core/errors';
import Driver from './driver.cjs';

/**
 * Keeps every other writer from the database until it is closed: an exclusive transaction, never ended, on an empty
 * file beside it. The lock is the system's own: it goes with its process, however that dies, so there is never a stale
 * one, and it holds between containers that share the folder and not their process ids.
 */
export class WriterLock {
  private constructor(private readonly held: Database) {}

  /** @throws host/already-running when another holds it */
  static take(file: string): WriterLock {
    const lock = new Driver(path.join(path.dirname(file), `${path.basename(file, '.db')}.lock`), {
      timeout: 0,
    });
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch (thrown) {
      lock.close();
      const { code } = toError(thrown) as { code?: unknown };
      if (code === 'SQLITE_BUSY') throw new HostError('host/already-running', [file], { cause: thrown });
      throw thrown;
    }
    return new WriterLock(lock);
  }

  release(): void {
    this.held.close();
  }
}
