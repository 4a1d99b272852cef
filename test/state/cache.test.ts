import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { actorNamed, arm, currentActor, disarm } from '../../src/core/actor';
import { systemClock } from '../../src/core/clock';
import type { Cache } from '../../src/core/ports/cache';
import { CachePurge } from '../../src/state/cache-purge';
import { createCaches, type Caches } from '../../src/state/cache';
import { eachDatabase, newPlugin, openDatabase, refusalOf } from './each-database';
import { keptLogger } from './secrets-under-test';

const MINUTE_MS = 60_000;

eachDatabase('a cache', (given, kind, address) => {
  let now = 1_700_000_000_000;
  const clock = { now: () => now };
  const { logger } = keptLogger();
  const actor = actorNamed('acme.ci');
  let caches: Caches;
  let cache: Cache;
  beforeEach(() => {
    const { database } = given();
    caches = createCaches({ database, clock, logger });
    cache = caches.of(newPlugin(), actor);
  });
  afterEach(() => caches.close());
  const rows = async () =>
    (await given().database.reader.selectFrom('cache').select('name').orderBy('name').execute()).map(
      ({ name }) => name,
    );

  test('a value is there until its time is over', async () => {
    const value = { list: [1, 'zwei', null], at: new Date(0) };
    await cache.set('rates', value, { ttlMs: MINUTE_MS });
    const kept = { list: [1, 'zwei', null], at: '1970-01-01T00:00:00.000Z' };
    expect(await cache.get('rates')).toEqual(kept);
    now += MINUTE_MS - 1;
    expect(await cache.get('rates')).toEqual(kept);
    now += 1;
    expect(await cache.get('rates')).toBeUndefined();
    expect(await cache.delete('rates')).toBe(false);
  });

  test('an hour is how long it is kept where nothing is said', async () => {
    await cache.set('rates', 1);
    now += 3_600_000 - 1;
    expect(await cache.get('rates')).toBe(1);
    now += 1;
    expect(await cache.get('rates')).toBeUndefined();
  });

  test('the last value counts, null is one, and undefined is none', async () => {
    await cache.set('a', 1);
    await cache.set('a', null);
    expect(await cache.get('a')).toBeNull();
    expect(await cache.delete('a')).toBe(true);
    expect([await cache.get('a'), await cache.delete('a')]).toEqual([undefined, false]);
    await cache.set('a', 1);
    await cache.set('a', undefined);
    expect(await cache.get('a')).toBeUndefined();
  });

  test('plugins have caches of their own, and another start of the host has the same values', async () => {
    const plugin = newPlugin();
    await caches.of(plugin, actor).set('a', 'mine');
    expect(await cache.get('a')).toBeUndefined();
    const again = createCaches({ database: given().database, clock, logger });
    expect(await again.of(plugin, actor).get('a')).toBe('mine');
    await again.close();
  });

  if (kind === 'postgres')
    test('the hosts of one database share it', async () => {
      const other = await openDatabase(kind, address());
      const there = createCaches({ database: other.database, clock, logger });
      const plugin = newPlugin();
      await caches.of(plugin, actor).set('a', 1);
      expect(await there.of(plugin, actor).remember('a', MINUTE_MS, () => 2)).toBe(1);
      await there.close();
      await other.close();
    });

  test('of many who ask at once one makes the value, and each gets one of its own', async () => {
    let made = 0;
    const make = async () => {
      made += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { made };
    };
    const values = await Promise.all(Array.from({ length: 50 }, () => cache.remember('a', MINUTE_MS, make)));
    expect([made, values[0]]).toEqual([1, { made: 1 }]);
    expect(values.every((value) => value.made === 1)).toBe(true);
    expect(values[0]).not.toBe(values[1]);
    expect(await cache.remember('a', MINUTE_MS, make)).toEqual({ made: 1 });
    now += MINUTE_MS;
    expect(await cache.remember('a', MINUTE_MS, make)).toEqual({ made: 2 });
  });

  test('a failure reaches all who waited, and is not kept', async () => {
    let tries = 0;
    const make = () => {
      tries += 1;
      if (tries === 1) throw new Error('the bank is closed');
      return tries;
    };
    const both = [cache.remember('a', MINUTE_MS, make), cache.remember('a', MINUTE_MS, make)];
    for (const one of both) await expect(one).rejects.toThrow('the bank is closed');
    expect(await cache.remember('a', MINUTE_MS, make)).toBe(2);
  });

  test('nothing made is nothing kept', async () => {
    let tries = 0;
    const make = () => void (tries += 1);
    expect(await cache.remember('a', MINUTE_MS, make)).toBeUndefined();
    expect(await cache.remember('a', MINUTE_MS, make)).toBeUndefined();
    expect(tries).toBe(2);
  });

  test('what makes a value runs as its plugin', async () => {
    arm();
    try {
      expect(await cache.remember('a', MINUTE_MS, () => currentActor()?.name)).toBe('acme.ci');
    } finally {
      disarm();
    }
  });

  test('keys, times and values have bounds', async () => {
    for (const key of ['', 'a\0', '\uD800', 'x'.repeat(513), 5 as never]) {
      expect(await refusalOf(cache.get(key))).toBe('cache/bad-key');
      expect(await refusalOf(cache.set(key, 1))).toBe('cache/bad-key');
      expect(await refusalOf(cache.delete(key))).toBe('cache/bad-key');
      expect(await refusalOf(cache.remember(key, 1, () => 1))).toBe('cache/bad-key');
    }
    for (const ttlMs of [0, -1, NaN, Infinity, 367 * 86_400_000, '5' as never]) {
      expect(await refusalOf(cache.set('a', 1, { ttlMs }))).toBe('cache/bad-ttl');
      expect(await refusalOf(cache.remember('a', ttlMs, () => 1))).toBe('cache/bad-ttl');
    }
    for (const options of [60, null, '5'])
      expect(await refusalOf(cache.set('a', 1, options as never))).toBe('cache/bad-ttl');
    const large = 'ü'.repeat(1024 ** 2 / 2);
    expect(await refusalOf(cache.set('a', large))).toBe('cache/too-large');
    expect(await refusalOf(cache.remember('a', 1, () => large))).toBe('cache/too-large');
    expect(await refusalOf(cache.set('a', 5n))).toBe('TypeError');
    expect(await cache.get('a')).toBeUndefined();
  });

  describe('is cleaned up', () => {
    beforeEach(async () => {
      now += 400 * 86_400_000;
      await caches.purge();
      expect(await rows()).toEqual([]);
    });

    test('of what is over its time, and of nothing else', async () => {
      const short = Array.from({ length: 450 }, (_, n) => cache.set(`short-${n}`, n, { ttlMs: 1 }));
      await Promise.all([...short, cache.set('long', 1, { ttlMs: MINUTE_MS })]);
      now += 1;
      await Promise.all([caches.purge(), caches.purge()]);
      expect(await rows()).toEqual(['long']);
    });

    test('of what a plugin has too many of, first what would end first', async () => {
      const other = caches.of(newPlugin(), actor);
      for (const n of [5, 3, 1, 4, 2]) await cache.set(`n${n}`, n, { ttlMs: n * MINUTE_MS });
      for (const n of [1, 2, 3]) await other.set(`o${n}`, n, { ttlMs: 1_000 });
      await new CachePurge({ database: given().database, clock, logger }, 3).run();
      expect(await rows()).toEqual(['n3', 'n4', 'n5', 'o1', 'o2', 'o3']);
    });
  });
});

test('a cache that cannot be reached keeps nobody from the value', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-state-'));
  const { logger, lines } = keptLogger();
  const { database, close } = await openDatabase('sqlite', path.join(folder, 'inbox.db'));
  const caches = createCaches({ database, clock: systemClock, logger });
  const cache = caches.of(newPlugin(), actorNamed('acme.ci'));
  await close();
  expect(await cache.remember('a', MINUTE_MS, () => 'made')).toBe('made');
  expect(await refusalOf(cache.get('a'))).toBe('inbox/unavailable');
  expect(await refusalOf(cache.set('a', 1))).toBe('inbox/unavailable');
  await caches.purge();
  expect(lines.join('')).toMatch(/"a\\" could not be cached[^]*cleaning up the cache stopped half-way/);
  await caches.close();
  rmSync(folder, { recursive: true });
});
