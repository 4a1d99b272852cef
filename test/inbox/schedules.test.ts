import type { Schedule } from '../../src/core/declaration';
import { firesOf, nextDue } from '../../src/inbox/due-times';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import type { Store } from '../../src/inbox/store';
import { keyOf } from '../core/plain-mount';
import { createTestDatabase } from '../support/postgres';
import { count, engineOn, pauseMs, task, until, type EngineUnderTest } from './engine-under-test';
import { eachStore } from './each-store';

const schedule = (cron: string, more: Partial<Schedule> = {}): Schedule => ({
  kind: 'schedule',
  origin: { dialect: 'test', where: `schedule(${cron})` },
  name: 'nightly',
  cron,
  timezone: 'UTC',
  task: 'report',
  payload: { of: 'schedule' },
  catchUp: 'skip',
  ...more,
});
const at = (text: string) => Date.parse(text);
const times = (fires: readonly number[]) => fires.map((fire) => new Date(fire).toISOString().slice(5, 16));

describe('due times', () => {
  test('an hour that daylight saving skips is made up for once, one that it repeats fires once', () => {
    const daily = schedule('30 2 * * *', { timezone: 'Europe/Berlin', catchUp: 'all' });
    expect(times(firesOf(daily, at('2026-03-28T12:00:00Z'), at('2026-03-31T12:00:00Z')))).toEqual([
      '03-29T01:00',
      '03-30T00:30',
      '03-31T00:30',
    ]);
    expect(times(firesOf(daily, at('2026-10-24T12:00:00Z'), at('2026-10-26T12:00:00Z')))).toEqual([
      '10-25T00:30',
      '10-26T01:30',
    ]);
  });

  test('what is due each half hour is due in both hours that bear one name', () => {
    const half = schedule('*/30 * * * *', { timezone: 'Europe/Berlin', catchUp: 'all' });
    expect(firesOf(half, at('2026-10-24T22:59:00Z'), at('2026-10-25T03:00:00Z'))).toHaveLength(9);
  });

  test('missed fires: none, the last, or each of the last thousand; those on time fire always', () => {
    const hourly = (catchUp: Schedule['catchUp']) => schedule('0 * * * *', { catchUp });
    const since = at('2026-05-01T00:00:00Z');
    const now = at('2026-05-01T05:00:10Z');
    expect(times(firesOf(hourly('skip'), since, now))).toEqual(['05-01T05:00']);
    expect(times(firesOf(hourly('one'), since, now))).toEqual(['05-01T04:00', '05-01T05:00']);
    expect(firesOf(hourly('all'), since, now)).toHaveLength(5);
    expect(firesOf(hourly('skip'), since, now + 60_000)).toEqual([]);
    expect(times(firesOf(hourly('one'), since, now + 60_000))).toEqual(['05-01T05:00']);
    const many = firesOf(schedule('* * * * * *', { catchUp: 'all' }), since, at('2026-05-02T00:00:00Z'));
    expect([many.length, many.at(-1)]).toEqual([1_000, at('2026-05-02T00:00:00Z')]);
    expect(many).toEqual([...many].sort((a, b) => a - b));
  });

  test('what was due just now is not due again; a line that never comes is never due', () => {
    const everySecond = schedule('* * * * * *');
    expect(firesOf(everySecond, at('2026-05-01T00:00:01Z'), at('2026-05-01T00:00:01Z') + 999)).toEqual([]);
    expect(nextDue(everySecond, at('2026-05-01T00:00:01Z'))).toBe(at('2026-05-01T00:00:02Z'));
    expect(nextDue(schedule('0 0 30 2 *'), Date.now())).toBeUndefined();
  });
});

