import { randomInt } from 'node:crypto';
import { keyOf } from '../core/plain-mount';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';

/** Too random to be packed. */
const text = (length: number, first: number, last: number): string =>
  Array.from({ length }, () => String.fromCodePoint(randomInt(first, last))).join('');
const WIDE: readonly (readonly [string, string])[] = [
  ['three bytes a character', text(1_024, 0x4e00, 0x9fff)],
  ['four bytes a character', text(1_024, 0x20000, 0x2a6df)],
  ['a great deal of text', text(100_000, 0x20, 0x7e)],
];

eachStore('lanes and dedupe keys of any length', (open) => {
  let host: EngineUnderTest;
  const endpoint = hook('/github', () => {});
  beforeEach(async () => {
    host = engineOn(await open());
    host.put('acme.ci', [endpoint, task('report', () => {})]);
    await host.start();
  });
  afterEach(() => host.stop(1_000));
  const enqueue = (options: object) =>
    host.inbox.tasksOf(keyOf('acme.ci')).enqueue('report', 1, { runAt: Date.now() + 3_600_000, ...options });

  test.each(WIDE)('of %s: those of tasks that differ at their end only are two', async (_, long) => {
    const lanes = [`${long}a`, `${long}b`, `${long}a`];
    for (const lane of lanes) await enqueue({ lane });
    const rows = await host.store.reader
      .selectFrom('job')
      .select(['lane', 'lane_head'])
      .orderBy('id')
      .execute();
    expect(rows.map((row) => row.lane_head)).toEqual([1, 1, 0]);
    expect(rows[2]?.lane).toBe(rows[0]?.lane);
    expect(rows[0]?.lane?.startsWith(long.slice(0, 600))).toBe(true);
    const taken = [];
    for (const end of ['a', 'b', 'a', 'b']) taken.push((await enqueue({ dedupeKey: long + end })).duplicate);
    expect(taken).toEqual([false, false, true, true]);
  });

  test.each(WIDE)('of %s: those of deliveries as well', async (_, long) => {
    const accept = (end: string) =>
      host.inbox.accept(
        draftOf('acme.ci', endpoint, { lane: long + end, dedupe: { key: long + end, windowMs: 60_000 } }),
      );
    const kinds = [];
    for (const end of ['a', 'b', 'a']) kinds.push((await accept(end)).kind);
    expect(kinds).toEqual(['stored', 'stored', 'duplicate']);
    await until('the work', async () => (await count(host.store, 'succeeded')) === 2);
  });
});
