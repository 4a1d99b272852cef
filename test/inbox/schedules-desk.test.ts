import type { Schedule } from '../../src/core/declaration';
import type { Store } from '../../src/inbox/store';
import { eachStore } from './each-store';
import { engineOn, task, until, type EngineUnderTest } from './engine-under-test';

const KEY = 'acme.ci';
const schedule = (name: string, cron: string, more: Partial<Schedule> = {}): Schedule => ({
  kind: 'schedule',
  origin: { dialect: 'native', where: name },
  name,
  cron,
  timezone: 'UTC',
  task: 'report',
  payload: { by: name },
  catchUp: 'skip',
  ...more,
});

eachStore('schedules, for operators', (open) => {
  let engine: EngineUnderTest;
  let seen: unknown[] = [];
  const started = async (store: Store) => {
    seen = [];
    const now = Date.UTC(2026, 0, 1, 12, 30);
    engine = engineOn(store, { clock: { now: () => now } });
    engine.put(KEY, [
      task('report', (payload) => seen.push(payload)),
      schedule('nightly', '0 3 * * *'),
      schedule('hourly', '0 * * * *', { timezone: 'Europe/Berlin' }),
    ]);
    await engine.start();
  };
  afterEach(() => engine.stop(2_000));

  it('are listed with when they are due and were', async () => {
    await started(await open());
    expect(await engine.schedulesDesk.list()).toEqual([
      {
        ...{ plugin: KEY, name: 'hourly', cron: '0 * * * *', timezone: 'Europe/Berlin', task: 'report' },
        ...{ nextAt: Date.UTC(2026, 0, 1, 13), lastAt: Date.UTC(2026, 0, 1, 12), isPaused: false },
      },
      {
        ...{ plugin: KEY, name: 'nightly', cron: '0 3 * * *', timezone: 'UTC', task: 'report' },
        ...{ nextAt: Date.UTC(2026, 0, 2, 3), lastAt: Date.UTC(2026, 0, 1, 3), isPaused: false },
      },
    ]);
  });

  it('are shown as paused with their task or their plugin', async () => {
    await started(await open());
    await engine.desk.pause({ plugin: KEY, name: 'report' });
    expect((await engine.schedulesDesk.list()).map(({ isPaused }) => isPaused)).toEqual([true, true]);
    await engine.desk.resume({ plugin: KEY, name: 'report' });
    expect((await engine.schedulesDesk.list()).map(({ isPaused }) => isPaused)).toEqual([false, false]);
    await engine.desk.pause({ plugin: KEY });
    expect((await engine.schedulesDesk.list()).map(({ isPaused }) => isPaused)).toEqual([true, true]);
  });

  it('run now when they are told to, with their own payload', async () => {
    await started(await open());
    const { job } = await engine.schedulesDesk.run(KEY, 'nightly');
    await until('it ran', () => seen.length > 0);
    expect(seen).toEqual([{ by: 'nightly' }]);
    expect(await engine.desk.job(job)).toMatchObject({ name: 'report', plugin: KEY });
  });

  it('are refused by a name that none has, and of a plugin that is not there', async () => {
    await started(await open());
    await expect(engine.schedulesDesk.run(KEY, 'weekly')).rejects.toMatchObject({
      code: 'schedule/unknown',
      message: expect.stringContaining('nightly, hourly'),
    });
    await expect(engine.schedulesDesk.run('acme.none', 'weekly')).rejects.toMatchObject({
      code: 'plugin/unknown',
    });
  });
});
