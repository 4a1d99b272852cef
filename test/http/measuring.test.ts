import { createMeasuring } from '../../src/http/measuring';
import { MountTable } from '../../src/core/mount-table';
import { fakeClock } from '../../src/testing/fake-clock';
import { bucketOf, BOUNDS_US, BUCKETS, quantileMs } from '../../src/http/latency-buckets';
import { endpoint, eventually, keyOf, router, sendRaw, startGateway } from './gateway-under-test';

const D = '/api/plugin/acme.demo';
const AT = Date.UTC(2026, 0, 1, 12, 0, 30);

async function measuredGateway() {
  const table = new MountTable();
  const clock = fakeClock(AT);
  const measuring = createMeasuring({ table, clock });
  const host = await startGateway({ table, measuring });
  // Seats of the table that is measured.
  const seat = (key: string, ...declarations: Parameters<typeof host.seat>[1][]) => {
    const live = host.seat(key, ...declarations);
    table.swap(live.mount.key, live);
    return live;
  };
  return { host, table, clock, measuring, seat };
}
const summed = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

test('every duration falls into the bucket whose bounds hold it', () => {
  for (let us = 1; us < 4e8; us = Math.ceil(us * 1.013)) {
    const bucket = bucketOf(us / 1_000);
    if (bucket < BUCKETS - 1) expect(us).toBeLessThanOrEqual(BOUNDS_US[bucket] as number);
    if (bucket > 0) expect(us).toBeGreaterThan(BOUNDS_US[bucket - 1] as number);
  }
  BOUNDS_US.forEach((bound, bucket) =>
    expect(bucketOf(bound / 1_000)).toBe(Number.isInteger(bound) ? bucket : bucket + 1),
  );
  expect(bucketOf(-1)).toBe(0);
  expect(bucketOf(Infinity)).toBe(BUCKETS - 1);
});

test('quantiles are right to within an eighth', () => {
  const counts = new Float64Array(BUCKETS);
  for (let ms = 1; ms <= 1_000; ms += 1) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
  for (const share of [0.5, 0.95, 0.99]) {
    const told = quantileMs(counts, share) as number;
    expect(Math.abs(told - share * 1_000)).toBeLessThan(share * 125);
  }
  expect(quantileMs(new Float64Array(BUCKETS), 0.5)).toBeUndefined();
});

test('answers are counted by plugin, endpoint and status, whoever wrote them', async () => {
  const { host, measuring, seat } = await measuredGateway();
  seat(
    'acme.demo',
    endpoint('GET', '/users/:id', () => ({ a: 1 })),
    endpoint('POST', '/fails', () => {
      throw new Error('no');
    }),
    router('/r', (r) => r.get('/deep/:id', (_q, s) => void s.status(302).end())),
  );
  await host.call(`${D}/users/1`);
  await host.call(`${D}/users/2?x=1`);
  await host.call(`${D}/fails`, { method: 'POST' });
  await host.call(`${D}/r/deep/1`);
  await host.call(`${D}/nothing-here`);
  await host.call('/api/plugin/no.one/x');
  await host.call('/healthz');
  await host.call('/healthz-not');
  await sendRaw(host.port, 'nonsense\r\n\r\n');
  await host.close();
  const totals = Object.fromEntries(measuring.totals().map((t) => [`${t.plugin} ${t.name}`, t]));
  const answers = Object.fromEntries(Object.entries(totals).map(([name, t]) => [name, t.answers]));
  expect(answers).toEqual({
    'acme.demo GET /users/:id': [0, 2, 0, 0, 0],
    'acme.demo POST /fails': [0, 0, 0, 0, 1],
    'acme.demo ALL /r': [0, 0, 1, 0, 0],
    'acme.demo none': [0, 0, 0, 1, 0],
    'gatehouse.host /api/plugin': [0, 0, 0, 1, 0],
    'gatehouse.host /healthz': [0, 1, 0, 0, 0],
    'gatehouse.host other': [0, 0, 0, 1, 0],
    'gatehouse.host connection': [0, 0, 0, 1, 0],
  });
  const users = totals['acme.demo GET /users/:id'];
  expect(users?.within).toHaveLength(measuring.boundsMs.length + 1);
  expect(users?.within.at(-1)).toBe(2);
  expect(users?.sumMs).toBeGreaterThan(0);
});

test('a reload goes on counting; a plugin that is gone is forgotten', async () => {
  const { host, table, measuring, seat } = await measuredGateway();
  seat(
    'acme.demo',
    endpoint('GET', '/a', () => 1),
  );
  await host.call(`${D}/a`);
  seat(
    'acme.demo',
    endpoint('GET', '/a', () => 2),
  );
  await host.call(`${D}/a`);
  await eventually(() => measuring.totals()[0]?.answers[1] === 2);
  table.remove(keyOf('acme.demo'));
  expect(measuring.totals()).toEqual([]);
  seat(
    'acme.demo',
    endpoint('GET', '/a', () => 3),
  );
  await host.call(`${D}/a`);
  await host.close();
  expect(measuring.totals().map(({ answers }) => answers[1])).toEqual([1]);
});

