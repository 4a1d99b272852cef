import { sql } from 'kysely';
import winston from 'winston';
import { Committer } from '../../src/inbox/committer';
import type { NewJob, Store } from '../../src/inbox/store';
import { draftOf, engineOn, hook, pauseMs, until } from './engine-under-test';
import { eachStore } from './each-store';

const quiet = winston.createLogger({ silent: true });

eachStore('the committer', (openStore) => {
  let store: Store;
  let committer: Committer;
  let taskId: number;
  beforeEach(async () => {
    store = await openStore();
    committer = new Committer(store, quiet);
    [taskId = 0] = await store.taskIds([{ plugin: 'acme.ci', name: 'report', kind: 'task' }]);
  });
  afterEach(() => store.close());

  const job = (more: Partial<NewJob> = {}): NewJob => ({
    token: 'abcdefghijklmnop',
    taskId,
    payload: '1',
    runAt: 0,
    priority: 0,
    lane: undefined,
    dedupe: undefined,
    held: undefined,
    receiptId: undefined,
    ...more,
  });
  const jobs = async () => (await store.reader.selectFrom('job').select('id').execute()).length;

  test('what is submitted in one turn is one batch, and each gets its own results', async () => {
    let commits = 0;
    const commit = store.commit.bind(store);
    store.commit = (batch) => {
      commits += 1;
      return commit(batch);
    };
    const results = await Promise.all([
      committer.submit({ enqueues: [job(), job()] }),
      committer.submit({ commands: [{ statements: [] }] }),
      committer.submit({ enqueues: [job({ dedupe: { taskId, key: 'k', windowMs: 1e6 } })] }),
      committer.submit({ enqueues: [job({ dedupe: { taskId, key: 'k', windowMs: 1e6 } })] }),
    ]);
    expect(commits).toBe(1);
    expect(results.map(({ enqueues }) => enqueues.map(({ duplicate }) => duplicate))).toEqual([
      [false, false],
      [],
      [false],
      [true],
    ]);
    expect(results.map(({ commands }) => commands.length)).toEqual([0, 1, 0, 0]);
  });

  test('what weighs much is written in several batches, whatever it is', async () => {
    const sizes: number[] = [];
    const commit = store.commit.bind(store);
    store.commit = (batch) => {
      sizes.push(batch.settles.length + batch.enqueues.length + batch.commands.length);
      return commit(batch);
    };
    const text = 'x'.repeat(3 * 1024 ** 2);
    const settlement = {
      ...({ jobId: 1, ticket: 1, at: 1, startedAt: 1, outcome: 'succeeded', error: undefined } as const),
      ...({ next: { state: 'succeeded' }, enqueues: [job({ payload: text })] } as const),
      writes: [{ plugin: 'acme.ci', collection: 'c', id: 'i', expected: undefined, data: text }],
    };
    const command = sql`select cast(${text} as text)`.compile(store.reader);
    await Promise.all([
      committer.submit({ settles: [settlement] }, 'must'),
      committer.submit({ settles: [{ ...settlement, jobId: 2, ticket: 2 }] }, 'must'),
      committer.submit({ enqueues: [job({ payload: text })] }),
      committer.submit({ commands: [{ statements: [command] }] }),
    ]);
    expect(sizes).toEqual([1, 1, 2]);
  });

  test('an operation the database blames refuses nobody but itself', async () => {
    const bad = { enqueues: [job({ token: undefined as unknown as string })] };
    const outcomes = await Promise.allSettled([
      committer.submit({ enqueues: [job()] }),
      committer.submit(bad),
      committer.submit({ enqueues: [job()] }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason.code).toBe('inbox/unavailable');
    expect(await jobs()).toBe(2);
    expect(committer.failedAt).toBeUndefined();
  });

  test('with too much waiting it refuses at once, but never what must be stored', async () => {
    const large = { enqueues: [], bytes: 100 * 1024 ** 2 };
    const first = committer.submit(large);
    await expect(committer.submit(large)).rejects.toMatchObject({
      code: 'inbox/unavailable',
      headers: { 'retry-after': '5' },
    });
    await committer.submit({ enqueues: [job()] }, 'must');
    await first;
    expect(await jobs()).toBe(1);
  });

  test('everything waiting is committed before it is flushed', async () => {
    const all = Promise.all(Array.from({ length: 1_500 }, () => committer.submit({ enqueues: [job()] })));
    await committer.flushed();
    expect(await jobs()).toBe(1_500);
    await all;
    await committer.flushed();
  });
});

eachStore('recording', (openStore) => {
  test('keeps what was answered already, without a job, and gives it up first under load', async () => {
    const store = await openStore();
    const host = engineOn(store);
    const endpoint = hook('/plain', () => undefined, { answer: 'handler' });
    host.put('acme.ci', [endpoint]);
    await host.start();
    host.inbox.record(draftOf('acme.ci', endpoint), { status: 418 });
    const rows = () => store.reader.selectFrom('receipt').select('answer_status').execute();
    await until('the receipt', async () => (await rows()).length === 1);
    expect(Number((await rows())[0]?.answer_status)).toBe(418);
    for (let index = 0; index < 2_000; index += 1)
      host.inbox.record(draftOf('acme.ci', endpoint), { status: 200 });
    const accepted = host.inbox.accept(draftOf('acme.ci', endpoint));
    expect((await accepted).kind).toBe('stored');
    await pauseMs(300);
    expect((await rows()).length).toBeLessThan(2_002);
    await host.stop(1_000);
  });
});
