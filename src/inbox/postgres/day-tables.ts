import type { Pool } from 'pg';
import {
  dayOf,
  dayOfTable,
  dayOfWindow,
  dedupeTable,
  isForgettable,
  MOST_WINDOW_MS,
  WINDOW_NAMES,
  windowName,
} from '../dedupe-days';
import type { DedupeTables } from './dedupe-sql';

/** Around midnight a key is written into both days' tables: longer than hosts disagree on the time, or a commit takes. */
const AROUND_MIDNIGHT_MS = 60_000;
const ADVISORY_LOCK = 6_748_201_312;

/** Which dedupe tables there are, and for how long. Made on a day's first key, by the host that needs it first. */
export class DayTables {
  /** Of each day with a table the longest window of its keys. */
  readonly #known = new Map<number, number>();
  #looked = new Set<number>();

  constructor(private readonly pool: Pool) {}

  /** What a key seen now and remembered for `windowMs` is looked for and written in; the tables stay that long. */
  async within(now: number, windowMs: number): Promise<DedupeTables> {
    const homes = homesAt(now);
    if (homes.some((day) => !this.#looked.has(day))) await this.#make(homes, windowMs);
    if (homes.some((day) => this.#windowOf(day) < windowMs)) await this.#reach(homes, windowMs);
    const first = Math.min(...homes);
    const oldest = dayOf(now - windowMs);
    const older = [...this.#known.keys()].filter((day) => day >= oldest && day < first).sort((a, b) => a - b);
    return { older: older.map(dedupeTable), homes: homes.map(dedupeTable) };
  }

  /** Looks again: a table may be gone. */
  forget(): void {
    this.#looked.clear();
    this.#known.clear();
  }

  /** Drops the tables of days of which no key is within its window; answers how many. */
  async dropEnded(now: number): Promise<number> {
    await this.#look();
    const ended = [...this.#known].filter(([day, windowMs]) => isForgettable(day, windowMs, now));
    for (const [day] of ended) {
      await this.pool.query(
        `DROP TABLE IF EXISTS ${dedupeTable(day)}; DELETE FROM meta WHERE name = '${windowName(day)}'`,
      );
      this.#known.delete(day);
    }
    return ended.length;
  }

  /** Of a table nobody wrote a window for: the longest there can be. */
  #windowOf(day: number): number {
    return this.#known.get(day) ?? MOST_WINDOW_MS;
  }

  async #make(days: readonly number[], windowMs: number): Promise<void> {
    await this.#look();
    const statements = days
      .filter((day) => !this.#known.has(day))
      .map(
        (day) =>
          `CREATE TABLE IF NOT EXISTS ${dedupeTable(day)}
            (task_id bigint NOT NULL, key bytea NOT NULL, target bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (task_id, key));
           ${reached(day, windowMs)}`,
      );
    // In one transaction: IF NOT EXISTS alone fails when two make the same table at once.
    if (statements.length > 0)
      await this.pool.query([`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`, ...statements].join(';'));
    await this.#look();
    this.#looked = new Set(days);
  }

  /** Written before the first key that needs it is. */
  async #reach(days: readonly number[], windowMs: number): Promise<void> {
    await this.pool.query(days.map((day) => reached(day, windowMs)).join(';'));
    for (const day of days) this.#known.set(day, Math.max(windowMs, this.#windowOf(day)));
  }

  async #look(): Promise<void> {
    const { rows } = await this.pool.query<{ name: string; value: string | null }>(
      `SELECT tablename AS name, NULL AS value FROM pg_tables
       WHERE schemaname = current_schema() AND tablename LIKE 'dedupe\\_%'
       UNION ALL SELECT name, value FROM meta WHERE name LIKE '${WINDOW_NAMES}'`,
    );
    this.#known.clear();
    const windows = new Map(rows.map(({ name, value }) => [dayOfWindow(name), Number(value)]));
    for (const { name } of rows) {
      const day = dayOfTable(name);
      if (day !== undefined) this.#known.set(day, windows.get(day) ?? MOST_WINDOW_MS);
    }
  }
}

/** The days a key seen now is written in, today first. Hosts that disagree on what is today may deadlock: one tries again. */
function homesAt(now: number): number[] {
  return [...new Set([dayOf(now), dayOf(now - AROUND_MIDNIGHT_MS), dayOf(now + AROUND_MIDNIGHT_MS)])];
}

/** The day's table stays for that window at least. */
function reached(day: number, windowMs: number): string {
  return `INSERT INTO meta AS m (name, value) VALUES ('${windowName(day)}', '${Math.ceil(windowMs)}')
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE m.value::bigint < excluded.value::bigint`;
}
