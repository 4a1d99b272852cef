import type { Overview } from '../../src/core/ports/health-desk';
import type { StoredSignedUrls } from '../../src/state/signed-urls';
import { createSignedUrls } from '../../src/state/signed-urls';
import { startOperatorHost, TOKEN, type OperatorHost } from '../operator/operator-host';
import { endpointStatus, PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { keptLogger, openSecrets, sealerOf, CI, type SecretsUnderTest } from '../state/secrets-under-test';
import { run } from './command-line';

const BASE = 'https://hooks.example.org';
const HOOK = '/api/plugin/acme.ci/hook';
const GITHUB = pluginStatus('acme.gh', {
  endpoints: [
    endpointStatus('POST', '/api/plugin/acme.gh/hook', {
      ...{ access: 'signature github', isOpen: false },
      ...{ headers: ['X-Hub-Signature-256'], secretNames: ['KEY', 'OLD_KEY'] },
    }),
  ],
});
let under: SecretsUnderTest;
let urls: StoredSignedUrls;
let host: OperatorHost;
beforeEach(async () => {
  under = await openSecrets();
  under.time = Date.UTC(2026, 0, 2, 3, 4, 5);
  const clock = { now: () => under.time };
  const { logger } = keptLogger();
  urls = createSignedUrls({ shared: under.database.shared, sealer: sealerOf(1), clock, logger });
  const signed = { path: '/hook', access: 'signed URL', isOpen: false, signedPath: '/hook' };
  const endpoints = [
    endpointStatus('POST', HOOK, { ...signed, aliases: [{ url: '/api/webhook/hook', deprecated: true }] }),
    endpointStatus('GET', '/api/plugin/acme.ci', { path: '/', reach: 'subtree' }),
  ];
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { endpoints }), pluginStatus('acme.cd'), GITHUB]),
    undefined,
    undefined,
    { signedUrls: urls, publicUrl: BASE, clock },
  );
});
afterEach(async () => {
  urls.close();
  await host.close();
  await under.close();
});

const local = (argv: string[]) => run(['plugins', 'urls', ...argv, '--data', host.data]);
const remote = (argv: string[]) => run(['plugins', 'urls', ...argv, '--url', host.url, '--token', TOKEN]);
const current = () => urls.current(CI, '/hook', under.time);

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('%s', (_, ask) => {
  test('addresses are whole, the endpoint’s own first, and their tokens are masked unless asked for', async () => {
    await urls.provide(CI, '/hook');
    const [{ id } = { id: '' }] = urls.list(CI);
    const masked = await ask(['acme.ci']);
    expect(masked.out.replaceAll(/ +/g, ' ')).toBe(
      [
        'METHOD URL ACCESS HEADER SECRET PLUGIN',
        `POST ${BASE}${HOOK}?token=*** signed URL acme.ci ${id}`,
        `POST ${BASE}/api/webhook/hook?token=*** signed URL acme.ci deprecated, ${id}`,
        `GET ${BASE}/api/plugin/acme.ci public acme.ci open, and below`,
        '',
        'open: anybody may ask, and nothing tells who did',
        '',
      ].join('\n'),
    );
    expect((await ask(['acme.ci', '--markdown'])).out).toBe(
      [
        '| method | URL | access | header | secret | |',
        '|---|---|---|---|---|---|',
        `| POST | \`${BASE}${HOOK}?token=***\` | signed URL |  |  |  |`,
        `| POST | \`${BASE}/api/webhook/hook?token=***\` | signed URL |  |  | deprecated |`,
        `| GET | \`${BASE}/api/plugin/acme.ci\` | public |  |  | open to everybody, and below |`,
        '',
      ].join('\n'),
    );
    const shown = await ask(['acme.ci', '--show']);
    expect(shown.out).toContain(`${BASE}${HOOK}?token=${current()} `);
    const document = JSON.parse((await ask(['--json'])).out);
    expect(document.urls[0]).toEqual({
      plugin: 'acme.ci',
      method: 'POST',
      url: `${BASE}${HOOK}?token=***`,
      access: 'signed URL',
      isOpen: false,
      note: '',
      signed: { path: '/hook', tokens: [{ id, createdAt: under.time }] },
    });
    expect(JSON.stringify(document) + masked.out).not.toContain(current());
  });

  test('what a sender has to set is told: header and secret', async () => {
    const told = await ask(['acme.gh']);
    expect(told.out.replaceAll(/ +/g, ' ')).toContain(
      `POST ${BASE}/api/plugin/acme.gh/hook signature github X-Hub-Signature-256 KEY, OLD_KEY acme.gh`,
    );
    expect((await ask(['acme.gh', '--markdown'])).out).toContain(
      '| signature github | `X-Hub-Signature-256` | `KEY`, `OLD_KEY` |  |\n',
    );
  });

  test('an address that has no token yet says so', async () => {
    expect((await ask(['acme.ci'])).out).toMatch(/\/hook +signed URL +acme\.ci +no token yet\n/);
  });

  test('a path is told as the list has it, however it was asked for', async () => {
    const issued = JSON.parse((await ask(['acme.ci', '--issue', 'hook', '--json'])).out);
    const revoked = JSON.parse((await ask(['acme.ci', issued.id, '--revoke', 'hook/', '--json'])).out);
    expect([issued.path, revoked.path, revoked.revoked]).toEqual(['/hook', '/hook', true]);
  });

  test('--issue prints the address alone, and the tokens until now count on', async () => {
    await urls.provide(CI, '/hook');
    const before = current() ?? '';
    const { exitCode, out, err } = await ask(['acme.ci', '--issue', 'hook/']);
    expect([exitCode, out]).toEqual([0, `${BASE}${HOOK}?token=${current()}\n`]);
    expect(current()).not.toBe(before);
    expect(err).toMatch(/^acme\.ci \/hook has a new token \(u-[0-9a-f]{12}\), those until now count on\n$/);
    expect(urls.check(CI, '/hook', before, under.time + 86_400_000)).toBeDefined();
  });

  test('--rotate ends those until now after an hour, or as long as is said', async () => {
    await urls.provide(CI, '/hook');
    const first = current() ?? '';
    expect((await ask(['acme.ci', '--rotate', '/hook'])).err).toContain('those until now end at ');
    expect(urls.check(CI, '/hook', first, under.time + 3_599_000)).toBeDefined();
    expect(urls.check(CI, '/hook', first, under.time + 3_600_001)).toBeUndefined();
    const second = current() ?? '';
    const json = JSON.parse((await ask(['acme.ci', '--rotate', '/hook', '--overlap', '0', '--json'])).out);
    expect(json).toEqual({
      ...{ plugin: 'acme.ci', path: '/hook', id: expect.stringMatching(/^u-/) },
      url: `${BASE}${HOOK}?token=${current()}`,
    });
    expect(urls.check(CI, '/hook', second, under.time)).toBeUndefined();
  });

  test('--revoke ends one token at once, and says when there is none', async () => {
    await urls.provide(CI, '/hook');
    const [{ id } = { id: '' }] = urls.list(CI);
    expect(await ask(['acme.ci', id, '--revoke', '/hook'])).toMatchObject({
      exitCode: 0,
      out: `acme.ci /hook has no token ${id} any more\n`,
    });
    expect(current()).toBeUndefined();
    expect(await ask(['acme.ci', '--revoke', '/hook', id])).toMatchObject({
      exitCode: 1,
      out: `acme.ci /hook had no token ${id}\n`,
    });
  });

  test.each([
    ['plugin/no-signed-address', ['acme.ci', '--issue', '/other']],
    ['plugin/no-signed-address', ['acme.cd', '--issue', '/hook']],
    ['plugin/unknown', ['acme.ce', '--rotate', '/hook']],
    ['plugin/unknown', ['acme.ce']],
    ['plugin/unknown', ['nonsense', '--revoke', '/hook', 'u-1']],
  ])('%s is said of %j', async (code, argv) => {
    const { exitCode, out } = await ask([...argv, '--json']);
    expect([exitCode, JSON.parse(out).error.code]).toEqual([1, code]);
  });
});

