import type { ProveOptions, ProveReport } from '../../src/core/ports/prove';
import { run } from './command-line';

const milliseconds = { p50: 1, p95: 2, p99: 3, max: 4 };
const report: ProveReport = {
  held: true,
  keptIn: undefined,
  kills: 200,
  seconds: 300,
  sent: 1_000,
  accepted: 1_000,
  resent: 7,
  refused: 0,
  worked: 1_000,
  lost: 0,
  lostIds: [],
  repeatedRuns: 3,
  doubleEffects: 0,
  poisoned: 0,
  acknowledgmentMs: milliseconds,
  recoveryMs: milliseconds,
  backlogMs: 5,
  uncleanStops: 0,
};

/** The command line with a proof whose outcome is given; the proof itself is tested on real processes. */
async function prove(argv: readonly string[], outcome: Partial<ProveReport> = {}, env = {}) {
  const asked: ProveOptions[] = [];
  const ran = await run(['prove', ...argv], {
    env,
    prove: async (options) => {
      asked.push(options);
      return { ...report, ...outcome };
    },
  });
  return { ...ran, asked };
}

test('prints every figure, the verdict last, and ends with 0 when nothing was lost', async () => {
  const { exitCode, out, asked } = await prove([]);
  expect(exitCode).toBe(0);
  expect(asked).toEqual([
    { store: 'sqlite', hosts: 1, kills: 200, rate: 500, seconds: undefined, databaseUrl: undefined },
  ]);
  expect(out).toMatch(/^proved +sqlite, 1 host, 500 deliveries\/s, 200 kills in 300 s\n/);
  for (const line of [
    /^lost +0$/m,
    /^double effects +0$/m,
    /^recovered +p50 1 ms, p95 2 ms, p99 3 ms, most 4 ms$/m,
  ])
    expect(out).toMatch(line);
  expect(out.trim().split('\n').at(-1)).toBe('Nothing acknowledged was lost, and no effect was doubled.');
});

test('ends with 1 and names what was lost', async () => {
  const { exitCode, out } = await prove([], {
    held: false,
    keptIn: '/tmp/kept',
    lost: 2,
    lostIds: ['d1', 'd7'],
  });
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^lost +2: d1, d7$/m);
  expect(out).toContain('kept in /tmp/kept');
});

test('takes its options, and the database from the environment', async () => {
  const argv = [
    '--store',
    'postgres',
    '--hosts',
    '3',
    '--kills',
    '5',
    '--rate',
    '100',
    '--seconds',
    '60',
    '--json',
  ];
  const { asked, out } = await prove(argv, {}, { GATEHOUSE_DATABASE_URL: 'postgres://here' });
  expect(asked).toEqual([
    { store: 'postgres', hosts: 3, kills: 5, rate: 100, seconds: 60, databaseUrl: 'postgres://here' },
  ]);
  expect(JSON.parse(out)).toMatchObject({ held: true, store: 'postgres', hosts: 3, rate: 100 });
  expect(out).not.toContain('postgres://');
});

test.each([
  ['--store', 'mysql'],
  ['--hosts', '0'],
  ['--kills', 'many'],
  ['--rate', '0'],
  ['--seconds', '-1'],
])('%s %s is a mistake of usage', async (...argv) => {
  expect(await prove(argv)).toMatchObject({ exitCode: 2, asked: [] });
});
