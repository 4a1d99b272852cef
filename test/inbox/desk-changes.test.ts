import { codeOf, DeskUnderTest, KEY } from './desk-under-test';
import { eachStore } from './each-store';
import { count, draftOf, gate, pauseMs, task, until } from './engine-under-test';

eachStore('the desk changes', (open) => {
  let host: DeskUnderTest;
  beforeEach(async () => {
    host = await DeskUnderTest.open(await open());
  });
  afterEach(() => host.engine.stop(2_000));

  describe('retry', () => {
    test('runs a dead letter again from its first attempt, and leaves what succeeded alone', async () => {
      const dead = await host.tasks().enqueue('work', { id: 'bad' });
      const done = await host.tasks().enqueue('work', { id: 'good' });
      await host.reached('dead', 1);
      await host.reached('succeeded', 1);
      host.fails = false;
      expect(await host.desk.change('retry', { ids: [dead.id, done.id] })).toEqual({
        looked: 2,
        changed: 1,
        next: undefined,
      });
      await host.reached('succeeded', 2);
      expect(await host.desk.job(dead.id)).toMatchObject({ state: 'succeeded', attempts: [{}, {}, {}] });
      expect(host.seen.filter(({ id }) => id === 'good')).toHaveLength(1);
    });

    test('runs at once what waits for a later time', async () => {
      const { id } = await host.tasks().enqueue('work', { id: 'good' }, { runAt: Date.now() + 3_600_000 });
      expect(await host.desk.change('retry', { ids: [id] })).toMatchObject({ changed: 1 });
      await until('a success', async () => (await host.desk.job(id)).state === 'succeeded');
    });

    test('by filter changes in steps what was there when it began, and counts it before', async () => {
      const enqueue = (amount: number, id: string) =>
        Promise.all(Array.from({ length: amount }, () => host.tasks().enqueue('work', { id })));
      await enqueue(450, 'bad');
      await host.reached('dead', 450);
      const selection = { filter: { plugin: KEY } };
      expect(await host.desk.count('retry', selection)).toBe(450);
      host.fails = false;
      const first = await host.desk.change('retry', selection);
      await enqueue(5, 'worse');
      await host.reached('dead', 255);
      const sum = { looked: first.looked, changed: first.changed };
      for (let after = first.next; after !== undefined;) {
        const step = await host.desk.change('retry', selection, after);
        sum.looked += step.looked;
        sum.changed += step.changed;
        after = step.next;
      }
      expect(sum).toEqual({ looked: 450, changed: 450 });
      expect(await count(host.store, 'dead')).toBe(5);
    });

    test('puts a job back into its lane, before what came after it', async () => {
      const held = gate();
      const order: string[] = [];
      host.engine.put(KEY, [
        task('step', async ({ id }) => {
          if (id === 'second') await held.promise;
          if (id === 'first' && host.fails) throw new Error('not yet');
          order.push(id);
        }),
      ]);
      const lane = { lane: 'a' };
      const { id } = await host.tasks().enqueue('step', { id: 'first' }, lane);
      await host.reached('dead', 1);
      host.fails = false;
      await host.tasks().enqueue('step', { id: 'second' }, lane);
      await host.tasks().enqueue('step', { id: 'third' }, lane);
      await host.reached('running', 1);
      await host.desk.change('retry', { ids: [id] });
      expect((await host.desk.job(id)).laneHead).toBe(false);
      held.open();
      await until('all', () => order.length === 3);
      expect(order).toEqual(['second', 'first', 'third']);
    });

    test('of a state that never comes back is refused', async () => {
      for (const state of ['succeeded', 'running'] as const)
        await expect(host.desk.change('retry', { filter: { states: [state] } })).rejects.toEqual(
          codeOf('inbox/bad-request'),
        );
    });
  });

  test('replay works a receipt anew, and the handler is told', async () => {
    const { receiptId } = await host.accept('push', { dedupe: { key: 'k', windowMs: 60_000 } });
    await host.idle();
    expect(await host.changeAll('replay', { ids: [receiptId] })).toMatchObject({ looked: 1, changed: 1 });
    await until('a second run', () => host.seen.length === 2);
    expect(host.seen).toEqual([{ replayOf: undefined }, { replayOf: receiptId }]);
    expect((await host.desk.receipt(receiptId)).jobs).toHaveLength(2);
    expect(await host.accept('push', { dedupe: { key: 'k', windowMs: 60_000 } })).toMatchObject({
      kind: 'duplicate',
    });
  });

  test('replay also works a receipt that was only recorded', async () => {
    host.engine.inbox.record(draftOf(KEY, host.github, { request: { body: Buffer.from('recorded') } }), {
      status: 200,
    });
    const [receipt] = await until('a receipt', async () => {
      const { items } = await host.desk.receipts({});
      return items.length > 0 ? items : undefined;
    });
    expect(receipt).toMatchObject({ answerStatus: 200, jobs: [] });
    await host.desk.change('replay', { filter: { text: 'recorded' } });
    await until('a run', () => host.seen.length === 1);
    expect(host.seen).toEqual([{ replayOf: receipt?.id }]);
  });

  describe('cancel and drop', () => {
    test('what waits is cancelled at once; what is cancelled or dead can be dropped, and is gone', async () => {
      const later = { runAt: Date.now() + 3_600_000 };
      const { id } = await host.tasks().enqueue('work', { id: 'good' }, later);
      await host.tasks().enqueue('work', { id: 'bad' });
      await host.reached('dead', 1);
      expect(await host.desk.change('cancel', { ids: [id] })).toMatchObject({ changed: 1 });
      expect(await host.desk.job(id)).toMatchObject({ state: 'cancelled', endedAt: expect.any(Number) });
      expect(await host.changeAll('drop', { filter: {} })).toMatchObject({ changed: 2 });
      expect((await host.desk.jobs({})).items).toEqual([]);
      expect((await host.desk.attempts({})).items).toEqual([]);
    });

    test('what runs is told, and ends as cancelled', async () => {
      const stopped = gate();
      host.engine.put(KEY, [
        task('long', async (_payload, job) => {
          job.signal.addEventListener('abort', stopped.open);
          await stopped.promise;
          throw job.signal.reason;
        }),
      ]);
      const { id } = await host.tasks().enqueue('long', {});
      await host.reached('running', 1);
      expect(await host.desk.change('drop', { ids: [id] })).toMatchObject({ looked: 1, changed: 0 });
      expect(await host.desk.change('cancel', { ids: [id] })).toMatchObject({ changed: 1 });
      await stopped.promise;
      await until('cancelled', async () => (await host.desk.job(id)).state === 'cancelled');
      expect((await host.desk.job(id)).attempts).toMatchObject([{ outcome: 'cancelled' }]);
    });

    test('let the lane go on behind the job that went', async () => {
      const lane = { lane: 'a', runAt: Date.now() + 3_600_000 };
      const first = await host.tasks().enqueue('work', { id: 'one' }, lane);
      const second = await host.tasks().enqueue('work', { id: 'two' }, lane);
      await host.tasks().enqueue('work', { id: 'three' }, { lane: 'a' });
      const heads = async () =>
        (await host.desk.jobs({ lane: 'a' })).items.map(({ state, laneHead }) => `${state} ${laneHead}`);
      expect(await heads()).toEqual(['ready false', 'later false', 'later true']);
      await host.desk.change('cancel', { ids: [first.id] });
      expect((await host.desk.job(second.id)).laneHead).toBe(true);
      await host.desk.change('drop', { ids: [second.id] });
      await until('the third', () => host.seen.some(({ id }) => id === 'three'));
    });
  });

  describe('pause', () => {
    test('of an endpoint: what arrives is stored and waits until it is resumed', async () => {
      await host.accept('before');
      await host.idle();
      expect(await host.desk.pause({ plugin: KEY, name: 'POST /github' }, 'maintenance')).toBe(true);
      expect(await host.desk.pause({ plugin: KEY, name: 'POST /github' })).toBe(false);
      await pauseMs(300);
      await host.accept('during');
      await host.accept('elsewhere', {}, host.stripe);
      await host.reached('succeeded', 2);
      expect(await count(host.store, 'ready')).toBe(1);
      expect(await host.desk.pauses()).toEqual([
        { plugin: KEY, name: 'POST /github', since: expect.any(Number), reason: 'maintenance' },
      ]);
      expect(await host.desk.resume({ plugin: KEY, name: 'POST /github' })).toBe(true);
      expect(await host.desk.resume({ plugin: KEY, name: 'POST /github' })).toBe(false);
      await host.reached('succeeded', 3);
    });

    test('of a plugin, and of nothing that is not there', async () => {
      expect(await host.desk.pause({ plugin: KEY })).toBe(true);
      expect(await host.desk.pauses()).toEqual([
        { plugin: KEY, since: expect.any(Number), reason: undefined },
      ]);
      await expect(host.desk.pause({ plugin: KEY, name: 'no such' })).rejects.toEqual(
        codeOf('inbox/not-found'),
      );
      await expect(host.desk.pause({ plugin: KEY, lane: 'a' })).rejects.toEqual(codeOf('inbox/bad-request'));
    });

    test('of a lane: it alone stands still, what it holds is not shown as a job, and order is kept', async () => {
      const target = { plugin: KEY, name: 'work', lane: 'a' };
      const later = { lane: 'a', runAt: Date.now() + 3_600_000 };
      const first = await host.tasks().enqueue('work', { id: 'one' }, later);
      expect(await host.desk.pause(target, 'poison')).toBe(true);
      expect(await host.desk.pause(target)).toBe(false);
      await host.desk.change('retry', { ids: [first.id] });
      await host.tasks().enqueue('work', { id: 'two' }, { lane: 'a' });
      await host.tasks().enqueue('work', { id: 'other' }, { lane: 'b' });
      await until('the other lane', () => host.seen.some(({ id }) => id === 'other'));
      await pauseMs(300);
      expect(host.seen.map(({ id }) => id)).toEqual(['other']);
      expect((await host.desk.jobs({ lane: 'a' })).items).toHaveLength(2);
      expect(await host.desk.counts()).toMatchObject([{ states: { ready: 2, succeeded: 1 } }]);
      expect(await host.desk.pauses()).toMatchObject([{ ...target, reason: 'poison' }]);
      expect(await host.desk.resume(target)).toBe(true);
      await until('the lane', () => host.seen.length === 3);
      expect(host.seen.map(({ id }) => id)).toEqual(['other', 'one', 'two']);
      expect(await host.desk.resume(target)).toBe(false);
    });

    test('of an empty lane, and of one in which a job runs: that one ends', async () => {
      const held = gate();
      const order: string[] = [];
      host.engine.put(KEY, [
        task('work', async ({ id }) => {
          if (id === 'one') await held.promise;
          order.push(id);
        }),
      ]);
      await host.tasks().enqueue('work', { id: 'one' }, { lane: 'a' });
      await host.reached('running', 1);
      for (const lane of ['a', 'b']) await host.desk.pause({ plugin: KEY, name: 'work', lane });
      await host.tasks().enqueue('work', { id: 'two' }, { lane: 'a' });
      await host.tasks().enqueue('work', { id: 'three' }, { lane: 'b' });
      held.open();
      await until('the first', () => order.length === 1);
      await pauseMs(300);
      expect(order).toEqual(['one']);
      for (const lane of ['a', 'b']) await host.desk.resume({ plugin: KEY, name: 'work', lane });
      await until('the rest', () => order.length === 3);
    });
  });

  test('purge deletes receipts of an age, a sender or an endpoint with their finished jobs, and keeps what is not done', async () => {
    await host.accept('old', { request: { receivedAt: 1_000 } });
    await host.accept('x'.repeat(300_000), { request: { ip: '10.0.0.1' } });
    await host.accept('bad', {}, host.github);
    await host.reached('dead', 1);
    await host.idle();
    await host.desk.pause({ plugin: KEY, name: 'POST /stripe' });
    await pauseMs(300);
    await host.accept('not done', {}, host.stripe);
    const left = async () => (await host.desk.receipts({})).items.length;
    expect(await host.changeAll('purge', { filter: { until: 2_000 } })).toMatchObject({ changed: 1 });
    expect(await left()).toBe(3);
    expect(await host.changeAll('purge', { filter: { ip: '10.0.0.1' } })).toMatchObject({ changed: 1 });
    expect(await host.store.reader.selectFrom('receipt_body').select('part').execute()).toEqual([]);
    expect(await host.changeAll('purge', { filter: {} })).toMatchObject({ looked: 2, changed: 1 });
    expect(await left()).toBe(1);
    expect((await host.desk.jobs({})).items).toMatchObject([{ state: 'ready' }]);
    expect((await host.desk.attempts({})).items).toEqual([]);
  });

  test('what was purged is still known by its key, and its repetition is not worked again', async () => {
    const dedupe = { key: 'k', windowMs: 60_000 };
    await host.accept('push', { dedupe });
    await host.idle();
    expect(await host.changeAll('purge', { filter: {} })).toMatchObject({ changed: 1 });
    expect(await host.accept('push', { dedupe })).toMatchObject({ kind: 'duplicate' });
    await host.idle();
    expect(host.seen).toHaveLength(1);
  });

  test('nothing once the store is closed, and says so', async () => {
    await host.engine.stop(1_000);
    const unavailable = codeOf('inbox/unavailable');
    await expect(host.desk.jobs({})).rejects.toEqual(unavailable);
    await expect(host.desk.change('retry', { filter: {} })).rejects.toEqual(unavailable);
    await expect(host.desk.pause({ plugin: KEY })).rejects.toEqual(unavailable);
  });
});
