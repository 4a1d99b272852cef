import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveSettings } from '../src/core/settings-resolver';
import { startHost } from '../src/host';
import { startHostUnderTest, TOKEN, type HostUnderTest } from './support/running-host';

const source = (author: string, module: string) => `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: '${author}', module: '${module}', name: 'CI', version: '1.0.0', description: 'd' });
  plugin.secret('GITHUB', { description: 'of the hook', required: true });
  plugin.secret('slackToken');
  plugin.get('/:name', ({ params }) => ({ value: plugin.secrets.get(params.name) ?? 'none' }));
  plugin.put('/:name', async ({ params, text }) => { await plugin.secrets.set(params.name, text()); });
`;

let host: HostUnderTest;
beforeAll(async () => {
  host = await startHostUnderTest(
    {
      'ci/index.ts': source('acme', 'ci'),
      'one/index.ts': source('a', 'b_c'),
      'two/index.ts': source('a_b', 'c'),
    },
    { env: { GATEHOUSE_SECRET_ACME_CI_SLACK_TOKEN: 'given', GATEHOUSE_SECRET_A_B_C_GITHUB: 'whose' } },
  );
});
afterAll(() => host.close());

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const operator = async (method: string, path: string, body?: unknown) => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${host.url}/api/operator/${path}`, { method, headers, ...sent });
  return { status: response.status, body: (await response.json()) as any };
};
const asked = async (name: string) =>
  ((await (await fetch(`${host.url}/api/plugin/acme.ci/${name}`)).json()) as { value: string }).value;
const needs = async () => (await operator('GET', 'plugins/acme.ci')).body.secrets;

test('a plugin loads without its secret, which is shown as missing until an operator sets it', async () => {
  expect([await asked('GITHUB'), await needs()]).toEqual([
    'none',
    [
      { name: 'GITHUB', description: 'of the hook', required: true, isSet: false },
      { name: 'slackToken', description: '', required: false, isSet: true },
    ],
  ]);
  expect((await operator('PUT', 'secrets/acme.ci/GITHUB', { value: 'one' })).status).toBe(200);
  expect([await asked('GITHUB'), (await needs())[0].isSet]).toEqual(['one', true]);
  await operator('POST', 'secrets/acme.ci/GITHUB/rotate', { value: 'two', overlapMs: 60_000 });
  expect(await asked('GITHUB')).toBe('two');
});

test('a reload keeps what is set', async () => {
  await operator('PUT', 'secrets/acme.ci/GITHUB', { value: 'kept' });
  expect((await operator('POST', 'plugins/acme.ci/reload')).status).toBe(200);
  expect(await asked('GITHUB')).toBe('kept');
});

test('a plugin sets its own secrets, but none that the environment gives', async () => {
  const put = (name: string, body: string) =>
    fetch(`${host.url}/api/plugin/acme.ci/${name}`, { method: 'PUT', body });
  expect((await put('OWN', 'mine')).status).toBe(204);
  expect(await asked('OWN')).toBe('mine');
  expect((await put('slackToken', 'mine')).status).toBe(409);
  expect(await asked('slackToken')).toBe('given');
});

test('a body that cannot be read is refused without repeating it', async () => {
  const response = await fetch(`${host.url}/api/operator/secrets/acme.ci/GITHUB`, {
    ...{ method: 'PUT', headers, body: '{"value": correct-horse}' },
  });
  const text = await response.text();
  expect([response.status, JSON.parse(text).code]).toEqual([400, 'secrets/bad-request']);
  expect(text).not.toContain('horse');
});

test('a variable that could be meant for two plugins keeps one of them from loading, and says why', async () => {
  const plugins = (await operator('GET', 'plugins')).body.plugins as any[];
  const failed = plugins.filter(({ state }) => state === 'failed');
  expect(failed.length).toBeGreaterThan(0);
  for (const { failure } of failed) {
    expect(failure.code).toBe('secrets/ambiguous-variable');
    expect(failure.message).toMatch(/a\.b_c.*a_b\.c|a_b\.c.*a\.b_c/);
  }
});

test('a host with another master key sets no secret anew: it is refused before a plugin runs', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-host-'));
  const eager = source('acme', 'ci').replace(
    `plugin.get('/:name'`,
    `plugin.onInit(async () => { if (plugin.secrets.get('OWN') === undefined) await plugin.secrets.set('OWN', String(Math.random())); });
     plugin.get('/:name'`,
  );
  mkdirSync(path.join(root, 'plugins'));
  writeFileSync(path.join(root, 'plugins/ci.ts'), eager);
  const start = (fill: number) => {
    const { settings } = resolveSettings({
      flags: {},
      env: {
        GATEHOUSE_PORT: '0',
        GATEHOUSE_PLUGINS: path.join(root, 'plugins'),
        GATEHOUSE_DATA: path.join(root, 'data'),
        GATEHOUSE_LOG_LEVEL: 'error',
        GATEHOUSE_LOG_ACCESS: 'false',
        GATEHOUSE_MASTER_KEY: Buffer.alloc(32, fill).toString('base64'),
      },
      ...{ file: undefined, fileName: undefined, workingFolder: root },
    });
    return startHost({ settings, watch: false, env: {} });
  };
  const own = async (url: string) => (await fetch(`${url}/api/plugin/acme.ci/OWN`)).text();
  const first = await start(1);
  const value = await own(first.url);
  await first.stop();
  await expect(start(2)).rejects.toMatchObject({ code: 'inbox/other-master-key' });
  const again = await start(1);
  expect(await own(again.url)).toBe(value);
  await again.stop();
  rmSync(root, { recursive: true });
});
