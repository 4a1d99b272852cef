import { GiveUp, RetryAfter } from '../../src/core/job';
import type { Store } from '../../src/inbox/store';
import { keyOf } from '../core/plain-mount';
import {
  attemptsOf,
  count,
  draftOf,
  engineOn,
  gate,
  hook,
  pauseMs,
  task,
  until,
  type EngineUnderTest,
} from './engine-under-test';
import { eachStore } from './each-store';

eachStore('the engine', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;

  beforeEach(async () => {
    store = await openStore();
    host = engineOn(store);
  });
  afterEach(() => host.stop(1_000));
  const tasks = () => host.inbox.tasksOf(keyOf('acme.ci'));

  test('a delivery is worked once, with the bytes and headers that were sent', async () => {
    const seen: unknown[] = [];
    const endpoint = hook('/github', (exchange) => {
      seen.push([exchange.raw.toString(), exchange.headers.get('x-gitlab-token'), exchange.url]);
    });
    host.put('acme.ci', [endpoint]);
    await host.start();
    const headers = ['Content-Type', 'text/plain', 'X-Gitlab-Token', 'opensesame'];
    const target = '/api/plugin/acme.ci/github?token=opensesame&a=1';
    const accepted = await host.inbox.accept(draftOf('acme.ci', endpoint, { request: { headers, target } }));
    expect(accepted.kind).toBe('stored');
    await until('the work', async () => (await count(store, 'succeeded')) === 1);
    expect(seen).toEqual([['hello', 'opensesame', target]]);
    const row = await store.reader.selectFrom('receipt').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain('opensesame');
    expect(row.target).toContain('token=***&a=1');
    expect(await attemptsOf(store)).toEqual([]);
    expect(await host.inbox.status(accepted.receiptId)).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(await host.inbox.status(`${accepted.receiptId.slice(0, -1)}~`)).toBeUndefined();
  });

  test('a body of a mebibyte comes back whole', async () => {
    const seen: Buffer[] = [];
    const endpoint = hook('/large', (exchange) => void seen.push(exchange.raw));
    host.put('acme.ci', [endpoint]);
    await host.start();
    const body = Buffer.alloc(1024 ** 2, 'abcdefg');
    await host.inbox.accept(draftOf('acme.ci', endpoint, { request: { body } }));
    await until('the work', () => seen.length === 1);
    expect(seen[0]?.equals(body)).toBe(true);
  });

  test('what failed is tried again, and every error is kept with the dead letter', async () => {
    let runs = 0;
    host.put('acme.ci', [
      task('report', (_payload, job) => {
        runs += 1;
        throw new Error(`no luck ${job.attempt}`);
      }),
    ]);
    await host.start();
    await tasks().enqueue('report');
    await until('the dead letter', async () => (await count(store, 'dead')) === 1);
    expect(runs).toBe(3);
    const attempts = await attemptsOf(store);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(attempts.map(({ error }) => error?.split('\n')[0])).toEqual([
      'Error: no luck 1',
      'Error: no luck 2',
      'Error: no luck 3',
    ]);
    expect(attempts[0]?.error).toContain('engine.test');
  });

  test('GiveUp ends a job at once, RetryAfter says when, an attempt that takes too long is stopped', async () => {
    const runs: string[] = [];
    const reasons: unknown[] = [];
    host.put('acme.ci', [
      task('gives-up', () => {
        runs.push('gives-up');
        throw new GiveUp('the repository is gone');
      }),
      task('waits', (_payload, { attempt }) => {
        runs.push(`waits ${attempt}`);
        if (attempt === 1) throw new RetryAfter(150);
      }),
      task(
        'hangs',
        async (_payload, { attempt, signal }) => {
          runs.push(`hangs ${attempt}`);
          if (attempt > 1) return;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          reasons.push(signal.reason.name);
        },
        { timeoutMs: 100 },
      ),
    ]);
    await host.start();
    for (const name of ['gives-up', 'waits', 'hangs']) await tasks().enqueue(name);
    await until(
      'the end',
      async () => (await count(store, 'succeeded')) === 2 && (await count(store, 'dead')) === 1,
    );
    expect(runs.sort()).toEqual(['gives-up', 'hangs 1', 'hangs 2', 'waits 1', 'waits 2']);
    expect(reasons).toEqual(['AbortError']);
    expect((await attemptsOf(store)).map(({ outcome }) => outcome).sort()).toEqual([
      'failed',
      'gave-up',
      'timed-out',
    ]);
    expect((await attemptsOf(store)).find((row) => row.outcome === 'timed-out')?.error).toContain(
      'inbox/attempt-timeout',
    );
  });

  test('a job that ignores its signal past its time does not hold its place', async () => {
    const stuck = gate();
    let second = false;
    host.put('acme.ci', [
      task(
        'stuck',
        async (payload) => {
          if (payload === 'stuck') await stuck.promise;
          else second = true;
        },
        { timeoutMs: 50, concurrency: 1, retry: { attempts: 1, backoff: [1] } },
      ),
    ]);
    await host.start();
    await tasks().enqueue('stuck', 'stuck');
    await tasks().enqueue('stuck', 'next');
    await until('the next one', () => second);
    expect(await count(store, 'dead')).toBe(1);
    stuck.open();
  });

  test('what a job enqueues and writes is there with its success, and not without it', async () => {
    let fails = true;
    const children: unknown[] = [];
    host.put('acme.ci', [
      task('parent', async (payload, { store: documents, enqueue }) => {
        await documents.create('reports', { id: payload.id, fails });
        enqueue('child', { of: payload.id });
        if (fails) {
          fails = false;
          throw new Error('not yet');
        }
      }),
      task('child', (payload) => void children.push(payload)),
    ]);
    await host.start();
    await tasks().enqueue('parent', { id: 'a' });
    await until('both', async () => (await count(store, 'succeeded')) === 2);
    expect(children).toEqual([{ of: 'a' }]);
    const documents = await store.reader.selectFrom('document').selectAll().execute();
    expect(documents.map(({ id, version, data }) => [id, Number(version), JSON.parse(data)])).toEqual([
      ['a', 1, { id: 'a', fails: false }],
    ]);
  });

  test('of two jobs that change one document the later is tried again', async () => {
    const both = gate();
    let started = 0;
    host.put('acme.ci', [
      task(
        'first',
        async (_payload, job) => void (await job.store.create('counters', { id: 'c', value: 0 })),
      ),
      task('add', async (_payload, { store: documents, attempt }) => {
        const document = await documents.get<{ value: number }>('counters', 'c');
        await documents.update<{ value: number }>('counters', 'c', {
          value: (document?.data.value ?? 0) + 1,
        });
        started += 1;
        if (started === 2) both.open();
        if (attempt === 1) await both.promise;
      }),
    ]);
    await host.start();
    await tasks().enqueue('first');
    await until('the counter', async () => (await count(store, 'succeeded')) === 1);
    await tasks().enqueue('add');
    await tasks().enqueue('add');
    await until('both', async () => (await count(store, 'succeeded')) === 3);
    const row = await store.reader.selectFrom('document').select('data').executeTakeFirstOrThrow();
    expect(JSON.parse(row.data)).toEqual({ id: 'c', value: 2 });
    expect((await attemptsOf(store))[0]?.error).toMatch(/Conflict/);
  });

  test('a lane is worked in order, also past a failure, beside other lanes', async () => {
    const order: string[] = [];
    host.put('acme.ci', [
      task('step', async ({ lane, n }, { attempt }) => {
        order.push(`${lane}${n}`);
        await pauseMs(n === 1 ? 30 : 1);
        if (lane === 'a' && n === 2 && attempt === 1) throw new Error('again');
      }),
    ]);
    await host.start();
    for (const n of [1, 2, 3, 4])
      for (const lane of ['a', 'b']) await tasks().enqueue('step', { lane, n }, { lane });
    await until('all', async () => (await count(store, 'succeeded')) === 8);
    expect(order.filter((step) => step.startsWith('a'))).toEqual(['a1', 'a2', 'a2', 'a3', 'a4']);
    expect(order.filter((step) => step.startsWith('b'))).toEqual(['b1', 'b2', 'b3', 'b4']);
  });

  test('no more jobs of a task run at once than it allows', async () => {
    let running = 0;
    let most = 0;
    host.put('acme.ci', [
      task(
        'narrow',
        async () => {
          most = Math.max(most, (running += 1));
          await pauseMs(5);
          running -= 1;
        },
        { concurrency: 3 },
      ),
    ]);
    await host.start();
    await Promise.all(Array.from({ length: 20 }, () => tasks().enqueue('narrow')));
    await until('all', async () => (await count(store, 'succeeded')) === 20);
    expect(most).toBe(3);
  });

  test('jobs of a plugin that is not there sleep until it is', async () => {
    host.put('acme.ci', [task('report', () => undefined)]);
    await host.start();
    await until('the numbers', () => host.table.get('acme.ci')?.live !== undefined);
    void host.table.remove(keyOf('acme.ci'))?.retire(100, 'disable');
    await tasks().enqueue('report');
    await pauseMs(400);
    expect(await count(store, 'ready')).toBe(1);
    host.put('acme.ci', [task('report', () => undefined)]);
    await until('the work', async () => (await count(store, 'succeeded')) === 1);
    expect(await attemptsOf(store)).toEqual([]);
  });

  test('a paused endpoint accepts and does not work; resumed it works', async () => {
    let worked = 0;
    const endpoint = hook('/github', () => (worked += 1));
    host.put('acme.ci', [endpoint]);
    await host.start();
    await host.inbox.accept(draftOf('acme.ci', endpoint));
    await until('the first', async () => (await count(store, 'succeeded')) === 1);
    await host.desk.pause({ plugin: 'acme.ci', name: 'POST /github' }, 'maintenance');
    await pauseMs(300);
    await host.inbox.accept(draftOf('acme.ci', endpoint));
    await pauseMs(300);
    expect([worked, await count(store, 'ready')]).toEqual([1, 1]);
    await host.desk.resume({ plugin: 'acme.ci', name: 'POST /github' });
    await until('the second', async () => (await count(store, 'succeeded')) === 2);
  });

  test('a running job that is cancelled hears of it and ends as cancelled', async () => {
    const aborted: string[] = [];
    host.put('acme.ci', [
      task('long', async (_payload, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted.push(String(signal.reason.message));
      }),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('long');
    await until('it runs', async () => (await count(store, 'running')) === 1);
    await host.desk.change('cancel', { ids: [id] });
    await until('its end', async () => (await count(store, 'cancelled')) === 1);
    expect(aborted[0]).toMatch(/cancelled/);
  });

  test('a wait ends the attempt; the signal starts the job again with its value', async () => {
    const runs: unknown[] = [];
    host.put('acme.ci', [
      task('approval', async (_payload, { waitFor, attempt }) => {
        runs.push(`run ${attempt}`);
        runs.push(await waitFor('approved'));
      }),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('approval');
    await until('it waits', async () => (await count(store, 'waiting')) === 1);
    expect(await tasks().signal(id, 'approved', { by: 'ada' })).toBe(true);
    await tasks().signal(id, 'approved', { by: 'eve' });
    await until('the end', async () => (await count(store, 'succeeded')) === 1);
    expect(runs).toEqual(['run 1', 'run 1', { by: 'ada' }]);
    expect(await tasks().signal(id, 'approved', 1)).toBe(false);
    expect(await tasks().signal('nonsense', 'approved')).toBe(false);
    expect(await host.inbox.tasksOf(keyOf('acme.other')).signal(id, 'approved')).toBe(false);
  });

  test('a signal that comes early is kept, a wait whose time is up says so, each time', async () => {
    const ends: unknown[] = [];
    const begun = gate();
    host.put('acme.ci', [
      task('early', async (_payload, { waitFor }) => {
        await begun.promise;
        ends.push(await waitFor('go'));
      }),
      task('late', async (_payload, { waitFor, attempt }) => {
        const outcome = await waitFor('go', { timeoutMs: 100 }).catch((error) => {
          if (error.code === undefined) throw error;
          return error.code;
        });
        ends.push(outcome);
        if (attempt === 1) throw new Error('once more');
      }),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('early');
    await until('it runs', async () => (await count(store, 'running')) === 1);
    expect(await tasks().signal(id, 'go', 7)).toBe(true);
    begun.open();
    await until('the first', async () => (await count(store, 'succeeded')) === 1);
    await tasks().enqueue('late');
    await until('the second', async () => (await count(store, 'succeeded')) === 2);
    expect(ends).toEqual([7, 'inbox/wait-timeout', 'inbox/wait-timeout']);
  });

  test('what cannot be enqueued is refused with its reason', async () => {
    host.put('acme.ci', [task('report', () => undefined)]);
    await host.start();
    const refused = (name: string, payload?: unknown, options?: object) =>
      tasks()
        .enqueue(name, payload, options)
        .then(
          () => 'stored',
          (error: { code: string }) => error.code,
        );
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(await refused('reprot')).toBe('inbox/unknown-task');
    expect(await refused('report', circular)).toBe('inbox/bad-payload');
    expect(await refused('report', () => 1)).toBe('inbox/bad-payload');
    expect(await refused('report', 'x'.repeat(2 * 1024 ** 2))).toBe('inbox/bad-payload');
    expect(await refused('report', 1, { priority: 1.5 })).toBe('inbox/bad-option');
    expect(await refused('report', 1, { runAt: new Date('never') })).toBe('inbox/bad-option');
    expect(await refused('report', 1, { lane: 7 })).toBe('inbox/bad-option');
    expect(await refused('report', 1, { runAt: Date.now() + 1e6 })).toBe('stored');
    expect(await count(store, 'later')).toBe(1);
  });

  test('a key that was seen is not stored again', async () => {
    host.put('acme.ci', [task('report', () => undefined)]);
    const first = await tasks().enqueue('report', 1, { dedupeKey: 'today' });
    const second = await tasks().enqueue('report', 1, { dedupeKey: 'today' });
    expect([first.duplicate, second]).toEqual([false, { id: first.id, duplicate: true }]);
  });
});