test('a day is told step by step, an hour by the minute', async () => {
  const { host, clock, measuring, seat } = await measuredGateway();
  seat(
    'acme.demo',
    endpoint('GET', '/a', () => 1),
    endpoint('GET', '/b', () => Promise.reject(new Error('b'))),
  );
  const ask = async (path: string, times: number) => {
    const before = summed(measuring.series({ lastMs: 60_000 }).requests);
    for (let n = 0; n < times; n += 1) await host.call(D + path);
    await eventually(() => summed(measuring.series({ lastMs: 60_000 }).requests) === before + times);
  };
  await ask('/a', 2);
  await clock.advance(60_000);
  await ask('/a', 1);
  await ask('/b', 1);
  const hour = measuring.series({ plugin: 'acme.demo' });
  expect(hour.stepMs).toBe(60_000);
  expect(hour.times).toHaveLength(60);
  expect(hour.times.at(-1)).toBe(Math.floor((AT + 60_000) / 60_000) * 60_000);
  expect(hour.requests.slice(-3)).toEqual([0, 2, 2]);
  expect(hour.failures.slice(-3)).toEqual([0, 0, 1]);
  expect(hour.p50Ms.slice(-3)).toEqual([undefined, expect.any(Number), expect.any(Number)]);
  expect(measuring.series({ plugin: 'acme.demo', name: 'GET /b' }).requests.slice(-2)).toEqual([0, 1]);
  await clock.advance(59 * 60_000);
  expect(summed(measuring.series({}).requests)).toBe(2);
  await clock.advance(60_000);
  expect(summed(measuring.series({}).requests)).toBe(0);
  const day = measuring.series({ lastMs: Infinity });
  expect([day.stepMs, day.times.length, summed(day.requests), summed(day.failures)]).toEqual([
    600_000, 144, 4, 1,
  ]);
  expect(measuring.endpoints(86_400_000)).toMatchObject([
    { plugin: 'acme.demo', name: 'GET /a', requests: 3, failures: 0, lastAt: AT + 60_000 },
    { name: 'GET /b', requests: 1, failures: 1, p99Ms: expect.any(Number) },
  ]);
  await clock.advance(86_400_000);
  expect(summed(measuring.series({ lastMs: Infinity }).requests)).toBe(0);
  expect(measuring.totals().map(({ answers }) => summed(answers))).toEqual([3, 1]);
  await host.close();
});

test('however many endpoints answer, a thousand are told apart, until those of yesterday make room', async () => {
  const { host, clock, measuring, seat } = await measuredGateway();
  const paths = Array.from({ length: 1_050 }, (_, n) => `/e${n}`);
  seat('acme.demo', ...paths.map((path) => endpoint('GET', path, () => 1)));
  for (let from = 0; from < paths.length; from += 50)
    await Promise.all(paths.slice(from, from + 50).map((path) => host.call(D + path)));
  await eventually(() => summed(measuring.totals().flatMap(({ answers }) => answers)) === 1_050);
  const told = () => measuring.totals();
  expect(told()).toHaveLength(1_001);
  expect(told().at(-1)).toMatchObject({ plugin: 'other', name: 'other', answers: [0, 50, 0, 0, 0] });
  await clock.advance(86_400_001);
  await host.call(`${D}/e1049`);
  await eventually(() => told().some(({ name }) => name === 'GET /e1049'));
  expect(told().length).toBeLessThanOrEqual(2);
  // One whose count was dropped begins anew.
  await host.call(`${D}/e0`);
  await eventually(() => told().some(({ name, answers }) => name === 'GET /e0' && answers[1] === 1));
  await host.close();
});

test('for room among a thousand endpoints is looked once a minute, and the rest is remembered meanwhile', async () => {
  const table = new MountTable();
  const clock = fakeClock(AT);
  let looks = 0;
  const counted = {
    get: (key: Parameters<MountTable['get']>[0]) => {
      looks += 1;
      return table.get(key);
    },
    onChange: table.onChange.bind(table),
  };
  const measuring = createMeasuring({ table: counted, clock });
  const host = await startGateway({ table, measuring });
  const paths = Array.from({ length: 1_002 }, (_, n) => `/e${n}`);
  const live = host.seat('acme.demo', ...paths.map((path) => endpoint('GET', path, () => 1)));
  table.swap(live.mount.key, live);
  const answered = () => summed(measuring.totals().flatMap(({ answers }) => answers));
  for (let from = 0; from < paths.length; from += 50)
    await Promise.all(paths.slice(from, from + 50).map((path) => host.call(D + path)));
  await eventually(() => answered() === 1_002);
  const ask = async (path: string) => {
    const before = answered();
    await host.call(D + path);
    await eventually(() => answered() !== before);
  };
  const before = looks;
  await ask('/e1001');
  expect(looks).toBe(before);
  // Just before all of them are idle it is looked, and in the rest of that minute not again.
  await clock.advance(86_400_000 - 10_000);
  await ask('/e1001');
  await clock.advance(20_000);
  await ask('/e1001');
  expect(measuring.totals()).toHaveLength(1_001);
  await clock.advance(60_000);
  await ask('/e1001');
  expect(measuring.totals().map(({ name }) => name)).toEqual(['GET /e1001', 'other']);
  await host.close();
});

test('a stream counts as an answer, and its length as no latency', async () => {
  const { host, measuring, seat } = await measuredGateway();
  seat(
    'acme.demo',
    router('/', (r) =>
      r.get('/stream', (_q, s) => {
        s.set('content-type', 'text/event-stream').write(':\n\n');
        setTimeout(() => s.end(), 1_050);
      }),
    ),
  );
  await host.call(`${D}/stream`);
  await host.close();
  const [stream] = measuring.totals();
  expect(stream).toMatchObject({ answers: [0, 1, 0, 0, 0], sumMs: 0 });
  expect(stream?.within.at(-1)).toBe(0);
});
