import type { Pool } from 'pg';
import { RESTORED_KEYS } from '../backup-tables';
import { DAY_MS, dayOf, dedupeTable, keyDigest, MOST_WINDOW_MS, sqliteKeyDigest } from '../dedupe-days';
import type { Batch, DedupeKey } from '../store';
import { isMissingTable } from './fault';

interface Found {
  readonly key: Buffer;
  readonly target: number;
  readonly at: number;
}

/**
 * Keys that a restore brought from SQLite, whose digests are made otherwise: each is written as ours into the table of its day
 * once it is asked for, which is made by the restore. No longer than any window they are all forgotten.
 */
export class RestoredKeys {
  #areThere = false;

  constructor(private readonly pool: Pool) {}

  /** Whether there are any: restores happen while no host runs. */
  get areThere(): boolean {
    return this.#areThere;
  }

  async start(): Promise<void> {
    const { rowCount } = await this.pool.query(
      `SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = '${RESTORED_KEYS}'`,
    );
    this.#areThere = rowCount !== 0;
  }

  /** Before the batch looks for its keys. */
  async takeOver(batch: Batch): Promise<void> {
    const wanted = new Map(
      keysOf(batch).map((dedupe) => [sqliteKeyDigest(dedupe).toString('latin1'), dedupe]),
    );
    if (wanted.size === 0) return;
    const digests = [...wanted.keys()].map((digest) => Buffer.from(digest, 'latin1'));
    const rows = await this.#ask<Found>(
      `SELECT key, target, at FROM ${RESTORED_KEYS} WHERE key = ANY($1::bytea[])`,
      [digests],
    );
    for (const found of rows) {
      const dedupe = wanted.get(found.key.toString('latin1'));
      if (dedupe !== undefined) await this.#write(dedupe, found);
    }
  }

  /** Once no window reaches back to them. */
  async dropEnded(now: number): Promise<void> {
    if (!this.#areThere) return;
    const rows = await this.#ask<{ last: number | null }>(`SELECT max(at) AS last FROM ${RESTORED_KEYS}`);
    if (!this.#areThere) return;
    if (Number(rows[0]?.last ?? 0) + MOST_WINDOW_MS + DAY_MS > now) return;
    await this.pool.query(`DROP TABLE IF EXISTS ${RESTORED_KEYS}`);
    this.#areThere = false;
  }

  /** No rows once another host of the database has dropped the table, which does not come again while this one runs. */
  async #ask<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      if (!isMissingTable(error)) throw error;
      this.#areThere = false;
      return [];
    }
  }

  async #write({ taskId, key }: DedupeKey, { target, at }: Found): Promise<void> {
    const table = dedupeTable(dayOf(Number(at)));
    const there = await this.pool.query('SELECT to_regclass($1) AS name', [table]);
    // Its day is over, and it with it.
    if ((there.rows[0] as { name: unknown } | undefined)?.name === null) return;
    await this.pool.query(
      `INSERT INTO ${table} (task_id, key, target, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [taskId, keyDigest(key), target, at],
    );
  }
}

function keysOf({ accepts, enqueues, settles }: Batch): DedupeKey[] {
  const jobs = [...enqueues, ...settles.flatMap((settlement) => settlement.enqueues)];
  return [...accepts, ...jobs].flatMap(({ dedupe }) => dedupe ?? []);
}
