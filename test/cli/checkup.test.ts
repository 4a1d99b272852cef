import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Inspection } from '../../src/core/ports/inspection';
import { inspectStore } from '../../src/inbox/inspect-store';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { checkNode } from '../../src/operator/cli/doctor-machine-checks';
import { inspectMasterKey } from '../../src/state/inspect-master-key';
import { startHostUnderTest, TOKEN, type HostUnderTest } from '../support/running-host';
import { run } from './command-line';

const inspection: Inspection = { masterKey: inspectMasterKey, store: inspectStore };
const PLUGIN = `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'ci', version: '1.0.0', name: 'CI', description: '' });
plugin.secret('TOKEN', { description: 'x', required: true });
`;
let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-checkup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly state: string;
  readonly detail: string;
  readonly next?: string;
}
async function checkUp(env: Record<string, string> = {}, ...argv: string[]) {
  const variables = { GATEHOUSE_PORT: '0', ...env };
  const { exitCode, out } = await run(['doctor', '--json', ...argv], {
    cwd: folder,
    env: variables,
    inspection,
  });
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: (Found & { name: string })[] };
  return {
    exitCode,
    ok,
    found: Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest])) as Record<string, Found>,
  };
}

describe('without a host', () => {
  test('nothing is broken in an empty folder, and nothing is written', async () => {
    const { exitCode, ok, found } = await checkUp();
    expect([exitCode, ok]).toEqual([0, true]);
    expect(found).toMatchObject({
      node: { state: 'pass' },
      settings: { state: 'pass' },
      data: { state: 'pass', detail: expect.stringContaining('made by the first start') },
      'master key': { state: 'pass', detail: expect.stringContaining('the first start makes') },
      store: { state: 'pass', detail: expect.stringContaining('the first start makes its tables') },
      host: { state: 'warn', next: '`gatehouse serve` starts one' },
      'public URL': { state: 'warn' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('text has a mark and a next step for each, and says how many are broken', async () => {
    const env = { GATEHOUSE_PORT: 'eighty' };
    const { exitCode, out } = await run(['doctor'], { cwd: folder, env, inspection });
    expect(exitCode).toBe(1);
    expect(out).toMatch(/✓ node +Node \d+/);
    expect(out).toMatch(/✗ settings +The settings are invalid:\n +- port \(GATEHOUSE_PORT\)/);
    expect(out).toContain('→ `gatehouse config check`');
    expect(out).toMatch(/1 broken\.\n$/);
  });

  test('a store that is there is told as it is', async () => {
    const store = await SqliteStore.open({ file: path.join(folder, 'data/inbox.db') });
    expect((await checkUp()).found['store']).toMatchObject({ detail: expect.stringContaining('up to date') });
    await store.close();
    writeFileSync(
      path.join(folder, 'data/inbox.db'),
      'this is no database, and it is long enough to be read as one',
    );
    expect((await checkUp()).found['store']).toMatchObject({ state: 'fail' });
  });

  test('a master key that others may read is a failure', async () => {
    mkdirSync(path.join(folder, 'data'));
    writeFileSync(path.join(folder, 'data/master-key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
    chmodSync(path.join(folder, 'data/master-key'), 0o644);
    const { exitCode, found } = await checkUp();
    expect([exitCode, found['master key']?.state]).toEqual([1, 'fail']);
  });

  test('a database that does not answer is a failure that does not say who signs in', async () => {
    const port = String(await unusedPort());
    const url = `postgres://someone:hunter2@127.0.0.1:${port}/db`;
    const { exitCode, found } = await checkUp({ GATEHOUSE_DATABASE_URL: url });
    expect([exitCode, found['store']?.state]).toEqual([1, 'fail']);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('a port that something else holds is a failure', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { found } = await checkUp({ GATEHOUSE_PORT: String(port) });
      expect(found['port']).toMatchObject({
        state: 'fail',
        detail: expect.stringContaining('something else'),
      });
    } finally {
      server.close();
    }
    expect((await checkUp({ GATEHOUSE_PORT: String(port) })).found['port']).toMatchObject({ state: 'pass' });
  });

  test('an address that others reach is worth a look unless a proxy with TLS stands before it', async () => {
    const open = { GATEHOUSE_HOST: '0.0.0.0' };
    expect((await checkUp(open)).found['exposure']).toMatchObject({ state: 'warn' });
    const behind = { ...open, GATEHOUSE_PUBLIC_URL: 'https://hooks.example.org', GATEHOUSE_TRUST_PROXY: '1' };
    expect((await checkUp(behind)).found['exposure']).toMatchObject({ state: 'pass' });
  });

  test('an older Node is a failure', () => {
    expect(checkNode('18.20.0')).toMatchObject({ state: 'fail' });
    expect(checkNode('22.1.0')).toMatchObject({ state: 'pass' });
  });
});

describe('with a host', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHostUnderTest({
      'ci/index.ts': PLUGIN,
      'broken/index.ts': 'throw new Error("not today");',
    });
  });
  afterAll(() => host.close());

  test('failed plugins and secrets that are not set are failures', async () => {
    const env = { GATEHOUSE_DATA: host.settings.data, GATEHOUSE_PORT: new URL(host.url).port };
    const { exitCode, found } = await checkUp({ ...env, GATEHOUSE_PUBLIC_URL: host.url });
    expect(exitCode).toBe(1);
    expect(found).toMatchObject({
      host: { state: 'pass' },
      port: { state: 'pass', detail: expect.stringContaining('the host that runs here') },
      'public URL': { state: 'pass', detail: expect.stringContaining('leads here') },
      plugins: { state: 'fail', detail: expect.stringContaining('broken') },
      secrets: { state: 'fail', next: 'gatehouse secrets set acme.ci TOKEN' },
    });
  });

  test('a public URL that leads elsewhere is a failure', async () => {
    const nobody = `http://127.0.0.1:${await unusedPort()}`;
    const { found } = await checkUp({ GATEHOUSE_DATA: host.settings.data, GATEHOUSE_PUBLIC_URL: nobody });
    expect(found['public URL']).toMatchObject({ state: 'fail' });
  });

  test('at an address only that host is looked at', async () => {
    const { found } = await checkUp({}, '--url', host.url, '--token', TOKEN);
    expect(Object.keys(found)).toEqual(['host', 'plugins', 'secrets']);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
