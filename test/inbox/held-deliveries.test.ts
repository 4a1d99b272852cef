import type { Endpoint } from '../../src/core/declaration';
import { HostError } from '../../src/core/errors';
import type { LiveMount } from '../../src/core/live-mount';
import type { HeldDelivery } from '../../src/core/ports/inbox';
import type { Batch, Store } from '../../src/inbox/store';
import { KEY } from './desk-under-test';
import { eachStore } from './each-store';
import {
  attemptsOf,
  count,
  draftOf,
  engineOn,
  hook,
  pauseMs,
  QUICK,
  until,
  type EngineUnderTest,
} from './engine-under-test';

/** The store itself; what is committed is noted on the way, or not committed while it is `out`. */
function noting(store: Store, batches: Batch[], isOut: () => boolean): Store {
  const commit = store.commit.bind(store);
  store.commit = (batch) => {
    if (isOut()) return Promise.reject(new HostError('inbox/unavailable', []));
    batches.push(batch);
    return commit(batch);
  };
  return store;
}

eachStore('a delivery held in the midst of its request', (open) => {
  let host: EngineUnderTest;
  let batches: Batch[];
  let isOut: boolean;
  beforeEach(async () => {
    batches = [];
    isOut = false;
    host = engineOn(
      noting(await open(), batches, () => isOut),
      {
        settings: { inbox: { ...QUICK.inbox, pluginConcurrency: 3 } },
      },
    );
  });
  afterEach(() => host.stop(1_000));
  const started = async (...endpoints: Endpoint[]): Promise<LiveMount> => {
    const live = host.put(KEY, endpoints);
    await host.start();
    return live;
  };
  const holdOn = async (
    endpoint: Endpoint,
    live: LiveMount,
    key?: string,
  ): Promise<HeldDelivery | undefined> => {
    const dedupe = key === undefined ? undefined : { key, windowMs: 60_000 };
    const acceptance = await host.inbox.hold(draftOf(KEY, endpoint, { dedupe }), live);
    return acceptance.kind === 'stored' ? acceptance.held : undefined;
  };

  test('has its answer kept in the commit that settles it, where both are known', async () => {
    const endpoint = hook('/now', () => undefined, { answer: { ackWithinMs: 1_000 } });
    const held = (await holdOn(endpoint, await started(endpoint))) as HeldDelivery;
    await held.job.store.create('effects', { id: 'one' });
    held.answered({ status: 200 });
    expect(await held.succeeded()).toBe(true);
    const answering = batches.filter(({ answers }) => answers.length > 0);
    expect(answering.map(({ settles }) => settles.length)).toEqual([1]);
    const kept = await host.store.reader.selectFrom('receipt').select('answer_status').execute();
    expect(kept).toEqual([{ answer_status: 200 }]);
  });

  test('has its answer kept though the store was out of reach when it ended', async () => {
    const endpoint = hook('/now', () => undefined, { answer: { ackWithinMs: 1_000 } });
    const held = (await holdOn(endpoint, await started(endpoint))) as HeldDelivery;
    isOut = true;
    held.answered({ status: 200 });
    const settled = held.succeeded();
    await pauseMs(100);
    isOut = false;
    expect(await settled).toBe(true);
    const kept = await host.store.reader.selectFrom('receipt').select('answer_status').execute();
    expect(kept).toEqual([{ answer_status: 200 }]);
  });

  test('that goes on after its answer has that kept at once', async () => {
    const endpoint = hook('/early', () => undefined, { answer: { ackWithinMs: 1_000 } });
    const held = (await holdOn(endpoint, await started(endpoint))) as HeldDelivery;
    held.answered({ status: 202 });
    const kept = () => host.store.reader.selectFrom('receipt').select('answer_status').executeTakeFirst();
    await until('its answer', async () => (await kept())?.answer_status === 202);
    expect(await count(host.store, 'running')).toBe(1);
    expect(await held.succeeded()).toBe(true);
    expect(batches.filter(({ answers }) => answers.length > 0)).toHaveLength(1);
  });

  test('takes of the room its endpoint and plugin have: what finds none is worked later', async () => {
    const worked: string[] = [];
    const of = (path: string, concurrency: number) =>
      hook(path, () => void worked.push(path), { answer: { ackWithinMs: 1_000 }, concurrency });
    const [two, many] = [of('/two', 2), of('/many', 9)];
    const live = await started(two, many);
    const first = await holdOn(two, live);
    const second = await holdOn(two, live, 'key');
    expect(await holdOn(two, live, 'key')).toBeUndefined(); // a duplicate takes none
    expect(await holdOn(two, live)).toBeUndefined();
    const third = await holdOn(many, live);
    expect(await holdOn(many, live)).toBeUndefined();
    expect([first, second, third].every((held) => held !== undefined)).toBe(true);
    expect([await count(host.store, 'running'), await count(host.store, 'ready'), worked]).toEqual([
      3,
      2,
      [],
    ]);
    await first?.succeeded();
    await until('both that waited', () => worked.length === 2);
    await second?.succeeded();
    await third?.succeeded();
    await until('the end of all', async () => (await count(host.store, 'succeeded')) === 5);
    const again = [await holdOn(two, live), await holdOn(two, live), await holdOn(two, live)];
    expect(again.map((held) => held !== undefined)).toEqual([true, true, false]);
    for (const held of again) await held?.succeeded();
  });

  test('whose handler answers itself and never ends is counted out, and its key is free', async () => {
    const endpoint = hook('/pay', () => undefined, { answer: 'handler', timeoutMs: 300 });
    const live = await started(endpoint);
    const held = (await holdOn(endpoint, live, 'key')) as HeldDelivery;
    await held.job.store.create('effects', { id: 'late' });
    expect(await holdOn(endpoint, live, 'key')).toBeUndefined();
    expect(await held.over).toBe(false);
    expect(held.signal.aborted).toBe(true);
    expect(await count(host.store, 'dead')).toBe(1);
    expect(await attemptsOf(host.store)).toEqual([
      { outcome: 'timed-out', error: expect.stringContaining('300 ms') },
    ]);
    // What it still has to say says nothing any more.
    held.answered({ status: 200 });
    expect(await held.succeeded()).toBe(false);
    const kept = () =>
      host.store.reader.selectFrom('receipt').select('answer_status').orderBy('id').execute();
    expect(await kept()).toEqual([{ answer_status: 503 }]);
    const again = await holdOn(endpoint, live, 'key');
    again?.answered({ status: 200 });
    expect(await again?.succeeded()).toBe(true);
    expect(await kept()).toEqual([{ answer_status: 503 }, { answer_status: 200 }]);
    expect(await host.store.reader.selectFrom('document').selectAll().execute()).toEqual([]);
  });

  test('that answered early and then never ends keeps its answer', async () => {
    const endpoint = hook('/pay', () => undefined, { answer: 'handler', timeoutMs: 200 });
    const held = (await holdOn(endpoint, await started(endpoint), 'key')) as HeldDelivery;
    held.answered({ status: 201 });
    expect(await held.over).toBe(false);
    const kept = await host.store.reader.selectFrom('receipt').select('answer_status').execute();
    expect(kept).toEqual([{ answer_status: 201 }]);
  });
});
