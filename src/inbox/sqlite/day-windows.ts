import type { Database, Statement } from 'better-sqlite3';
import { dayOfWindow, MOST_WINDOW_MS, WINDOW_NAMES, windowName } from '../dedupe-days';

/** The longest window of each day's keys. */
export class DayWindows {
  readonly #windows = new Map<number, number>();
  readonly #put: Statement<[string, string]>;
  readonly #delete: Statement<[string]>;

  /** `days` that have keys: one of which nothing is written is taken to have had the longest there can be. */
  constructor(
    private readonly database: Database,
    private readonly days: Iterable<number>,
  ) {
    this.#put = database.prepare(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#delete = database.prepare('DELETE FROM meta WHERE name = ?');
    this.reload();
  }

  /** After a rollback. */
  reload(): void {
    this.#windows.clear();
    for (const day of this.days) this.#windows.set(day, MOST_WINDOW_MS);
    const rows = this.database
      .prepare<[string], { name: string; value: string }>('SELECT name, value FROM meta WHERE name LIKE ?')
      .all(WINDOW_NAMES);
    for (const { name, value } of rows) {
      const day = dayOfWindow(name);
      if (day !== undefined) this.#windows.set(day, Number(value));
    }
  }

  /** A key of that day is remembered for so long. */
  reach(day: number, windowMs: number): void {
    if ((this.#windows.get(day) ?? -1) >= windowMs) return;
    this.#put.run(windowName(day), String(windowMs));
    this.#windows.set(day, windowMs);
  }

  of(day: number): number {
    return this.#windows.get(day) ?? MOST_WINDOW_MS;
  }

  forget(day: number): void {
    this.#delete.run(windowName(day));
    this.#windows.delete(day);
  }
}
