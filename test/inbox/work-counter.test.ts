import { keyOf } from '../core/plain-mount';
import { eachStore } from './each-store';
import { count, engineOn, gate, task, until, type EngineUnderTest } from './engine-under-test';

const KEY = 'acme.ci';
const AWAY = keyOf('acme.away');

eachStore('what waits to be worked', (open) => {
  let engine: EngineUnderTest;
  const held = gate();
  afterEach(async () => {
    held.open();
    await engine.stop(2_000);
  });

  it('is counted by state, with when the oldest was due', async () => {
    engine = engineOn(await open());
    engine.put(KEY, [
      task('hold', () => held.promise),
      task('fail', () => Promise.reject(new Error('no')), { retry: { attempts: 1, backoff: [1] } }),
      task('wait', (_payload, job) => job.waitFor('go')),
    ]);
    await engine.start();
    expect(await engine.workCounts.counts()).toEqual({
      ...{ ready: 0, running: 0, dead: 0, waiting: 0 },
      oldestDueAt: undefined,
    });
    const tasks = engine.inbox.tasksOf(keyOf(KEY));
    for (const name of ['hold', 'fail', 'wait']) await tasks.enqueue(name);
    const [due, later] = [Date.now() - 60_000, Date.now() + 60_000];
    const sleeping = (name: string, options: object) => ({ plugin: AWAY, task: name, payload: 1, options });
    await engine.inbox.put([
      sleeping('a', { runAt: due + 5_000, priority: 5 }),
      sleeping('a', { runAt: due + 9_000 }),
      sleeping('b', { runAt: due, priority: -3 }),
      sleeping('b', { runAt: later }),
      sleeping('lanes', { lane: 'one', runAt: due + 20_000 }),
      sleeping('lanes', { lane: 'one', runAt: due + 20_000 }),
    ]);
    for (const [state, amount] of [
      ['dead', 1],
      ['waiting', 1],
      ['running', 1],
      ['ready', 5],
    ] as const)
      await until(`${amount} ${state}`, async () => (await count(engine.store, state)) === amount);
    const counts = await engine.workCounts.counts();
    expect(counts).toEqual({ ready: 5, running: 1, dead: 1, waiting: 1, oldestDueAt: due });
  });

  it('holds no lane that an operator paused', async () => {
    engine = engineOn(await open());
    engine.put(KEY, [task('work', () => {})]);
    await engine.start();
    await engine.inbox.tasksOf(keyOf(KEY)).enqueue('work', 1, { lane: 'one' });
    await engine.idle();
    await engine.desk.pause({ plugin: KEY, name: 'work', lane: 'one' });
    expect((await engine.workCounts.counts()).waiting).toBe(0);
  });
});
