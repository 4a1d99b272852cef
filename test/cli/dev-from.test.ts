import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PULLED_HEADER } from '../../src/core/ports/pulls';
import { startHost } from '../../src/host';
import { localSocketPath } from '../../src/operator/local-socket';
import type { RunningHost } from '../../src/operator/running-host';
import { signed } from '../../src/testing';
import { startHostUnderTest, TOKEN, type HostUnderTest } from '../support/running-host';
import { run, Signals, type Ran } from './command-line';

const SECRET = 'correct-horse-battery-staple';
const plugin = (who: string) => `import { Plugin, reply } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'ci', version: '1.0.0', name: 'CI', description: '' });
plugin.secret('TOKEN', { description: 'x', required: true });
const access = { signature: 'github', secret: 'TOKEN' };
const seen = [];
plugin.post('/now', { access }, ({ json, verified, headers }) => {
  const names = [...headers].map(([name]) => name.toLowerCase());
  return reply(201, { by: '${who}', ref: json().ref, scheme: verified.scheme, names }, { 'x-who': '${who}' });
});
plugin.post('/later', { access, answer: 'accept' }, async ({ json }) => { seen.push(json().ref); });
plugin.get('/seen', { access: 'public' }, () => seen);
plugin.get('/open', { access: 'public' }, () => '${who}');
${who === 'remote' ? "plugin.post('/remote-only', { access }, () => 'remote');" : ''}
`;

let remote: HostUnderTest;
let folder: string;
let local: RunningHost;
let token: string;
let printed = '';
let ran: Promise<Ran>;
const signals = new Signals();
const shown = (pattern: RegExp) =>
  until(
    () => pattern.test(printed),
    () => `${String(pattern)} in ${printed}`,
  );
async function until(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (const end = Date.now() + 10_000; !(await holds()); await sleep(20))
    if (Date.now() > end) throw new Error(`it never came to ${what()}`);
}

beforeAll(async () => {
  const env = { GATEHOUSE_SECRET_ACME_CI_TOKEN: SECRET };
  remote = await startHostUnderTest({ 'ci/index.ts': plugin('remote') }, { env });
  const made = await operator('POST', 'tokens', { name: 'laptop', scopes: ['deliveries'] });
  token = String(made.body.value);
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-from-'));
  mkdirSync(path.join(folder, 'plugins/ci'), { recursive: true });
  writeFileSync(path.join(folder, 'plugins/ci/index.ts'), plugin('laptop'));
});
afterAll(async () => {
  await remote.close();
  rmSync(folder, { recursive: true, force: true });
});

async function operator(method: string, verb: string, body?: object, bearer = TOKEN) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`${remote.url}/api/operator/${verb}`, sent);
  return { status: response.status, body: (await response.json()) as Record<string, any> };
}
const send = (path: string, ref = 'main') =>
  fetch(`${remote.url}/api/plugin/acme.ci${path}`, signed('github', { secret: SECRET, body: { ref } }));
const seenAt = async (host: RunningHost) =>
  (await (await fetch(`${host.url}/api/plugin/acme.ci/seen`)).json()) as string[];

test('until somebody pulls, the host that receives answers', async () => {
  expect(await (await send('/now')).json()).toMatchObject({ by: 'remote' });
});

test('--from wants a token, and an address that nobody else can read along', async () => {
  expect((await run(['dev', '--from', remote.url])).exitCode).toBe(2);
  for (const from of ['http://hooks.example.org', 'http://10.0.0.1:7575', 'hooks.example.org']) {
    const { exitCode, err } = await run(['dev', '--from', from, '--token', token]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('--from is an https:// address')]);
  }
});

describe('while a laptop pulls', () => {
  beforeAll(async () => {
    ran = run(['dev', '--from', remote.url, '--token', token], {
      ...{ cwd: folder, signals, env: { GATEHOUSE_PORT: '0' } },
      startHost: async (options) => (local = await startHost(options)),
      stdout: { isTTY: false, write: (text) => (printed += text) },
      stderr: { write: (text) => (printed += text) },
    });
    await shown(/Pulling what acme\.ci receives from/);
    await until(
      async () => ((await (await send('/now')).json()) as { by: string }).by === 'laptop',
      () => printed,
    );
  });

  // Whatever failed before: the process ends.
  afterAll(async () => {
    signals.emit('SIGINT', 'SIGINT');
    await ran;
  });

  test('it answers what was verified there, without the secret, a signature or a credential', async () => {
    const answer = await send('/now', 'dev');
    expect([answer.status, answer.headers.get('x-who')]).toEqual([201, 'laptop']);
    const { names, ...body } = (await answer.json()) as { names: string[] };
    expect(body).toEqual({ by: 'laptop', ref: 'dev', scheme: 'github' });
    expect(names.filter((name) => /signature|authorization|pulled/.test(name))).toEqual([]);
    await shown(/POST +\/api\/plugin\/acme\.ci\/now {2}201/);
  });

  test('what is stored first is stored there, and worked on the laptop', async () => {
    expect((await send('/later', 'stored')).status).toBe(202);
    await until(
      async () => (await seenAt(local)).includes('stored'),
      () => printed,
    );
    await remote.idle();
    expect(await seenAt(remote)).toEqual([]);
  });

  test('what nobody signed is refused there, and what is open stays there', async () => {
    const at = `${remote.url}/api/plugin/acme.ci`;
    expect((await fetch(`${at}/now`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(await (await fetch(`${at}/open`)).text()).toBe('"remote"');
  });

  test('what the laptop does not serve, the host that received it answers', async () => {
    expect(await (await send('/remote-only')).text()).toBe('"remote"');
  });

  test('what was verified elsewhere is believed of nobody who says so', async () => {
    const facts = Buffer.from(JSON.stringify({ scheme: 'github', secretId: 'x', at: 0, bodySigned: true }));
    const headers = { [PULLED_HEADER]: facts.toString('base64url'), 'content-type': 'application/json' };
    const address = '/api/plugin/acme.ci/now';
    const forged = await fetch(`${local.url}${address}`, { method: 'POST', headers, body: '{"ref":"x"}' });
    // The laptop has no secret: it cannot verify anything.
    expect(forged.status).toBe(503);
    const socketPath = localSocketPath(local.settings.data);
    const throughSocket = (method: string, path: string) =>
      new Promise((resolve, reject) =>
        httpRequest({ socketPath, path, method, headers, agent: false }, (response) =>
          resolve(response.resume().statusCode),
        )
          .on('error', reject)
          .end('{"ref":"x"}'),
      );
    expect(await throughSocket('POST', address)).toBe(404);
    // Whoever passes on what others wrote is not the operator.
    for (const path of ['/api/operator/plugins', '/mcp', '/healthz'])
      expect([path, await throughSocket('GET', path)]).toEqual([path, 404]);
  });

  test('its token opens nothing else', async () => {
    expect((await operator('GET', 'plugins', undefined, token)).status).toBe(403);
    expect((await operator('POST', 'plugins/acme.ci/disable', {}, token)).status).toBe(403);
  });

  test('once it is gone, the host that receives answers again', async () => {
    signals.emit('SIGINT', 'SIGINT');
    expect((await ran).exitCode).toBe(0);
    expect(await (await send('/now')).json()).toMatchObject({ by: 'remote' });
  });
});
