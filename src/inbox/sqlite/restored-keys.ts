import type { Database, Statement } from 'better-sqlite3';
import { RESTORED_KEYS } from '../backup-tables';
import { DAY_MS, keyDigest, MOST_WINDOW_MS } from '../dedupe-days';
import type { DedupeKey } from '../store';
import type { KeyEntry } from './key-log';

/** Keys that a restore brought from PostgreSQL, whose digests are made otherwise: looked for besides our own until they end. */
export class RestoredKeys {
  #find: Statement<[number, Buffer], KeyEntry> | undefined;

  constructor(private readonly database: Database) {
    const there = database
      .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
      .get(RESTORED_KEYS);
    if (there !== undefined)
      this.#find = database.prepare(`SELECT target, at FROM ${RESTORED_KEYS} WHERE task_id = ? AND key = ?`);
  }

  find({ taskId, key }: DedupeKey): KeyEntry | undefined {
    return this.#find?.get(taskId, keyDigest(key));
  }

  /** Once no window reaches back to them. */
  forget(now: number): void {
    if (this.#find === undefined) return;
    const { last } = this.database.prepare(`SELECT max(at) AS last FROM ${RESTORED_KEYS}`).get() as {
      last: number | null;
    };
    if ((last ?? 0) + MOST_WINDOW_MS + DAY_MS > now) return;
    this.#find = undefined;
    this.database.exec(`DROP TABLE ${RESTORED_KEYS}`);
  }
}
