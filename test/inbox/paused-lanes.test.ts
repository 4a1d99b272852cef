import type { Job } from '../../src/core/job';
import { HOLDS_LANE } from '../../src/inbox/states';
import { sql } from 'kysely';
import type { Store } from '../../src/inbox/store';
import { KEY } from './desk-under-test';
import { eachStore } from './each-store';
import {
  draftOf,
  engineOn,
  gate,
  hook,
  pauseMs,
  task,
  until,
  type EngineUnderTest,
} from './engine-under-test';

const TARGET = { plugin: KEY, name: 'step', lane: 'a' };

eachStore('a paused lane', (open) => {
  let store: Store;
  let host: EngineUnderTest;
  let runs: string[];
  let run: (id: string, job: Job) => unknown;
  beforeEach(async () => {
    store = await open();
    host = engineOn(store);
    runs = [];
    const step = task(
      'step',
      ({ id }, job) => {
        runs.push(id);
        return run(id, job);
      },
      { retry: { attempts: 3, backoff: [1] } },
    );
    host.put(KEY, [step]);
  });
  afterEach(() => host.stop(1_000));

  const tasks = () =>
    host.inbox.tasksOf(
      draftOf(
        KEY,
        hook('/x', () => {}),
      ).plugin,
    );
  const enqueue = async (id: string) => (await tasks().enqueue('step', { id }, { lane: 'a' })).id;
  const stateOf = async (id: string) => (await host.desk.job(id)).state;
  const heads = async () => {
    const { rows } = await sql<{
      id: number;
    }>`select id from job where lane_head = 1 and ${sql.raw(HOLDS_LANE)}`.execute(store.reader);
    return rows.map(({ id }) => (id < 0 ? 'holder' : 'job'));
  };
  /** `first` runs until it is let go, `second` waits behind it, and the lane is paused meanwhile. */
  const pausedWhileRunning = async () => {
    const latch = gate();
    const plain = run;
    run = async (id, job) => {
      if (runs.length === 1) await latch.promise;
      return plain(id, job);
    };
    const first = await enqueue('first');
    await until('it runs', () => runs.length === 1);
    await enqueue('second');
    expect(await host.desk.pause(TARGET)).toBe(true);
    expect(await heads()).toEqual(['holder']);
    return { first, latch };
  };

  test('does not run the job again that fails in it, until it is resumed', async () => {
    run = (id) => {
      if (id === 'first' && runs.length < 3) throw new Error('not yet');
    };
    await host.start();
    const { first, latch } = await pausedWhileRunning();
    latch.open();
    await until('its next try', async () => (await stateOf(first)) === 'ready');
    await pauseMs(400);
    expect(runs).toEqual(['first']);
    expect(await heads()).toEqual(['holder']);
    await host.desk.resume(TARGET);
    await until('both', () => runs.length === 4);
    expect(runs).toEqual(['first', 'first', 'first', 'second']);
  });

  test('does not go on with the job that waits in it, though its signal comes', async () => {
    run = (id, { waitFor }) => (id === 'first' ? waitFor('go') : undefined);
    await host.start();
    const { first, latch } = await pausedWhileRunning();
    latch.open();
    await until('it waits', async () => (await stateOf(first)) === 'waiting');
    expect(await host.desk.signal(first, 'go')).toBe(true);
    await pauseMs(400);
    expect([runs, await stateOf(first)]).toEqual([['first'], 'ready']);
    await host.desk.resume(TARGET);
    await until('both', () => runs.length === 3);
    expect(runs).toEqual(['first', 'first', 'second']);
  });

  test('does not run the job again whose process died in it', async () => {
    run = () => undefined;
    const first = await enqueue('first');
    const [taskId = 0] = await store.taskIds([{ plugin: KEY, name: 'step', kind: 'task' }]);
    const claim = { node: 'gone', leaseUntil: store.now() + 500, wants: [{ taskId, most: 1 }] };
    const batch = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], commands: [] };
    expect((await store.commit({ ...batch, claim })).claimed).toHaveLength(1);
    await host.desk.pause(TARGET);
    await host.start();
    await until('it is freed', async () => (await host.desk.job(first)).crashes === 1);
    await pauseMs(400);
    expect([runs, await stateOf(first), await heads()]).toEqual([[], 'ready', ['holder']]);
    await host.desk.resume(TARGET);
    await until('its end', async () => (await stateOf(first)) === 'succeeded');
  });

  test('resumed while its job runs, has that one run alone', async () => {
    run = () => undefined;
    await host.start();
    const { first, latch } = await pausedWhileRunning();
    await host.desk.resume(TARGET);
    await pauseMs(300);
    expect([runs, await stateOf(first), await heads()]).toEqual([['first'], 'running', ['job']]);
    latch.open();
    await until('both', () => runs.length === 2);
  });

  test('gives the turn back to whose it was, whatever came back into the lane meanwhile', async () => {
    run = (id) => {
      if (id === 'old') throw new Error('no use');
    };
    await host.start();
    const old = await enqueue('old');
    await until('a dead letter', async () => (await stateOf(old)) === 'dead');
    runs = [];
    const { first, latch } = await pausedWhileRunning();
    run = () => undefined;
    expect(await host.desk.change('retry', { ids: [old] })).toMatchObject({ changed: 1 });
    await host.desk.resume(TARGET);
    await pauseMs(300);
    expect([runs, await stateOf(first)]).toEqual([['first'], 'running']);
    latch.open();
    await until('all', () => runs.length === 3);
    expect(runs).toEqual(['first', 'old', 'second']);
  });
});
