import type { Pool } from 'pg';
import { DAY_MS, dayOf, dayOfTable, dedupeTable } from '../dedupe-days';
import type { DedupeTables } from './dedupe-sql';

/** Around midnight a key is written into both days' tables: longer than hosts disagree on the time, or a commit takes. */
const AROUND_MIDNIGHT_MS = 60_000;
const ADVISORY_LOCK = 6_748_201_312;

/** Which dedupe tables there are. Made on a day's first key, by the host that needs it first. */
export class DayTables {
  readonly #known = new Set<number>();
  #looked = new Set<number>();

  constructor(private readonly pool: Pool) {}

  /** What a key seen now and remembered for `windowMs` is looked for and written in. */
  async within(now: number, windowMs: number): Promise<DedupeTables> {
    const homes = [
      ...new Set([dayOf(now - AROUND_MIDNIGHT_MS), dayOf(now), dayOf(now + AROUND_MIDNIGHT_MS)]),
    ];
    if (homes.some((day) => !this.#looked.has(day))) await this.#make(homes);
    const [first = 0] = homes;
    const oldest = dayOf(now - windowMs);
    const older = [...this.#known].filter((day) => day >= oldest && day < first).sort((a, b) => a - b);
    return { older: older.map(dedupeTable), homes: homes.map(dedupeTable) };
  }

  /** Looks again: a table may be gone. */
  forget(): void {
    this.#looked.clear();
    this.#known.clear();
  }

  /** Drops the tables of days that ended before that time; answers how many. */
  async dropEndedBefore(at: number): Promise<number> {
    await this.#look();
    const ended = [...this.#known].filter((day) => (day + 1) * DAY_MS <= at);
    for (const day of ended) {
      await this.pool.query(`DROP TABLE IF EXISTS ${dedupeTable(day)}`);
      this.#known.delete(day);
    }
    return ended.length;
  }

  async #make(days: readonly number[]): Promise<void> {
    const tables = days.map(
      (day) =>
        `CREATE TABLE IF NOT EXISTS ${dedupeTable(day)}
          (task_id bigint NOT NULL, key bytea NOT NULL, target bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (task_id, key))`,
    );
    // In one transaction: IF NOT EXISTS alone fails when two make the same table at once.
    await this.pool.query([`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`, ...tables].join(';'));
    await this.#look();
    this.#looked = new Set(days);
  }

  async #look(): Promise<void> {
    const { rows } = await this.pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'dedupe\\_%'`,
    );
    this.#known.clear();
    for (const { name } of rows) {
      const day = dayOfTable(name);
      if (day !== undefined) this.#known.add(day);
    }
  }
}
