import { createHash } from 'node:crypto';

/**
 * Dedupe keys live in one table a day (UTC), named `dedupe_<yyyymmdd>`: a key is stored in that of its own day and
 * looked for in those its window reaches back to, and a day is forgotten by dropping its table. Each row has the `key`
 * (a digest: short, whatever was given), `at`, and `target`, the id of the receipt or job that came first. That may be
 * gone: its key is remembered all the same.
 */
export const DAY_MS = 86_400_000;
const KEY_BYTES = 16;

/** Days since 1970. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

export function dedupeTable(day: number): string {
  return `dedupe_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The day of a table's name; undefined for other tables. */
export function dayOfTable(name: string): number | undefined {
  const [, year, month, date] = /^dedupe_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return year === undefined ? undefined : dayOf(Date.parse(`${year}-${month}-${date}`));
}

/** 128 bits: nobody finds a second text for one of them. */
export function keyDigest(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_BYTES);
}
