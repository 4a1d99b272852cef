import type { Database, Statement } from 'better-sqlite3';
import { dayOf, dayOfTable, dedupeTable } from '../dedupe-days';
import type { KeyEntry } from './key-log';

interface Day {
  readonly find: Statement<[Buffer], KeyEntry>;
  readonly put: Statement<[Buffer, number, number]>;
}

/** Keys that left the log, a table a day. */
export class KeyDays {
  readonly #days = new Map<number, Day>();

  constructor(private readonly database: Database) {
    this.reload();
  }

  /** After a rollback: a table may not have come into being. */
  reload(): void {
    this.#days.clear();
    const tables = this.database
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'dedupe%'",
      )
      .all();
    for (const { name } of tables) {
      const day = dayOfTable(name);
      if (day !== undefined) this.#days.set(day, this.#prepare(day));
    }
  }

  find(digest: string, now: number, windowMs: number): KeyEntry | undefined {
    const first = dayOf(now - windowMs);
    let key: Buffer | undefined;
    let newest: KeyEntry | undefined;
    for (const [number, day] of this.#days) {
      if (number < first) continue;
      const found = day.find.get((key ??= Buffer.from(digest, 'latin1')));
      if (found !== undefined && found.at > (newest?.at ?? 0)) newest = found;
    }
    return newest;
  }

  /** Unless a newer one is there. */
  put(digest: string, { target, at }: KeyEntry): void {
    const number = dayOf(at);
    let day = this.#days.get(number);
    if (day === undefined) {
      this.database.exec(
        `CREATE TABLE ${dedupeTable(number)} (
          key BLOB PRIMARY KEY, target INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
      );
      day = this.#prepare(number);
      this.#days.set(number, day);
    }
    day.put.run(Buffer.from(digest, 'latin1'), target, at);
  }

  /** The days that have a table. */
  get all(): Iterable<number> {
    return this.#days.keys();
  }

  drop(day: number): void {
    if (this.#days.delete(day)) this.database.exec(`DROP TABLE ${dedupeTable(day)}`);
  }

  #prepare(day: number): Day {
    const table = dedupeTable(day);
    return {
      find: this.database.prepare(`SELECT target, at FROM ${table} WHERE key = ?`),
      put: this.database.prepare(
        `INSERT INTO ${table} (key, target, at) VALUES (?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET target = excluded.target, at = excluded.at WHERE excluded.at >= at`,
      ),
    };
  }
}
