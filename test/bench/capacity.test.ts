import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { accept, commit, taskId } from '../inbox/conformance/operations';
import { createTestDatabase } from '../support/postgres';

const root = path.resolve(__dirname, '../..');
const page = readFileSync(path.join(root, 'docs/guide/capacity.md'), 'utf8');
const capacity = (...args: string[]) =>
  execFileSync(process.execPath, [path.join(root, 'bench/capacity.mjs'), ...args], { encoding: 'utf8' });
const block = (name: string) => page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0]?.trim();

/** What the simulation says of a plan, with each of the seeds. */
function simulated(asked: object, ...seeds: number[]): any[] {
  const model = JSON.stringify(path.join(root, 'bench/capacity/model.mjs'));
  const bytes = '{ receipt: 1000, job: 100, key: 10 }';
  const script = `import { simulate } from ${model};
    console.log(JSON.stringify(${JSON.stringify(seeds)}.map((seed) => simulate(${JSON.stringify(asked)}, ${bytes}, seed))))`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}
const plan = {
  ...{ rate: 40, peak: 1, burst: 1, hosts: 1, concurrency: 1, workMs: 15, spread: 0.5, retry: 0 },
  ...{ bodyBytes: 1_000, keepDays: 10, keepJobsDays: 2 },
};

describe('the capacity guide', () => {
  test('shows what the simulation says', () => {
    expect(capacity().trim()).toBe(block('plans'));
  });

  test('has a place for what was measured, which is filled from a benchmark’s file', () => {
    expect(block('measured')).not.toBeUndefined();
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-capacity-'));
    const file = path.join(folder, 'inbox.json');
    const name = 'gatehouse, SQLite FULL';
    const measured = {
      versions: { node: 'v20', PostgreSQL: '18, fsync=on', cores: 'server 0', files: '/tmp (ext4)' },
      ingest: { [name]: { 'requests/s': 12_345, 'CPU µs/request': 55.5 } },
      latency: { [name]: { 'deliveries/s': 6_172, 'p50 ms': 2.1, 'p99 ms': 9.8 } },
      jobs: { SQLite: { 'jobs/s': 20_000 } },
    };
    writeFileSync(file, JSON.stringify(measured));
    expect(capacity('--measured', file)).toContain(
      `| ${name} | 12,345/s | 6,172/s | 2.1 ms, 9.8 ms | 55.5 µs |`,
    );
    rmSync(folder, { recursive: true });
  });

  test('says how many connections a host has at most', async () => {
    const most = Number(/at most (\d+) connections/.exec(page)?.[1]);
    const database = await createTestDatabase();
    const { store } = await openPostgresStore(database.url);
    const task = await taskId(store);
    const busy = Array.from({ length: 60 }, async () => {
      await commit(store, { accepts: [accept(task)] });
      await store.reader.selectFrom('receipt').select('id').execute();
      await store.searcher.selectFrom('job').select('id').execute();
    });
    const reading = Array.from({ length: 20 }, () => store.reader.selectFrom('job').select('id').execute());
    await Promise.all([...busy, ...reading]);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'gatehouse' AND datname = current_database()`,
    );
    await client.end();
    await store.close();
    await database.drop();
    expect(rows).toEqual([{ n: most }]);
  });
});

describe('the simulation', () => {
  test('is the same for one seed and another for another', () => {
    const [one, again, other] = simulated(plan, 1, 1, 2);
    expect(one).toEqual(again);
    expect(other.p99Ms).not.toBe(one.p99Ms);
  });

  test('agrees with Pollaczek and Khinchine on one place with random arrivals', () => {
    const busy = (plan.rate * plan.workMs) / 1_000;
    const secondMoment = (plan.workMs / 1_000) ** 2 * Math.exp(plan.spread ** 2);
    const meanWait = (plan.rate * secondMoment) / (2 * (1 - busy));
    const runs = simulated(plan, 1, 2, 3, 4, 5, 6, 7, 8);
    const mean = runs.reduce((sum, { backlog }) => sum + backlog, 0) / runs.length;
    expect(Math.abs(mean / (plan.rate * meanWait) - 1)).toBeLessThan(0.1);
  });

  test('counts what comes back, what is kept and what there is to spare', () => {
    const [result] = simulated({ ...plan, retry: 0.2, concurrency: 4, hosts: 2 }, 1);
    expect(result.busy).toBeCloseTo(((40 / 0.8) * 0.015) / 8, 10);
    expect(result.receipts).toBe(40 * 86_400 * 10);
    expect(result.disk).toBe(40 * 86_400 * (2_000 * 10 + 100 * 2 + 10 * 4));
    expect(result.drainS).toBeCloseTo((40 * 600) / ((8 / 0.015) * 0.8 - 40), 6);
    expect(simulated({ ...plan, rate: 70 }, 1)[0].drainS).toBeNull();
  });
});