eachStore('schedules', (_open, _kind, reopen) => {
  const hostAt = (store: Store, now: number) => engineOn(store, { clock: { now: () => now } });
  const start = at('2026-05-01T10:00:30Z');

  test('start from now, catch up over a restart by their policy, and start anew with a new line', async () => {
    const { open, again } = await reopen();
    const payloads: unknown[] = [];
    const declarations = (cron: string) => [
      task('report', (payload) => void payloads.push(payload)),
      schedule(cron, { catchUp: 'all' }),
    ];
    const first = hostAt(await open(), start);
    first.put('acme.ci', declarations('0 * * * *'));
    await first.start();
    const rows = () => first.store.reader.selectFrom('schedule').selectAll().execute();
    await until('it is known', async () => (await rows()).length === 1);
    expect(Number((await rows())[0]?.next_due)).toBe(at('2026-05-01T11:00:00Z'));
    await first.stop(1_000);
    expect(payloads).toEqual([]);

    const second = hostAt(await again(), start + 3 * 3_600_000);
    second.put('acme.ci', declarations('0 * * * *'));
    await second.start();
    await until('three fires', async () => (await count(second.store, 'succeeded')) === 3);
    expect(payloads).toEqual([{ of: 'schedule' }, { of: 'schedule' }, { of: 'schedule' }]);
    second.put('acme.ci', declarations('0 * * * *'));
    second.put('acme.ci', declarations('30 * * * *'));
    const lines = () => second.store.reader.selectFrom('schedule').select('cron').execute();
    await until('the new line', async () => (await lines()).some(({ cron }) => cron.startsWith('30')));
    await second.stop(1_000);
    expect(payloads).toHaveLength(3);
  });

  test('whose line comes back make up for nothing that was due while another one stood there', async () => {
    const { open, again } = await reopen();
    const run = async (store: Store, cron: string, now: number, jobs: number) => {
      const host = hostAt(store, now);
      host.put('acme.ci', [task('report', () => undefined), schedule(cron, { catchUp: 'all' })]);
      await host.start();
      const looked = () =>
        store.reader.selectFrom('schedule').where('last_due', '=', now).select('cron').execute();
      await until(`${cron} is looked at`, async () => (await looked()).length === 1);
      await until(`${jobs} fires`, async () => (await count(store, 'succeeded')) === jobs);
      await pauseMs(100);
      expect(await count(store, 'succeeded')).toBe(jobs);
      await host.stop(1_000);
    };
    await run(await open(), '0 * * * *', start, 0);
    await run(await again(), '0 * * * *', start + 3_600_000, 1);
    await run(await again(), '30 * * * *', start + 3_700_000, 1);
    await run(await again(), '30 * * * *', start + 10 * 3_600_000, 10);
    // Down for two hours and upgraded back: 21:00 and 22:00, but none of the nine before.
    await run(await again(), '0 * * * *', start + 12 * 3_600_000, 12);
  });

  test('of a plugin that is not there do not fire', async () => {
    const { open } = await reopen();
    const host = engineOn(await open());
    host.put('acme.ci', [task('report', () => undefined), schedule('* * * * * *')]);
    await host.start();
    await until('a fire', async () => (await count(host.store, 'succeeded')) > 0);
    void host.table.remove(keyOf('acme.ci'))?.retire(100, 'disable');
    await pauseMs(100);
    const before = (await count(host.store, 'succeeded')) + (await count(host.store, 'ready'));
    await pauseMs(2_200);
    expect((await count(host.store, 'succeeded')) + (await count(host.store, 'ready'))).toBe(before);
    await host.stop(1_000);
  });
});

test('of two hosts on one database one fires each due time', async () => {
  const database = await createTestDatabase();
  const open = async () => (await openPostgresStore(database.url)).store;
  /** The second that was due last, and how many jobs there are: in one query, so that both are of one moment. */
  const seen = async (store: Store) => {
    const row = await store.reader
      .selectFrom('schedule')
      .select(['last_due', (build) => build.selectFrom('job').select(build.fn.countAll().as('n')).as('jobs')])
      .executeTakeFirst();
    return row && { second: Math.floor(Number(row.last_due) / 1_000), jobs: Number(row.jobs) };
  };
  const hosts = [];
  for (const node of ['first', 'second']) {
    const host = engineOn(await open(), { node });
    host.put('acme.ci', [task('report', () => undefined), schedule('* * * * * *')]);
    await host.start();
    hosts.push(host);
  }
  const reading = await open();
  const before = await until('the row', () => seen(reading));
  await pauseMs(4_000);
  for (const host of hosts) await host.stop(1_000);
  const after = await until('the row', () => seen(reading));
  expect(after.jobs - before.jobs).toBeGreaterThanOrEqual(3);
  expect(after.jobs - before.jobs).toBe(after.second - before.second);
  await reading.close();
  await database.drop();
});

test('two hosts with different lines, as while plugins are upgraded, each fire their own, each due time once', async () => {
  const database = await createTestDatabase();
  const minute = (number: number) => at('2026-05-01T10:00:01Z') + number * 60_000;
  let now = minute(0);
  const hosts: { host: EngineUnderTest; look: () => void }[] = [];
  for (const [node, cron] of [
    ['old', '*/2 * * * *'],
    ['new', '*/3 * * * *'],
  ] as const) {
    const host = engineOn((await openPostgresStore(database.url)).store, { node, clock: { now: () => now } });
    const declarations = [task('report', () => undefined), schedule(cron, { catchUp: 'all' })];
    // A reload has its schedules looked at.
    const look = () => void host.put('acme.ci', declarations);
    look();
    await host.start();
    hosts.push({ host, look });
  }
  const { store } = (hosts[0] as (typeof hosts)[0]).host;
  const looked = async () => {
    const rows = await store.reader
      .selectFrom('schedule')
      .where('last_due', '=', now)
      .select('cron')
      .execute();
    return rows.length === 2;
  };
  await until('both lines', looked);
  let expected = 0;
  for (let number = 1; number <= 12; number += 1) {
    now = minute(number);
    for (const { look } of hosts) look();
    await until(`minute ${number} is looked at`, looked);
    if (number % 2 === 0 || number % 3 === 0) expected += 1;
    await until(`${expected} fires`, async () => (await count(store, 'succeeded')) >= expected);
    expect(await count(store, 'succeeded')).toBe(expected);
  }
  for (const { host } of hosts) await host.stop(1_000);
  await database.drop();
});
