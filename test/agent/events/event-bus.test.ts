import { z } from 'zod';
import type { CloudEvent } from '../../../src/core/event';
import type { Store } from '../../../src/inbox/store';
import { keyOf } from '../../core/plain-mount';
import { eachStore } from '../../inbox/each-store';
import { attemptsOf, count, task, until } from '../../inbox/engine-under-test';
import { busOn, listener, type BusUnderTest } from './bus-under-test';

eachStore('events', (openStore) => {
  let host: BusUnderTest;
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    host = await busOn(store);
  });
  afterEach(async () => {
    await host.closeBus();
    await host.stop(1_000);
  });
  const jobs = (state: 'succeeded' | 'dead' | 'ready', n: number) =>
    until(`${n} jobs that are ${state}`, async () => (await count(store, state)) === n);

  test('reach whoever listens, in any plugin, as a CloudEvent', async () => {
    const seen: [string, CloudEvent][] = [];
    const keep = (who: string) => (event: CloudEvent) => void seen.push([who, event]);
    host.put('acme.ci', [listener('build.*', keep('own'))]);
    host.put('acme.chat', [listener('build.done', keep('other')), listener('deploy.*', keep('nobody'))]);
    await host.start();
    const emitted = await host.events.emit('build.done', { n: 1 }, { subject: 'main', key: 'b1' });
    expect(emitted).toEqual({ id: expect.any(String), listeners: 2 });
    await jobs('succeeded', 2);
    const event = {
      specversion: '1.0',
      id: emitted.id,
      source: '/plugins/acme.ci',
      type: 'build.done',
      time: expect.stringMatching(/^20\d\d-.*Z$/),
      subject: 'main',
      partitionkey: 'b1',
      datacontenttype: 'application/json',
      data: { n: 1 },
    };
    expect(seen.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['other', event],
      ['own', event],
    ]);
  });

  test('that nobody hears are not kept', async () => {
    host.put('acme.ci', [listener('build.*', () => undefined)]);
    expect(await host.events.emit('deploy.done')).toMatchObject({ listeners: 0 });
    expect(await count(store, 'ready')).toBe(0);
  });

  test('of the same type and key reach each listener once', async () => {
    host.put('acme.ci', [listener('build.*', () => undefined), listener('*', () => undefined)]);
    expect((await host.events.emit('build.done', 1, { key: 'a' })).listeners).toBe(2);
    expect((await host.events.emit('build.done', 2, { key: 'a' })).listeners).toBe(0);
    expect((await host.events.emit('build.begun', 3, { key: 'a' })).listeners).toBe(2);
    expect((await host.bus.of(keyOf('acme.chat')).emit('build.done', 4, { key: 'a' })).listeners).toBe(2);
    expect(await count(store, 'ready')).toBe(6);
  });

  test('that came from elsewhere are told as they are, each source and id once', async () => {
    const seen: unknown[] = [];
    host.put('acme.ci', [listener('com.*', (event) => void seen.push(event))]);
    await host.start();
    const event = {
      specversion: '1.0',
      id: '1',
      source: 'https://shop.example',
      type: 'com.shop.paid',
    } as const;
    const told = await host.events.publish([event, { ...event, id: '2', data: 'x' }, event]);
    expect(told.map(({ id, listeners }) => [id, listeners])).toEqual([
      ['1', 1],
      ['2', 1],
      ['1', 0],
    ]);
    await jobs('succeeded', 2);
    expect(seen).toContainEqual(event);
    await expect(host.events.publish([{ ...event, id: '' }])).rejects.toMatchObject({
      code: 'events/bad-event',
      message: expect.stringContaining('id is missing'),
    });
    const late = { ...event, id: '3', gatehousehops: 17 };
    await expect(host.events.publish([late])).rejects.toMatchObject({ code: 'events/too-many-hops' });
    await expect(host.events.emit('not a type!')).rejects.toMatchObject({ code: 'events/bad-type' });
    await expect(host.events.emit('build.*')).rejects.toMatchObject({ code: 'events/bad-type' });
  });

  test('of a job are told with its success, and not otherwise', async () => {
    let fails = true;
    const seen: unknown[] = [];
    const work = task('work', async (_payload, job) => {
      await job.events.emit('work.done', job.attempt);
      if (fails) throw new Error('not yet');
    });
    host.put('acme.ci', [
      { ...work, retry: { attempts: 2, backoff: [300] } },
      listener('work.done', ({ data }) => void seen.push(data)),
    ]);
    await host.start();
    await host.inbox.tasksOf(keyOf('acme.ci')).enqueue('work');
    await until('the first attempt', async () => (await attemptsOf(store)).length === 1);
    expect(await count(store, 'ready')).toBe(0);
    fails = false;
    await jobs('succeeded', 2);
    expect(seen).toEqual([2]);
  });

  test('that go round in a circle stop, as a dead letter', async () => {
    const hops: unknown[] = [];
    host.put('acme.ci', [
      listener('ping', async (event, job) => {
        hops.push(event['gatehousehops']);
        await job.events.emit('pong');
      }),
      listener('pong', (event) => host.events.emit('ping', 1, { cause: event })),
    ]);
    await host.start();
    await host.events.emit('ping');
    await jobs('dead', 1);
    expect(hops).toEqual([undefined, 2, 4, 6, 8, 10, 12, 14, 16]);
    const [attempt] = await attemptsOf(store);
    expect(attempt).toMatchObject({ outcome: 'gave-up', error: expect.stringContaining('16 events') });
  });

  test('of one key are worked in order where the listener has a lane', async () => {
    const seen: unknown[] = [];
    const slow = async ({ data }: CloudEvent) => {
      await new Promise((resolve) => setTimeout(resolve, data === 1 ? 40 : 0));
      seen.push(data);
    };
    host.put('acme.ci', [listener('order.*', slow, { lane: 'key' })]);
    for (const [index, type] of ['made', 'paid', 'sent'].entries())
      await host.events.emit(`order.${type}`, index + 1, { key: 'o1' });
    await host.start();
    await jobs('succeeded', 3);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('whose data a schema refuses are dead letters at once; what it makes is handed over', async () => {
    const seen: unknown[] = [];
    const input = z.object({ n: z.coerce.number() });
    host.put('acme.ci', [listener('n.*', ({ data }) => void seen.push(data.n), { input })]);
    await host.start();
    await host.events.emit('n.good', { n: '7' });
    await host.events.emit('n.bad', { n: 'x' });
    await jobs('dead', 1);
    await jobs('succeeded', 1);
    expect(seen).toEqual([7]);
  });

  test('wait for a plugin that failed, reach none that is disabled, and a lane that throws does not hurt who emits', async () => {
    const key = keyOf('acme.chat');
    const throwing = () => {
      throw new Error('no lane');
    };
    host.put('acme.chat', [listener('build.*', () => undefined, { lane: throwing })]);
    expect((await host.events.emit('build.done')).listeners).toBe(1);
    await until('what listens to be stored', () => host.shared.get('listeners', key));
    host.table.vacate(key, { key, why: 'failed' });
    expect((await host.events.emit('build.done')).listeners).toBe(1);
    host.table.remove(key);
    expect((await host.events.emit('build.done')).listeners).toBe(0);
    await until('what listens to be forgotten', () => host.shared.get('listeners', key) === undefined);
    host.table.vacate(key, { key, why: 'starting' });
    expect((await host.events.emit('build.done')).listeners).toBe(0);
    expect(host.warnings).toEqual([]);
  });

  test('wait for a plugin that fails before it could be stored what it listens for', async () => {
    const key = keyOf('acme.chat');
    host.put('acme.chat', [listener('other', () => undefined)]);
    await until('what listens to be stored', () => host.shared.get('listeners', key));
    // Saved one after the other: the second is still to be when it fails.
    host.put('acme.ci', [listener('build.*', () => undefined)]);
    host.put('acme.chat', [listener('build.*', () => undefined)]);
    host.table.vacate(key, { key, why: 'failed' });
    await host.closeBus();
    const stored = host.shared.get('listeners', key)?.value ?? '[]';
    expect(JSON.parse(stored)).toMatchObject([{ on: 'build.*' }]);
  });

  test('are stored for a plugin that does not start after a restart', async () => {
    const seen: unknown[] = [];
    const key = keyOf('acme.chat');
    host.put('acme.chat', [listener('build.*', () => undefined)]);
    await host.closeBus();
    const next = await busOn(store);
    next.table.vacate(key, { key, why: 'failed' });
    expect((await next.events.emit('build.done', 5)).listeners).toBe(1);
    next.put('acme.chat', [listener('build.*', ({ data }) => void seen.push(data))]);
    await next.start();
    await until('the event', () => seen.length === 1);
    expect(seen).toEqual([5]);
    await next.closeBus();
    await next.stop(1_000);
  });
});
