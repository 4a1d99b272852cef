import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createBackups } from '../../src/host-backup';
import { startHost } from '../../src/host';
import { loadSettings } from '../../src/operator/load-settings';
import type { RunningHost } from '../../src/operator/running-host';
import { run } from '../cli/command-line';
import { pluginFolder } from '../support/plugin-folder';
import { createTestDatabase, type TestDatabase } from '../support/postgres';

const plugins = pluginFolder({
  'ci/index.ts': `
    import { Plugin } from 'gatehouse';
    export const plugin = new Plugin({ author: 'acme', module: 'ci', version: '1.4.0', name: 'CI', description: '' });
    plugin.secret('HOOK', { description: 'signs', required: true });
    plugin.endpoint(
      { method: 'POST', path: '/github', access: { signature: 'github', secret: 'HOOK' }, answer: 'accept' },
      async (exchange) => {
        await plugin.sql.query('INSERT INTO push (ref) VALUES ($1)', [exchange.json().ref]);
        await plugin.store.create('pushes', { ref: exchange.json().ref });
      },
    );
    plugin.get('/pushes', async () => ({
      dialect: plugin.sql.dialect,
      rows: (await plugin.sql.query('SELECT ref FROM push ORDER BY ref')).map(({ ref }) => ref),
      documents: (await plugin.store.query('pushes')).documents.map(({ data }) => data.ref).sort(),
    }));
  `,
  'ci/migrations/001-push.sql': 'CREATE TABLE push (ref text NOT NULL)',
});
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-backup-test-'));
const file = path.join(folder, 'backup.jsonl.gz');
const backups = createBackups();
const TOKEN = 'operator-token-of-this-test';
let database: TestDatabase;
let operatorMade: string;
let receipt: string;

const environmentOf = (name: string, more: Record<string, string> = {}) => ({
  ...{ GATEHOUSE_PORT: '0', GATEHOUSE_PLUGINS: plugins, GATEHOUSE_DATA: path.join(folder, name) },
  ...{
    GATEHOUSE_OPERATOR_TOKEN: TOKEN,
    GATEHOUSE_LOG_LEVEL: 'error',
    GATEHOUSE_LOG_ACCESS: 'false',
    ...more,
  },
});
const cli = (argv: readonly string[], env: Record<string, string>) =>
  run(argv, { backups, env, cwd: folder });
