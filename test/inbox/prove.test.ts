import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ProveReport } from '../../src/core/ports/prove';
import type { PluginKey } from '../../src/core/plugin-key';
import { ProofOperator } from '../../src/inbox/prove/proof-operator';
import { PROOF_PLUGIN } from '../../src/inbox/prove/proof-plugin';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { createProve } from '../../src/inbox/prove/prove';
import { countRepeats, percentilesOf, readEffects } from '../../src/inbox/prove/proof-audit';
import { root } from '../support/process-host';
import { createTestDatabase } from '../support/postgres';
import { startOperatorHost, TOKEN } from '../operator/operator-host';
import { engineOn, gate, task, temporaryFolder } from './engine-under-test';
import { writeFileSync } from 'node:fs';

const main = path.join(root, 'dist/main.js');
const prove = createProve([process.execPath, main], process.env);

beforeAll(() => {
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
});

function expectProof(report: ProveReport, kills: number): void {
  expect(report).toMatchObject({
    held: true,
    kills,
    lost: 0,
    lostIds: [],
    doubleEffects: 0,
    refused: 0,
    uncleanStops: 0,
  });
  expect(report.accepted).toBeGreaterThan(kills);
  expect(report.accepted).toBe(report.sent);
  expect(report.worked).toBe(report.accepted);
  // The kills met something: else nothing was proved.
  expect(report.resent + report.repeatedRuns).toBeGreaterThan(0);
}

test('what a host on SQLite acknowledged survives its being killed at random moments', async () => {
  expectProof(await prove({ store: 'sqlite', hosts: 1, kills: 8, rate: 60 }), 8);
}, 180_000);

test('what three hosts on one PostgreSQL acknowledged survives their being killed at random moments', async () => {
  const database = await createTestDatabase();
  const report = await prove({
    store: 'postgres',
    hosts: 3,
    kills: 8,
    rate: 100,
    databaseUrl: database.url,
    env: { GATEHOUSE_INBOX_LEASE_MS: '3000' },
  });
  expectProof(report, 8);
  await database.drop();
}, 180_000);

test('several hosts on one SQLite file, and PostgreSQL without an address, are refused', async () => {
  const plain = { kills: 1, rate: 1 } as const;
  const badOptions = expect.objectContaining({ code: 'prove/bad-options' });
  await expect(prove({ ...plain, store: 'sqlite', hosts: 2 })).rejects.toEqual(badOptions);
  await expect(prove({ ...plain, store: 'postgres', hosts: 1 })).rejects.toEqual(badOptions);
});

test('a host that does not start is an error with what it said', async () => {
  const broken = createProve(
    [process.execPath, '-e', 'console.log("no room"); process.exit(1)', '--'],
    process.env,
  );
  await expect(broken({ store: 'sqlite', hosts: 1, kills: 1, rate: 1 })).rejects.toMatchObject({
    code: 'prove/failed-to-start',
    message: expect.stringContaining('no room'),
  });
});

test('jobs that are never worked end the waiting', async () => {
  const { folder, remove } = temporaryFolder();
  const engine = engineOn(await SqliteStore.open({ file: path.join(folder, 'inbox.db') }), {
    node: 'host-1',
  });
  const hold = gate();
  engine.put(PROOF_PLUGIN, [task('work', () => hold.promise)]);
  await engine.start();
  const host = await startOperatorHost(undefined, engine.desk);
  await engine.inbox.tasksOf(PROOF_PLUGIN as PluginKey).enqueue('work');
  const operator = new ProofOperator([{ base: host.url }], TOKEN);
  await expect(operator.worked(10)).rejects.toMatchObject({ code: 'prove/unfinished' });
  hold.open();
  expect(await operator.worked()).toBe(0);
  await host.close();
  await engine.stop(2_000);
  remove();
});

describe('the audit', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
  const file = (lines: readonly string[]) => {
    const name = path.join(folder.folder, 'lines');
    writeFileSync(name, lines.map((line) => `${line}\n`).join(''));
    return name;
  };

  test('counts as worked only what had both effects, and finds what happened twice', async () => {
    const effects = await readEffects(
      file(['delivered a 1', 'worked a 1', 'delivered b 1', 'worked c 1', 'delivered d 2', 'worked d 1']),
    );
    expect([...effects.worked]).toEqual(['a', 'd']);
    expect(effects.doubled).toBe(1);
  });

  test('counts runs beyond the first', async () => {
    expect(await countRepeats(file(['worked a', 'worked a', 'delivered a', 'worked b', 'worked a']))).toBe(2);
  });

  test('says percentiles of any amount, none included', () => {
    expect(percentilesOf([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(hundred)).toEqual({ p50: 51, p95: 96, p99: 100, max: 100 });
  });
});
