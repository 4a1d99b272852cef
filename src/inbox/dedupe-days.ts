import { createHash } from 'node:crypto';

/**
 * Dedupe keys live in one table a day (UTC), named `dedupe_<yyyymmdd>`: a key is stored in that of its own day and
 * looked for in those its window reaches back to, and a day is forgotten by dropping its table. Each row has the `key`
 * (a digest: short, whatever was given), `at`, and `target`, the id of the receipt or job that came first. That may be
 * gone: its key is remembered all the same.
 *
 * Which windows there are only plugins know, and they come and go, on other hosts too. So each day keeps in `meta` the
 * longest window of any key it was given (`dedupe-window <yyyymmdd>`, ms), written no later than that key, and the day
 * stays that long.
 */
export const DAY_MS = 86_400_000;
const KEY_BYTES = 16;
/** No key is remembered for longer. */
export const MOST_WINDOW_MS = 31 * DAY_MS;
const TABLE = 'dedupe_';
const WINDOW = 'dedupe-window ';
/** For `LIKE`: the names in `meta`. */
export const WINDOW_NAMES = `${WINDOW}%`;

/** Days since 1970. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

export function dedupeTable(day: number): string {
  return TABLE + dateOf(day);
}
/** The day of a table's name; undefined for other tables. */
export function dayOfTable(name: string): number | undefined {
  return dayNamed(TABLE, name);
}

/** In `meta`: the longest window of that day's keys, ms. */
export function windowName(day: number): string {
  return WINDOW + dateOf(day);
}
/** The day of such a name; undefined for others. */
export function dayOfWindow(name: string): number | undefined {
  return dayNamed(WINDOW, name);
}

/** True when no key of that day can be within its window any more. */
export function isForgettable(day: number, windowMs: number, now: number): boolean {
  return (day + 1) * DAY_MS + windowMs <= now;
}

/** 128 bits: nobody finds a second text for one of them. */
export function keyDigest(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_BYTES);
}

/** As SQLite keeps it: the task is part of the digest. */
export function sqliteKeyDigest({ taskId, key }: { readonly taskId: number; readonly key: string }): Buffer {
  return keyDigest(`${taskId} ${key}`);
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

function dayNamed(prefix: string, name: string): number | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(name.slice(prefix.length)) ?? [];
  return year === undefined ? undefined : dayOf(Date.parse(`${year}-${month}-${date}`));
}