const serve = (env: Record<string, string>): Promise<RunningHost> => {
  const { settings } = loadSettings({ flags: {}, env, workingFolder: folder, configFile: undefined });
  return startHost({ settings, watch: false, env });
};
const operator = async (host: RunningHost, method: string, verb: string, body?: unknown, token = TOKEN) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await fetch(`${host.url}/api/operator/${verb}`, init);
  return { status: response.status, body: (await response.json()) as any };
};
const push = (host: RunningHost, ref: string) => {
  const body = JSON.stringify({ ref });
  const signature = createHmac('sha256', 'hush').update(body).digest('hex');
  const headers = {
    ...{ 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': ref },
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return fetch(`${host.url}/api/plugin/acme.ci/github`, { method: 'POST', headers, body });
};
const pushes = async (host: RunningHost): Promise<any> =>
  (await fetch(`${host.url}/api/plugin/acme.ci/pushes`)).json();
const masterKey = () => readFileSync(path.join(folder, 'old', 'master-key'), 'utf8').trim();

beforeAll(async () => {
  database = await createTestDatabase();
  const env = environmentOf('old');
  const host = await serve(env);
  await operator(host, 'PUT', 'secrets/acme.ci/HOOK', { value: 'hush' });
  const made = await operator(host, 'POST', 'tokens', { name: 'reader', scopes: ['read'] });
  operatorMade = String(made.body.value);
  expect((await push(host, 'one')).status).toBe(202);
  receipt = String((await push(host, 'two')).headers.get('location'));
  await host.idle();
  await host.stop();
  const written = await cli(['backup', '--stopped', '--all', '--out', 'backup.jsonl.gz', '--json'], env);
  expect([written.exitCode, written.err]).toEqual([0, '']);
  expect(JSON.parse(written.out)).toMatchObject({ file, head: { store: 'sqlite', all: true } });
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a host that was restored has to be able to do. */
async function expectSame(host: RunningHost, documents: readonly string[]): Promise<void> {
  expect((await push(host, 'one')).status).toBe(202);
  expect((await fetch(new URL(receipt, host.url))).status).toBe(200);
  expect((await push(host, 'three')).status).toBe(202);
  await host.idle();
  expect((await pushes(host)).documents).toEqual([...documents, 'three'].sort());
  expect((await operator(host, 'GET', 'plugins', undefined, operatorMade)).status).toBe(200);
}

test('a file that only its owner may read, without the master key and without a secret in clear', async () => {
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  const text = gunzipSync(readFileSync(file)).toString();
  expect([masterKey(), 'hush', operatorMade].map((secret) => text.includes(secret))).toEqual([
    false,
    false,
    false,
  ]);
});

test('on another machine: secrets, tokens, documents, receipts and the databases of plugins are as they were', async () => {
  const wanting = await cli(['restore', file], environmentOf('new'));
  expect([wanting.exitCode, wanting.err]).toEqual([1, expect.stringContaining('GATEHOUSE_MASTER_KEY')]);
  const env = environmentOf('new', { GATEHOUSE_MASTER_KEY: masterKey() });
  const restored = await cli(['restore', file], env);
  expect([restored.exitCode, restored.err]).toEqual([0, '']);
  expect(restored.out).toMatch(/receipt +2/);
  const host = await serve(env);
  expect((await pushes(host)).rows).toEqual(['one', 'two']);
  await expectSame(host, ['one', 'two']);
  expect((await pushes(host)).rows).toEqual(['one', 'three', 'two']);
  const running = await cli(['restore', file, '--force'], env);
  expect([running.exitCode, running.err]).toEqual([1, expect.stringContaining('inbox.db')]);
  await host.stop();
  const again = await cli(['restore', file], env);
  expect([again.exitCode, again.err]).toEqual([1, expect.stringContaining('--force')]);
  expect((await cli(['restore', file, '--force'], env)).exitCode).toBe(0);
  const replaced = await serve(env);
  expect((await pushes(replaced)).rows).toEqual(['one', 'two']);
  await replaced.stop();
});

test('to PostgreSQL and back: everything is as it was, the databases of plugins too', async () => {
  const env = environmentOf('moved', {
    GATEHOUSE_MASTER_KEY: masterKey(),
    GATEHOUSE_DATABASE_URL: database.url,
  });
  const restored = await cli(['restore', file, '--json'], env);
  expect([restored.exitCode, restored.err]).toEqual([0, '']);
  expect(JSON.parse(restored.out)).toMatchObject({ head: { store: 'sqlite' }, rows: { receipt: 2 } });
  const host = await serve(env);
  expect(await pushes(host)).toMatchObject({ dialect: 'postgres', rows: ['one', 'two'] });
  await expectSame(host, ['one', 'two']);
  const url = ['--url', host.url, '--token', TOKEN];
  const written = await cli(['backup', ...url, '--all', '--out', 'back.jsonl.gz', '--json'], env);
  expect([written.exitCode, written.err]).toEqual([0, '']);
  await host.stop();
  const there = environmentOf('back', { GATEHOUSE_MASTER_KEY: masterKey() });
  expect((await cli(['restore', 'back.jsonl.gz'], there)).exitCode).toBe(0);
  const back = await serve(there);
  const all = ['one', 'three', 'two'];
  expect(await pushes(back)).toMatchObject({ dialect: 'sqlite', rows: all, documents: all });
  await back.stop();
});

test('--no-databases leaves the databases of plugins out', async () => {
  const env = environmentOf('without', { GATEHOUSE_MASTER_KEY: masterKey() });
  expect((await cli(['restore', file, '--no-databases'], env)).exitCode).toBe(0);
  const host = await serve(env);
  expect(await pushes(host)).toMatchObject({ rows: [], documents: ['one', 'two'] });
  await host.stop();
});
