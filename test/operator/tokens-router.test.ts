import { StoredTokens } from '../../src/operator/tokens';
import { run } from '../cli/command-line';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

let under: SecretsUnderTest;
let tokens: StoredTokens;
let host: OperatorHost;
beforeAll(async () => {
  under = await openSecrets();
  under.time = Date.UTC(2040, 0, 2, 3, 4, 5);
  const clock = { now: () => under.time };
  tokens = new StoredTokens({ shared: under.database.shared, clock, logger: keptLogger().logger });
  host = await startOperatorHost(undefined, undefined, undefined, { tokens });
});
afterAll(async () => {
  tokens.close();
  await host.close();
  await under.close();
});

const call = async (
  method: string,
  verb: string,
  { token = TOKEN, body }: { token?: string; body?: unknown } = {},
) => {
  const response = await fetch(`${host.url}/api/operator/${verb}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as any };
};
const made = async (name: string, ...scopes: string[]): Promise<string> =>
  (await call('POST', 'tokens', { body: { name, scopes } })).body.value;

describe('the HTTP face', () => {
  test('makes a token, lists it without its value, and revokes it', async () => {
    const value = await made('first', 'tools');
    expect(tokens.identify(value)?.name).toBe('first');
    const { body } = await call('GET', 'tokens');
    expect(body.tokens).toEqual([
      { name: 'first', scopes: ['tools'], createdAt: under.time, lastUsedAt: under.time },
    ]);
    expect(await call('DELETE', 'tokens/first')).toMatchObject({ status: 200, body: { revoked: true } });
    expect((await call('DELETE', 'tokens/first')).body).toEqual({ revoked: false });
  });

  test.each(['{', '"x"', '{"name":"a"}'])('refuses the body %s', async (body) => {
    expect(await call('POST', 'tokens', { body })).toMatchObject({
      status: 400,
      body: { code: 'tokens/bad-request' },
    });
  });

  test('a token with the scope admin may what the operator may', async () => {
    const token = await made('chief', 'admin');
    expect((await call('POST', 'plugins/acme.ci/reload', { token })).status).toBe(200);
    expect(
      (await call('POST', 'tokens', { token, body: { name: 'by-chief', scopes: ['read'] } })).status,
    ).toBe(200);
  });

  test('one with the scope read may read, but neither change anything nor see what is secret', async () => {
    const token = await made('reader', 'read');
    expect((await call('GET', 'plugins', { token })).status).toBe(200);
    expect((await call('GET', 'plugins/acme.ci/urls', { token })).status).toBe(200);
    for (const [method, verb] of [
      ['GET', 'plugins/acme.ci/urls?show=true'],
      ['POST', 'plugins/acme.ci/reload'],
      ['DELETE', 'tokens/reader'],
      ['PUT', 'secrets/acme.ci/X'],
    ] as const)
      expect(await call(method, verb, { token, ...(method !== 'GET' && { body: {} }) })).toMatchObject({
        status: 403,
        body: { code: 'operator/scope' },
      });
  });

  test('one with other scopes may nothing here', async () => {
    const token = await made('tools-only', 'tools', 'app:x');
    for (const verb of ['plugins', 'tools'])
      expect(await call('GET', verb, { token })).toMatchObject({
        status: 403,
        body: { code: 'operator/scope', detail: expect.stringContaining('"read"') },
      });
  });
});

describe.each([
  ['through the local socket', (argv: string[]) => run(['tokens', ...argv, '--data', host.data])],
  ['at an address', (argv: string[]) => run(['tokens', ...argv, '--url', host.url, '--token', TOKEN])],
])('%s', (way, ask) => {
  const name = way.replaceAll(' ', '-');

  test('a token is made, listed and revoked', async () => {
    const options = ['--scope', 'tools', '--scope', 'app:my-app', '--user', 'u1', '--role', 'editor'];
    const created = await ask(['create', name, ...options, '--expires', '90d']);
    expect(created).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^gth_[\w-]{43}\n$/) });
    expect(created.err).toContain(`${name} may tools, app:my-app until 2040-04-01 03:04:05Z`);
    expect(tokens.identify(created.out.trim())).toMatchObject({ user: 'u1', roles: ['editor'] });
    const listed = await ask(['list']);
    expect(listed.out).toMatch(new RegExp(`^${name} +tools, app:my-app +u1 \\(editor\\) +2040-01-02`, 'm'));
    expect(listed.out).not.toContain('gth_');
    expect(await ask(['revoke', name])).toMatchObject({ exitCode: 0, out: `${name} is revoked\n` });
    expect(await ask(['revoke', name])).toMatchObject({ exitCode: 1, out: `there is no token ${name}\n` });
  });

  test('as JSON', async () => {
    const created = JSON.parse((await ask(['create', `${name}-j`, '--scope', 'read', '--json'])).out);
    expect(created).toMatchObject({
      name: `${name}-j`,
      scopes: ['read'],
      value: expect.stringMatching(/^gth_/),
    });
    expect(JSON.parse((await ask(['list', '--json'])).out).tokens).toContainEqual({
      name: `${name}-j`,
      scopes: ['read'],
      createdAt: under.time,
    });
  });

  test('what is wrong is told', async () => {
    expect(await ask(['create', 'x'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--scope'),
    });
    expect(await ask(['create', 'x', '--scope', 'tool'])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('did you mean "tools"?'),
    });
    expect(await ask(['create', 'x', '--scope', 'read', '--expires', 'soon'])).toMatchObject({ exitCode: 2 });
    await made(`${name}-taken`, 'read');
    expect(await ask(['create', `${name}-taken`, '--scope', 'read'])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('There is a token named'),
    });
  });
});
