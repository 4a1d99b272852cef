import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { DAY_MS } from '../../src/inbox/dedupe-days';
import { DedupeKeys } from '../../src/inbox/sqlite/dedupe-keys';
import Driver from '../../src/inbox/sqlite/driver.cjs';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';

const HOUR_MS = DAY_MS / 24;
const MOST = 40;
let folder: string;
let file: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-keys-'));
  file = path.join(folder, 'gatehouse.db');
  await (await SqliteStore.open({ file })).close();
  database = new Driver(file);
  database.pragma('synchronous = OFF');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const key = (name: string | number, windowMs = 72 * HOUR_MS) => ({ taskId: 1, key: `key ${name}`, windowMs });
function transaction(keys: DedupeKeys, work: () => void, fails = false): void {
  database.exec('BEGIN');
  keys.begin();
  work();
  database.exec(fails ? 'ROLLBACK' : 'COMMIT');
  if (fails) keys.rollback();
}
/** Puts what is free; answers what the key leads to. */
function take(keys: DedupeKeys, name: string | number, target: number, now: number): number {
  const found = keys.find(key(name), now);
  if (typeof found === 'number') return found;
  keys.put(found, target, now, 72 * HOUR_MS);
  return target;
}
const rowsOf = (table: string): number =>
  (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
const tables = (): string[] =>
  (
    database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'dedupe_2%' ORDER BY name").all() as {
      name: string;
    }[]
  ).map(({ name }) => name);

test('keys are found in the log, while they are moved, and in the table of their day', () => {
  const keys = new DedupeKeys(database, MOST);
  const now = Date.parse('2026-03-01T12:00:00Z');
  for (let name = 0; name < 5 * MOST; name += 1) {
    transaction(keys, () => take(keys, name, name + 1, now + name));
    for (let earlier = 0; earlier <= name; earlier += 1)
      expect(keys.find(key(earlier), now + name)).toBe(earlier + 1);
  }
  expect(tables()).toEqual(['dedupe_20260301']);
  expect(rowsOf('dedupe_20260301')).toBeGreaterThanOrEqual(3 * MOST);
  expect(rowsOf('dedupe_log_0') + rowsOf('dedupe_log_1')).toBeLessThanOrEqual(2 * MOST);
});

test('each key goes to the table of the day it came on', () => {
  const keys = new DedupeKeys(database, MOST);
  const midnight = Date.parse('2026-03-02T00:00:00Z');
  for (let name = 0; name < 4 * MOST; name += 1)
    transaction(keys, () => take(keys, name, 1, midnight + (name - MOST) * 1_000));
  expect(tables()).toEqual(['dedupe_20260301', 'dedupe_20260302']);
  expect(rowsOf('dedupe_20260301')).toBe(MOST);
});

test('a key is free when its window has passed, wherever it is, and then leads to what came next', () => {
  const keys = new DedupeKeys(database, MOST);
  const now = Date.parse('2026-03-01T12:00:00Z');
  const short = key('short', HOUR_MS);
  transaction(keys, () => keys.put(keys.find(short, now) as string, 1, now, HOUR_MS));
  for (let name = 0; name < 3 * MOST; name += 1) transaction(keys, () => take(keys, name, 9, now));
  expect(keys.find(short, now + HOUR_MS - 1)).toBe(1);
  const free = keys.find(short, now + HOUR_MS);
  expect(free).toEqual(expect.any(String));
  transaction(keys, () => keys.put(free as string, 2, now + HOUR_MS, HOUR_MS));
  expect(keys.find(short, now + HOUR_MS)).toBe(2);
  for (let name = 0; name < 3 * MOST; name += 1)
    transaction(keys, () => take(keys, `later ${name}`, 9, now + HOUR_MS));
  expect(keys.find(short, now + HOUR_MS)).toBe(2);
  expect(new DedupeKeys(database, MOST).find(short, now + HOUR_MS)).toBe(2);
});

test('days that ended are forgotten wherever their keys are', () => {
  const keys = new DedupeKeys(database, MOST);
  const first = Date.parse('2026-03-01T12:00:00Z');
  for (let day = 0; day < 3; day += 1)
    for (let name = 0; name < MOST; name += 1)
      transaction(keys, () => take(keys, `${day} ${name}`, 1, first + day * DAY_MS));
  let gone = 0;
  transaction(keys, () => (gone = keys.forget(Date.parse('2026-03-06T00:00:00Z'))));
  expect(gone).toBe(2);
  for (const seen of [keys, new DedupeKeys(database, MOST)]) {
    expect(seen.find(key('0 1', 9 * DAY_MS), first + 2 * DAY_MS)).toEqual(expect.any(String));
    expect(seen.find(key('1 1', 9 * DAY_MS), first + 2 * DAY_MS)).toEqual(expect.any(String));
    expect(seen.find(key('2 1', 9 * DAY_MS), first + 2 * DAY_MS)).toBe(1);
  }
  transaction(keys, () => (gone = keys.forget(Date.parse('2026-03-06T00:00:00Z'))));
  expect(gone).toBe(0);
});

