import type { Database, Statement } from 'better-sqlite3';
import { DAY_MS, dayOf } from '../dedupe-days';

export interface KeyEntry {
  /** The id of the receipt or job. */
  readonly target: number;
  /** Epoch ms. */
  readonly at: number;
}
interface LogRow extends KeyEntry {
  readonly key: Buffer;
}
const BUCKETS = 256;

/**
 * Keys of late: in a table that is written in order of arrival, and in memory, where they are found. Digests are
 * 16 characters of a byte each.
 */
export class KeyLog {
  readonly #entries = new Map<string, KeyEntry>();
  /** By first byte, so that they can be put in order part by part. May name keys that were forgotten. */
  readonly #buckets: string[][] = Array.from({ length: BUCKETS }, () => []);
  readonly #insert: Statement<[Buffer, number, number]>;
  readonly #days = new Set<number>();
  #puts = 0;
  #sorted: number | undefined;

  /** With what the table holds. */
  constructor(
    private readonly database: Database,
    readonly number: 0 | 1,
  ) {
    this.#insert = database.prepare(`INSERT INTO dedupe_log_${number} (key, target, at) VALUES (?, ?, ?)`);
    const rows = database.prepare<[], LogRow>(`SELECT key, target, at FROM dedupe_log_${number} ORDER BY id`);
    for (const { key, target, at } of rows.iterate()) this.#remember(key.toString('latin1'), { target, at });
  }

  /** How often something was put, the same key again or not: what it weighs, in the table and here. */
  get puts(): number {
    return this.#puts;
  }
  /** Of its keys. */
  get days(): Iterable<number> {
    return this.#days;
  }

  find(digest: string): KeyEntry | undefined {
    return this.#entries.get(digest);
  }

  /** Answers what it replaces, for `undo`. */
  put(digest: string, entry: KeyEntry): KeyEntry | undefined {
    const previous = this.#entries.get(digest);
    this.#insert.run(Buffer.from(digest, 'latin1'), entry.target, entry.at);
    this.#remember(digest, entry);
    return previous;
  }

  /** The transaction of a `put` failed. */
  undo(digest: string, previous: KeyEntry | undefined): void {
    const bucket = this.#bucketOf(digest);
    bucket.splice(bucket.lastIndexOf(digest), 1);
    this.#puts -= 1;
    if (previous === undefined) this.#entries.delete(digest);
    else this.#entries.set(digest, previous);
  }

  /** The digests of one of 256 parts, in order; undefined after the last. */
  part(index: number): readonly string[] | undefined {
    if (this.#sorted !== index) this.#buckets[index]?.sort();
    this.#sorted = index;
    return this.#buckets[index];
  }

  /** Forgets the keys of that day. */
  forget(day: number): void {
    if (!this.#days.delete(day)) return;
    this.database
      .prepare(`DELETE FROM dedupe_log_${this.number} WHERE at >= ? AND at < ?`)
      .run(day * DAY_MS, (day + 1) * DAY_MS);
    for (const [digest, { at }] of this.#entries) if (dayOf(at) === day) this.#entries.delete(digest);
  }

  /** Empties the table. The memory stays as it is, for the transaction may yet fail: make another log. */
  clear(): void {
    this.database.exec(`DELETE FROM dedupe_log_${this.number}`);
  }

  #remember(digest: string, entry: KeyEntry): void {
    this.#entries.set(digest, entry);
    this.#bucketOf(digest).push(digest);
    this.#sorted = undefined;
    this.#puts += 1;
    this.#days.add(dayOf(entry.at));
  }

  #bucketOf(digest: string): string[] {
    return this.#buckets[digest.charCodeAt(0)] as string[];
  }
}
