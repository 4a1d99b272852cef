import { openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';
import { PlainRegistry, pluginStatus } from './plain-registry';

let under: SecretsUnderTest;
let host: OperatorHost;
beforeEach(async () => {
  under = await openSecrets({ GATEHOUSE_SECRET_ACME_CI_SLACK_TOKEN: 'from-outside' });
  const need = { description: '', required: false, isSet: false };
  const secrets = [
    { ...need, name: 'GITHUB', description: 'of the hook', required: true },
    { ...need, name: 'slackToken', isSet: true },
  ];
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { secrets }), pluginStatus('acme.off')]),
    undefined,
    under.secrets,
  );
});
afterEach(async () => {
  await host.close();
  await under.close();
});

const everything: string[] = [];
async function call(method: string, path: string, body?: unknown, type = 'application/json') {
  const response = await fetch(`${host.url}/api/operator/secrets${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  everything.push(text);
  return { status: response.status, body: JSON.parse(text) };
}
const live = (name: string) =>
  under.secrets.live('acme.ci' as never, name, under.time).map(({ value }) => value);

test('without the operator’s token nothing is answered or changed', async () => {
  for (const [method, path] of [
    ['GET', ''],
    ['PUT', '/acme.ci/GITHUB'],
    ['POST', '/acme.ci/GITHUB/rotate'],
    ['DELETE', '/acme.ci/GITHUB'],
    ['POST', '/acme.ci/GITHUB/approve'],
    ['DELETE', '/acme.ci/GITHUB/proposal'],
  ] as const) {
    const response = await fetch(`${host.url}/api/operator/secrets${path}`, {
      ...{ method, headers: { 'content-type': 'application/json' } },
      ...(method === 'GET' ? {} : { body: '{"value":"x"}' }),
    });
    expect(response.status).toBe(401);
  }
  expect(live('GITHUB')).toEqual([]);
});

test('a value goes in exactly as it is and never comes back', async () => {
  const value = ' correct-horse "battery"\n';
  const { status, body } = await call('PUT', '/acme.ci/GITHUB', { value });
  expect([status, body]).toEqual([200, { id: expect.stringMatching(/^s-[0-9a-f]{12}$/), declared: true }]);
  expect(live('GITHUB')).toEqual([value]);
  await call('POST', '/acme.ci/GITHUB/rotate', { value: 'next-horse', overlapMs: 1_000 });
  expect(live('GITHUB')).toEqual(['next-horse', value]);
  await call('GET', '');
  await call('GET', '?plugin=acme.ci');
  await call('DELETE', '/acme.ci/GITHUB');
  expect(everything.join('')).not.toContain('horse');
});

test('a generated value is told once, to whoever asked for it', async () => {
  const { body } = await call('POST', '/acme.ci/GITHUB/rotate', { generate: true, overlapMs: 0 });
  expect(body.value).toMatch(/^[\w-]{43}$/);
  expect(live('GITHUB')).toEqual([body.value]);
  expect(JSON.stringify((await call('GET', '')).body)).not.toContain(body.value);
});

test('the list shows what is set, what is missing, and what the environment gives under its declared name', async () => {
  await call('PUT', '/acme.off/stray', { value: 'x' });
  const { body } = await call('GET', '');
  expect(body.secrets).toEqual([
    {
      plugin: 'acme.ci',
      name: 'GITHUB',
      declared: true,
      required: true,
      description: 'of the hook',
      values: [],
    },
    {
      ...{ plugin: 'acme.ci', name: 'slackToken', declared: true, required: false, description: '' },
      values: [{ id: 'GATEHOUSE_SECRET_ACME_CI_SLACK_TOKEN', origin: 'environment' }],
    },
    {
      ...{ plugin: 'acme.off', name: 'stray', declared: false, required: false, description: '' },
      values: [{ id: expect.any(String), origin: 'stored', createdAt: under.time }],
    },
  ]);
  expect((await call('GET', '?plugin=acme.off')).body.secrets).toHaveLength(1);
});

test('what is removed is gone, and is said to be none the second time', async () => {
  await call('PUT', '/acme.ci/GITHUB', { value: 'x' });
  expect((await call('DELETE', '/acme.ci/GITHUB')).body).toEqual({ removed: true });
  expect((await call('DELETE', '/acme.ci/GITHUB')).body).toEqual({ removed: false });
});

describe('a value that a sender chose', () => {
  test('is listed as waiting, never told, and live once it is approved', async () => {
    const id = await under.secrets.propose('acme.ci' as never, 'GITHUB', 'correct-horse');
    const listed = await call('GET', '?plugin=acme.ci');
    expect(listed.body.secrets[0]).toMatchObject({
      name: 'GITHUB',
      values: [],
      waiting: { id, createdAt: under.time },
    });
    expect((await call('POST', '/acme.ci/GITHUB/approve', { id: 's-other' })).body.code).toBe(
      'secrets/other-waits',
    );
    expect(await call('POST', '/acme.ci/GITHUB/approve', { id })).toEqual({
      status: 200,
      body: {
        id: expect.stringMatching(/^s-[0-9a-f]{12}$/),
        declared: true,
        approved: { id, createdAt: under.time, fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) },
      },
    });
    expect(live('GITHUB')).toEqual(['correct-horse']);
    expect((await call('GET', '?plugin=acme.ci')).body.secrets[0].waiting).toBeUndefined();
    expect(everything.join('')).not.toContain('horse');
  });

  test('is shown under a name that nobody declares too, and forgotten when it is dismissed', async () => {
    await under.secrets.propose('acme.off' as never, 'stray', 'x');
    expect((await call('GET', '?plugin=acme.off')).body.secrets).toMatchObject([
      { name: 'stray', declared: false },
    ]);
    expect((await call('DELETE', '/acme.off/stray/proposal')).body).toEqual({ dismissed: true });
    expect((await call('DELETE', '/acme.off/stray/proposal')).body).toEqual({ dismissed: false });
  });
});

test.each([
  ['POST', '/acme.ci/GITHUB/approve', {}, 404, 'secrets/nothing-waits'],
  ['POST', '/acme.none/GITHUB/approve', {}, 404, 'plugin/unknown'],
  ['POST', '/acme.ci/GITHUB/approve', { value: 'x' }, 400, 'secrets/bad-request'],
  ['POST', '/acme.ci/GITHUB/approve', { id: 7 }, 400, 'secrets/bad-request'],
  ['POST', '/acme.ci/GITHUB/approve', { show: 'yes' }, 400, 'secrets/bad-request'],
  ['DELETE', '/nonsense/GITHUB/proposal', undefined, 404, 'plugin/unknown'],
  ['PUT', '/acme.none/GITHUB', { value: 'x' }, 404, 'plugin/unknown'],
  ['PUT', '/nonsense/GITHUB', { value: 'x' }, 404, 'plugin/unknown'],
  ['GET', '?plugin=nonsense', undefined, 404, 'plugin/unknown'],
  ['GET', '?plugin=a.b&plugin=c.d', undefined, 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/a%20b', { value: 'x' }, 400, 'secrets/bad-name'],
  ['PUT', '/acme.ci/a%2Fb', { value: 'x' }, 400, 'secrets/bad-name'],
  ['PUT', '/acme.ci/GITHUB', { value: ' ' }, 400, 'secrets/empty-value'],
  ['PUT', '/acme.ci/GITHUB', { value: 7 }, 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/GITHUB', {}, 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/GITHUB', [], 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/GITHUB', undefined, 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/GITHUB', { value: 'x'.repeat(16_385) }, 413, 'secrets/too-large'],
  ['PUT', '/acme.ci/GITHUB', { value: 'x'.repeat(200_000) }, 400, 'secrets/bad-request'],
  ['PUT', '/acme.ci/slackToken', { value: 'x' }, 409, 'secrets/from-environment'],
  ['DELETE', '/acme.ci/slackToken', undefined, 409, 'secrets/from-environment'],
  ['POST', '/acme.ci/GITHUB/rotate', { value: 'x' }, 400, 'secrets/bad-request'],
  ['POST', '/acme.ci/GITHUB/rotate', { value: 'x', overlapMs: -1 }, 400, 'secrets/bad-request'],
  ['POST', '/acme.ci/GITHUB/rotate', { overlapMs: 0 }, 400, 'secrets/bad-request'],
  [
    'POST',
    '/acme.ci/GITHUB/rotate',
    { value: 'x', generate: true, overlapMs: 0 },
    400,
    'secrets/bad-request',
  ],
  ['POST', '/acme.ci/GITHUB/rotate', { generate: 'yes', overlapMs: 0 }, 400, 'secrets/bad-request'],
])('%s %s with %j is refused with %i %s', async (method, path, body, status, code) => {
  expect(await call(method, path, body)).toMatchObject({ status, body: { code } });
  expect(live('GITHUB')).toEqual([]);
});

test.each([
  ['{"value": correct-horse}', 'application/json'],
  ['correct-horse', 'application/json'],
  ['value=correct-horse', 'application/x-www-form-urlencoded'],
  ['{"correct-horse": "x", "value": "y"}', 'application/json'],
])('a body that cannot be read, %s, is refused without repeating it', async (body, type) => {
  const answer = await call('PUT', '/acme.ci/GITHUB', body, type);
  expect(answer).toMatchObject({ status: 400, body: { code: 'secrets/bad-request' } });
  expect(JSON.stringify(answer)).not.toContain('horse');
});

test('a host that stores nothing says so', async () => {
  await host.close();
  host = await startOperatorHost();
  expect(await call('GET', '')).toMatchObject({ status: 503, body: { code: 'inbox/unavailable' } });
});
