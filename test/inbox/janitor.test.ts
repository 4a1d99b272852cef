import type { Store } from '../../src/inbox/store';
import { GiveUp } from '../../src/core/job';
import { keyOf } from '../core/plain-mount';
import {
  count,
  draftOf,
  engineOn,
  hook,
  QUICK,
  task,
  until,
  type EngineUnderTest,
} from './engine-under-test';
import { commit } from './conformance/operations';
import { eachStore } from './each-store';

const DAY_MS = 86_400_000;

eachStore('the janitor', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;
  let now = Date.now();
  const endpoint = hook('/github', (exchange) => {
    if (exchange.text() === 'bad') throw new GiveUp('bad');
  });
  const audited = hook('/audit', () => undefined);
  const started = async (receipts: Partial<typeof QUICK.receipts> = {}) => {
    now = Date.now();
    store = await openStore();
    host = engineOn(store, {
      settings: { receipts: { ...QUICK.receipts, ...receipts } },
      clock: { now: () => now },
    });
    host.put('acme.ci', [endpoint, audited, task('report', () => undefined)]);
    await host.start();
  };
  afterEach(() => host.stop(1_000));

  const rows = async (table: 'receipt' | 'receipt_body' | 'job' | 'attempt') =>
    Number(
      (
        await store.reader
          .selectFrom(table)
          .select((build) => build.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    );
  const accept = (body: string | Buffer, on = endpoint, dedupe?: { key: string; windowMs: number }) =>
    host.inbox.accept(draftOf('acme.ci', on, { dedupe, request: { body: Buffer.from(body) } }));

  test('removes receipts by age with all that is theirs; dead letters and longer terms stay', async () => {
    await started({ keepMs: 30 * DAY_MS, keepFor: { 'acme.ci POST /audit': 90 * DAY_MS } });
    await accept(Buffer.alloc(600_000, 'x'));
    await accept('bad');
    await accept('kept', audited);
    await until(
      'the work',
      async () => (await count(store, 'succeeded')) === 2 && (await count(store, 'dead')) === 1,
    );
    await host.tidy();
    expect([await rows('receipt'), await rows('job')]).toEqual([3, 3]);
    now += 31 * DAY_MS;
    await host.tidy();
    expect([await rows('receipt'), await rows('receipt_body'), await rows('attempt')]).toEqual([2, 0, 1]);
    expect(await count(store, 'dead')).toBe(1);
    now += 60 * DAY_MS;
    await host.tidy();
    expect(await rows('receipt')).toBe(1);
  });

  test('removes done jobs by age, and not their receipts before their time', async () => {
    await started();
    await accept('good');
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('report');
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('report', 1, { runAt: Date.now() + 1e9 });
    await until('the work', async () => (await count(store, 'succeeded')) === 2);
    now += 8 * DAY_MS;
    await host.tidy();
    expect([await rows('receipt'), await rows('job'), await count(store, 'later')]).toEqual([1, 1, 1]);
  });

  test('keeps the receipts below their size, the oldest go first', async () => {
    await started({ maxBytes: 3_000_000 });
    const ids = [];
    for (let index = 0; index < 5; index += 1)
      ids.push((await accept(Buffer.alloc(1_000_000, 'x'))).receiptId);
    await until('the work', async () => (await count(store, 'succeeded')) === 5);
    await host.tidy();
    expect(await rows('receipt')).toBe(2);
    expect(await host.inbox.status(ids[0] ?? '')).toBeUndefined();
    expect(await host.inbox.status(ids[4] ?? '')).toMatchObject({ state: 'succeeded' });
    await accept(Buffer.alloc(1_000_000, 'x'));
    await host.tidy();
    expect(await rows('receipt')).toBe(2);
  });

  test('forgets dedupe keys once nobody looks back that far', async () => {
    await started();
    const key = { key: 'delivery-1', windowMs: 7 * DAY_MS };
    await accept('good', endpoint, key);
    expect((await accept('good', endpoint, key)).kind).toBe('duplicate');
    host.table.remove(keyOf('acme.ci')); // what it asked for while it was there still holds
    now += 7 * DAY_MS;
    await host.tidy();
    expect((await accept('good', endpoint, key)).kind).toBe('duplicate');
    now += 3 * DAY_MS;
    await host.tidy();
    expect((await accept('good', endpoint, key)).kind).toBe('stored');
  });

  test('removes what is known of the causes of jobs that are gone, and of no others', async () => {
    await started();
    const tasks = host.inbox.tasksOf(keyOf('acme.ci'));
    await tasks.enqueue('report', 1, { runAt: Date.now() + 1e9 });
    const { id } = await store.reader.selectFrom('job').select('id').executeTakeFirstOrThrow();
    const statement = store.reader
      .insertInto('job_cause')
      .values(
        [Number(id), 500_001, ...Array.from({ length: 1_100 }, (_, index) => 600_000 + index)].map(
          (job_id) => ({ job_id, cause_id: 1 }),
        ),
      )
      .compile();
    await commit(store, { commands: [{ statements: [statement] }] });
    await host.tidy();
    const left = await store.reader.selectFrom('job_cause').select('job_id').execute();
    expect(left.map(({ job_id }) => Number(job_id))).toEqual([Number(id)]);
  });
});
