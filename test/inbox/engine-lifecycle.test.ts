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

eachStore('a delivery held by its request', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;
  let worked = 0;
  const endpoint = hook('/order', () => (worked += 1), { answer: { ackWithinMs: 1_000 } });

  beforeEach(async () => {
    worked = 0;
    store = await openStore();
    host = engineOn(store);
    host.put('acme.ci', [endpoint]);
    await host.start();
  });
  afterEach(() => host.stop(1_000));

  const hold = async (more: Parameters<typeof draftOf>[2] = {}) => {
    const live = host.table.get('acme.ci')?.live;
    if (live === undefined) throw new Error('not live');
    return host.inbox.hold(draftOf('acme.ci', endpoint, more), live);
  };
  const held = async (more: Parameters<typeof draftOf>[2] = {}) => {
    const acceptance = await hold(more);
    if (acceptance.kind !== 'stored' || acceptance.held === undefined) throw new Error('not held');
    return { ...acceptance, held: acceptance.held };
  };

  test('is done when its handler is, and its answer is the answer of its duplicates', async () => {
    const dedupe = { key: 'delivery-1', windowMs: 60_000 };
    const first = await held({ dedupe });
    expect(await hold({ dedupe })).toMatchObject({
      kind: 'duplicate',
      receiptId: first.receiptId,
      answer: undefined,
    });
    first.held.answered({ status: 201, headers: [['x-order', '7']], body: Buffer.from('made') });
    expect(await first.held.succeeded()).toBe(true);
    expect(await hold({ dedupe })).toMatchObject({
      kind: 'duplicate',
      answer: { status: 201, headers: [['x-order', '7']], body: Buffer.from('made') },
    });
    expect([worked, await count(store, 'succeeded')]).toEqual([0, 1]);
    expect(first.held.job).toMatchObject({ id: first.jobId, attempt: 1, receiptId: first.receiptId });
  });

  test('that failed is worked again from its receipt', async () => {
    const first = await held();
    expect(await first.held.failed(new Error('the printer is off'))).toBe(true);
    await until('the second attempt', async () => (await count(store, 'succeeded')) === 1);
    expect(worked).toBe(1);
    expect((await attemptsOf(store))[0]?.error).toContain('the printer is off');
  });

  test('is not held where its lane is busy, nor while its endpoint is paused', async () => {
    const first = await held({ lane: 'a' });
    expect(await hold({ lane: 'a' })).toMatchObject({ kind: 'stored', held: undefined });
    await pauseMs(250);
    expect(worked).toBe(0);
    await first.held.succeeded();
    await until('the second', async () => (await count(store, 'succeeded')) === 2);
    await host.desk.pause({ plugin: 'acme.ci' });
    await pauseMs(300);
    expect(await hold()).toMatchObject({ kind: 'stored', held: undefined });
  });

  test('that takes longer than its endpoint allows is stopped and worked again', async () => {
    const slow = hook('/slow', () => (worked += 1), { answer: { ackWithinMs: 50 }, timeoutMs: 200 });
    const live = host.put('acme.ci', [slow]);
    const endpointOfMount = live.mount.endpoints[0] ?? slow;
    const acceptance = await until('it is known', async () => {
      const stored = await host.inbox.hold(draftOf('acme.ci', endpointOfMount), live);
      return stored.kind === 'stored' && stored.held !== undefined ? stored.held : undefined;
    });
    await until('it is stopped', () => acceptance.signal.aborted);
    expect(await acceptance.succeeded()).toBe(false);
    expect((await attemptsOf(store))[0]?.outcome).toBe('timed-out');
    // Those that came before its endpoint was known were worked as well.
    await until(
      'the second attempt',
      async () => (await count(store, 'later')) + (await count(store, 'ready')) === 0,
    );
    await until('its success', async () => (await host.desk.job(acceptance.job.id)).state === 'succeeded');
    expect(await count(store, 'succeeded')).toBe(worked);
  });

  test('keeps its lease while the handler takes its time, and drains with its generation', async () => {
    const first = await held();
    await pauseMs(2_500); // more than the lease
    expect(await attemptsOf(store)).toEqual([]);
    host.put('acme.ci', [endpoint], 5_000);
    await pauseMs(50);
    expect(first.held.signal.aborted).toBe(false);
    expect(await first.held.succeeded()).toBe(true);
  });
});