test.each([
  [['--issue', '/hook']],
  [['acme.ci', '--revoke', '/hook']],
  [['acme.ci', 'u-1']],
  [['acme.ci', '--issue', '/hook', '--rotate', '/hook']],
  [['acme.ci', '--issue', '/hook', '--overlap', '1h']],
  [['acme.ci', '--rotate', '/hook', '--overlap', 'soon']],
])('%j is a mistake in usage', async (argv) => {
  expect((await local(argv)).exitCode).toBe(2);
  expect(urls.list()).toEqual([]);
});

describe('the HTTP verbs', () => {
  async function call(method: string, path: string, body?: unknown, token = TOKEN) {
    const response = await fetch(`${host.url}/api/operator/plugins/acme.ci/urls${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as any };
  }

  test('are the operator’s alone', async () => {
    await urls.provide(CI, '/hook');
    for (const [method, path] of [
      ['GET', '?show=true'],
      ['POST', ''],
      ['DELETE', '/u-1?path=/hook'],
    ] as const)
      expect(
        (await call(method, path, method === 'POST' ? { path: '/hook' } : undefined, 'wrong')).status,
      ).toBe(401);
    expect(urls.list()).toHaveLength(1);
  });

  test.each([
    ['GET', '?show=yes', undefined],
    ['POST', '', undefined],
    ['POST', '', '{'],
    ['POST', '', []],
    ['POST', '', {}],
    ['POST', '', { path: '' }],
    ['POST', '', { path: '/hook', overlap: 1 }],
    ['POST', '', { path: '/hook', overlapMs: -1 }],
    ['POST', '', { path: '/hook', overlapMs: '1h' }],
    ['POST', '', { path: 'x'.repeat(20_000) }],
    ['DELETE', '/u-1', undefined],
  ])('%s %s with %j is refused', async (method, path, body) => {
    expect(await call(method, path, body)).toMatchObject({
      status: 400,
      body: { code: 'secrets/bad-request' },
    });
    expect(urls.list()).toEqual([]);
  });
});

test('a host that stores nothing lists its addresses and issues no token', async () => {
  await host.close();
  const signed = { path: '/hook', access: 'signed URL', isOpen: false, signedPath: '/hook' };
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { endpoints: [endpointStatus('POST', HOOK, signed)] })]),
  );
  expect((await local(['acme.ci'])).out.replaceAll(/ +/g, ' ')).toContain(
    `POST ${HOOK} signed URL acme.ci no token yet`,
  );
  const { exitCode, out } = await local(['acme.ci', '--issue', '/hook', '--json']);
  expect([exitCode, JSON.parse(out).error.code]).toEqual([1, 'inbox/unavailable']);
});

test('without a public URL addresses are the host’s own', async () => {
  await host.close();
  const health = {
    overview: async () => ({ url: 'http://127.0.0.1:8021' }) as Overview,
    endpoints: async () => [],
  };
  const endpoints = [endpointStatus('GET', '/api/plugin/acme.ci/status')];
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { endpoints })]),
    undefined,
    undefined,
    { health },
  );
  expect((await local(['acme.ci'])).out).toContain(' http://127.0.0.1:8021/api/plugin/acme.ci/status ');
  expect((await remote(['acme.ci'])).out).toContain(` ${host.url}/api/plugin/acme.ci/status `);
});