test('each day stays as long as its own keys ask for, also after a failure and a restart', () => {
  const keys = new DedupeKeys(database, MOST);
  const at = Date.parse('2026-03-01T12:00:00Z');
  const put = (name: string, day: number, windowMs: number, fails = false) =>
    transaction(
      keys,
      () => keys.put(keys.find(key(name), at + day * DAY_MS) as string, 1, at + day * DAY_MS, windowMs),
      fails,
    );
  put('long', 0, 9 * DAY_MS);
  put('short', 1, HOUR_MS);
  put('never', 1, 20 * DAY_MS, true);
  const end = Date.parse('2026-03-03T00:00:00Z');
  for (const seen of [keys, new DedupeKeys(database, MOST)])
    expect(seen.find(key('short', 9 * DAY_MS), end)).toBe(1);
  const forgotten = (when: number) => {
    let gone = 0;
    transaction(keys, () => (gone = keys.forget(when)));
    return gone;
  };
  expect([forgotten(end + HOUR_MS - 1), forgotten(end + HOUR_MS)]).toEqual([0, 1]);
  const restarted = new DedupeKeys(database, MOST);
  expect(restarted.find(key('short', 9 * DAY_MS), end)).toEqual(expect.any(String));
  expect(restarted.find(key('long', 9 * DAY_MS), end)).toBe(1);
  expect([forgotten(at + 9 * DAY_MS), forgotten(end + 8 * DAY_MS)]).toEqual([0, 1]);
  expect(database.prepare("SELECT name FROM meta WHERE name LIKE 'dedupe-window%'").all()).toEqual([]);
});

test('keys of a day that does not say for how long stay as long as any may', () => {
  const keys = new DedupeKeys(database, MOST);
  const at = Date.parse('2026-03-01T12:00:00Z');
  transaction(keys, () => take(keys, 'old', 1, at));
  database.exec("DELETE FROM meta WHERE name LIKE 'dedupe-window%'");
  const later = new DedupeKeys(database, MOST);
  transaction(later, () => later.put(later.find(key('new'), at) as string, 2, at, HOUR_MS));
  transaction(later, () => expect(later.forget(at + 31 * DAY_MS)).toBe(0));
  transaction(later, () => expect(later.forget(at + 32 * DAY_MS)).toBe(1));
});

test('a key that comes again and again after its window fills the log as others do: it does not grow for ever', () => {
  let keys = new DedupeKeys(database, MOST);
  let now = Date.parse('2026-03-01T12:00:00Z');
  const again = key('again', 1_000);
  for (let round = 1; round <= 10 * MOST; round += 1) {
    now += 2_000;
    transaction(keys, () => {
      const found = keys.find(again, now);
      expect(found).toEqual(expect.any(String));
      keys.put(found as string, round, now, 1_000);
    });
    expect(keys.find(again, now)).toBe(round);
    expect(rowsOf('dedupe_log_0') + rowsOf('dedupe_log_1')).toBeLessThanOrEqual(2 * MOST);
    if (round % (3 * MOST) === 0) keys = new DedupeKeys(database, MOST);
  }
});

test('whatever fails, is repeated or starts anew: a key leads to the first that was committed', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  let keys = new DedupeKeys(database, MOST);
  const committed = new Map<number, number>();
  const start = Date.parse('2026-03-01T23:59:00Z');
  for (let round = 0; round < 1_500; round += 1) {
    const now = start + round * 100;
    const fails = random(5) === 0;
    const taken = new Map<number, number>();
    transaction(
      keys,
      () => {
        for (let count = random(8); count > 0; count -= 1) {
          const name = random(900);
          const expected = committed.get(name) ?? taken.get(name);
          const target = round * 10 + count;
          const got = take(keys, name, target, now);
          expect(got).toBe(expected ?? target);
          if (expected === undefined) taken.set(name, target);
        }
      },
      fails,
    );
    if (!fails) for (const [name, target] of taken) committed.set(name, target);
    if (random(100) === 0) keys = new DedupeKeys(database, MOST);
  }
  expect(committed.size).toBeGreaterThan(800);
  for (const [name, target] of committed) expect(keys.find(key(name), start + 150_000)).toBe(target);
});