eachStore('a generation that goes', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    host = engineOn(store);
  });
  afterEach(() => host.stop(1_000));
  const enqueue = (name: string) => host.inbox.tasksOf(keyOf('acme.ci')).enqueue(name);

  test('interrupts jobs that heed their signal; the next one runs them, and nothing was counted', async () => {
    const runs: string[] = [];
    const generation = (name: string) => [
      task('long', async (_payload, { signal, attempt }) => {
        runs.push(`${name} ${attempt}`);
        if (name === 'first') await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    ];
    host.put('acme.ci', generation('first'));
    await host.start();
    await enqueue('long');
    await until('it runs', () => runs.length === 1);
    host.put('acme.ci', generation('second'), 10_000);
    await until('the end', async () => (await count(store, 'succeeded')) === 1);
    expect(runs).toEqual(['first 1', 'second 1']);
    expect((await attemptsOf(store)).map(({ outcome }) => outcome)).toEqual(['interrupted']);
  });

  test('lets jobs finish that never looked at their signal', async () => {
    const finish = gate();
    let runs = 0;
    const declarations = [
      task('quick', async () => {
        runs += 1;
        await finish.promise;
      }),
    ];
    host.put('acme.ci', declarations);
    await host.start();
    await enqueue('quick');
    await until('it runs', () => runs === 1);
    host.put('acme.ci', declarations, 5_000);
    await pauseMs(50);
    finish.open();
    await until('the end', async () => (await count(store, 'succeeded')) === 1);
    expect([runs, await attemptsOf(store)]).toEqual([1, []]);
  });

  test('releases what neither ends nor listens when its time to drain is over', async () => {
    const never = gate();
    let runs = 0;
    const declarations = [
      task('stuck', async () => {
        runs += 1;
        if (runs === 1) await never.promise;
      }),
    ];
    host.put('acme.ci', declarations);
    await host.start();
    await enqueue('stuck');
    await until('it runs', () => runs === 1);
    host.put('acme.ci', declarations, 100);
    await until('the end', async () => (await count(store, 'succeeded')) === 1);
    expect((await attemptsOf(store)).map(({ outcome }) => outcome)).toEqual(['interrupted']);
    never.open();
  });
});

eachStore('a host that stops', (_openStore, _kind, reopen) => {
  test('releases what runs as interrupted, never as a success, and the next start works it', async () => {
    const { open, again } = await reopen();
    const first = engineOn(await open());
    const seen: string[] = [];
    const declarations = [
      task('leaves-early', async (_payload, { signal }) => {
        seen.push('early');
        while (!signal.aborted) await pauseMs(5);
      }),
      task('ends', async () => {
        seen.push('ends');
        await pauseMs(150);
      }),
    ];
    first.put('acme.ci', declarations);
    await first.start();
    const tasks = first.inbox.tasksOf(keyOf('acme.ci'));
    await tasks.enqueue('leaves-early');
    await tasks.enqueue('ends');
    await until('both run', () => seen.length === 2);
    first.quiesce();
    await tasks.enqueue('ends');
    await first.stop(2_000);
    await expect(tasks.enqueue('ends')).rejects.toMatchObject({ code: 'inbox/unavailable' });
    const second = engineOn(await again());
    expect([await count(second.store, 'succeeded'), await count(second.store, 'ready')]).toEqual([1, 2]);
    expect((await attemptsOf(second.store)).map(({ outcome }) => outcome)).toEqual(['interrupted']);
    second.put('acme.ci', [task('leaves-early', () => undefined), task('ends', () => undefined)]);
    await second.start();
    await until('the rest', async () => (await count(second.store, 'succeeded')) === 3);
    await second.stop(1_000);
  });
});
