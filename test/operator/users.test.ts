import type { Rekeyed } from '../../src/core/ports/rekeying';
import { HostError } from '../../src/core/errors';
import { createUserChannels } from '../../src/state/user-channels';
import { createUserSecrets } from '../../src/state/user-secrets';
import { run } from '../cli/command-line';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from '../state/secrets-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';
import { PlainRegistry, pluginStatus } from './plain-registry';
import { Readable } from 'node:stream';

let under: SecretsUnderTest;
let host: OperatorHost;
let users: ReturnType<typeof createUserSecrets>;
let lines: string[];
let rekeyed: Rekeyed | undefined;
beforeEach(async () => {
  under = await openSecrets();
  under.time = Date.UTC(2026, 0, 2, 3, 4, 5);
  const kept = keptLogger();
  lines = kept.lines;
  const parts = { shared: under.database.shared, logger: kept.logger };
  const needed = { description: '', required: false, isSet: false };
  const secrets = [
    { ...needed, name: 'CLIENT_ID', writeMode: 'user' as const },
    { ...needed, name: 'TOKEN', writeMode: 'extension' as const },
  ];
  under.declared = secrets;
  users = createUserSecrets({
    ...{ ...parts, sealer: sealerOf(1), clock: { now: () => under.time }, declared: () => secrets },
  });
  rekeyed = undefined;
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { secrets })]),
    undefined,
    under.secrets,
    {
      userSecrets: users,
      userChannels: createUserChannels(parts),
      rekeying: {
        rekey: async () => {
          if (rekeyed === undefined) throw new HostError('secrets/rekey-refused', ['a test says so']);
          return rekeyed;
        },
      },
    },
  );
});
afterEach(async () => {
  await host.close();
  await under.close();
});

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
async function call(method: string, path: string, body?: unknown) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${host.url}/api/operator/${path}`, { method, headers, ...sent });
  return { status: response.status, body: (await response.json()) as any };
}
const cli = (argv: string[], piped = '') =>
  run([...argv, '--url', host.url, '--token', TOKEN], { stdin: () => Readable.from([piped]) });

describe('the channel of a user', () => {
  test('is set, shown, listed and taken away', async () => {
    expect((await call('GET', 'users/ann')).body).toEqual({
      ...{ userId: 'ann', channel: 'console-user-ann', isDefault: true },
    });
    const set = await call('PUT', 'users/ann', { channel: 'slack-ops' });
    expect(set.body).toEqual({ userId: 'ann', channel: 'slack-ops', isDefault: false });
    await call('PUT', `users/${encodeURIComponent('ü/1')}`, { channel: 'slack-b' });
    expect((await call('GET', 'users')).body.users).toEqual([
      set.body,
      { userId: 'ü/1', channel: 'slack-b', isDefault: false },
    ]);
    expect((await call('DELETE', 'users/ann')).body).toEqual({ removed: true });
    expect((await call('DELETE', 'users/ann')).body).toEqual({ removed: false });
  });

  test.each([
    ['users/ann', {}, 'users/bad-channel'],
    ['users/ann', { channel: 'slack' }, 'users/bad-channel'],
    ['users/a%0Ab', { channel: 'slack-ops' }, 'users/bad-id'],
  ])('%s %j is refused: %s', async (path, body, code) => {
    expect(await call('PUT', path, body)).toMatchObject({ status: 400, body: { code } });
  });

  test('is the operator’s alone', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await fetch(`${host.url}/api/operator/users/ann`, { method })).status).toBe(401);
  });

  test('goes by the command line as well', async () => {
    expect((await cli(['users', 'list'])).out).toBe('No user has a channel set.\n');
    expect(await cli(['users', 'set', 'ann', '--channel', 'slack-ops'])).toMatchObject({
      ...{ exitCode: 0, out: 'ann is told on slack-ops\n' },
    });
    expect((await cli(['users', 'list'])).out).toMatch(/^USER +CHANNEL *\nann +slack-ops *\n$/);
    expect(JSON.parse((await cli(['users', 'list', '--json'])).out).users).toHaveLength(1);
    expect(await cli(['users', 'remove', 'ann'])).toMatchObject({
      ...{ exitCode: 0, out: 'ann is told on console-user-ann from now on\n' },
    });
    expect((await cli(['users', 'remove', 'ann'])).exitCode).toBe(1);
    expect(await cli(['users', 'set', 'ann', '--channel', 'slack'])).toMatchObject({
      ...{ exitCode: 1, err: expect.stringContaining('slack') },
    });
    expect((await cli(['users', 'set', 'ann'])).exitCode).toBe(2);
  });
});

describe('the secret of a user', () => {
  test('is set in their name, listed without its value, and removed', async () => {
    const set = await call('PUT', 'secrets/acme.ci/CLIENT_ID?user=ann', { value: 'correct-horse' });
    expect(set).toMatchObject({ status: 200, body: { declared: true } });
    expect(users.of(CI, 'ann').get('CLIENT_ID')).toBe('correct-horse');
    expect(under.secrets.list(CI)).toEqual([]);
    const listed = await call('GET', 'secrets/acme.ci/users?user=ann');
    expect(listed.body.secrets).toEqual([
      { plugin: 'acme.ci', userId: 'ann', name: 'CLIENT_ID', id: set.body.id, createdAt: under.time },
    ]);
    expect((await call('GET', 'secrets/acme.ci/users?user=bob')).body.secrets).toEqual([]);
    expect(JSON.stringify([set, listed, lines])).not.toContain('correct-horse');
    expect((await call('DELETE', 'secrets/acme.ci/CLIENT_ID?user=ann')).body).toEqual({ removed: true });
    expect(users.of(CI, 'ann').get('CLIENT_ID')).toBeUndefined();
  });

  test('is refused where the plugin alone sets it, for a user that cannot be, and for no plugin', async () => {
    const put = (path: string) => call('PUT', `secrets/${path}`, { value: 'x' });
    expect(await put('acme.ci/TOKEN?user=ann')).toMatchObject({ body: { code: 'secrets/plugins-own' } });
    expect(await put('acme.ci/TOKEN')).toMatchObject({ status: 409, body: { code: 'secrets/plugins-own' } });
    expect(await put('acme.ci/CLIENT_ID?user=')).toMatchObject({ body: { code: 'users/bad-id' } });
    expect(await put('acme.ci/CLIENT_ID?user=a&user=b')).toMatchObject({
      body: { code: 'secrets/bad-request' },
    });
    expect(await put('acme.none/CLIENT_ID?user=ann')).toMatchObject({ body: { code: 'plugin/unknown' } });
    expect([users.list(CI), under.secrets.list(CI)]).toEqual([[], []]);
  });

  test('is counted in the list of all secrets, also beside one of the plugin’s own, and where no plugin declares it', async () => {
    for (const user of ['ann', 'bob']) await users.set(CI, user, 'CLIENT_ID', 'correct-horse');
    await under.secrets.set(CI, 'CLIENT_ID', 'correct-horse');
    await users.of(CI, 'ann').set('STRAY', 'correct-horse');
    const counted = [
      expect.objectContaining({ name: 'CLIENT_ID', users: 2, values: [expect.anything()] }),
      expect.objectContaining({ name: 'STRAY', users: 1, declared: false, values: [] }),
      expect.not.objectContaining({ users: expect.anything() }),
    ];
    for (const path of ['secrets', 'secrets?plugin=acme.ci'])
      expect((await call('GET', path)).body.secrets).toEqual(counted);
    const { out } = await cli(['secrets', 'list']);
    expect(out).toMatch(
      /CLIENT_ID +operator +s-\w+ .*\n.*CLIENT_ID +operator +2 users *\n.*STRAY +1 user +not declared/,
    );
    expect(out).not.toContain('correct-horse');
  });

  test('goes by the command line as well, with who may set what', async () => {
    const set = await cli(['secrets', 'set', 'acme.ci', 'CLIENT_ID', '--user', 'ann'], 'correct-horse\n');
    expect(set).toMatchObject({ exitCode: 0, out: expect.stringContaining('is set for ann') });
    expect((await cli(['secrets', 'list', 'acme.ci', '--user', '*'])).out).toMatch(
      /ann +CLIENT_ID +s-\w+ +2026-01-02/,
    );
    expect((await cli(['secrets', 'list', 'acme.ci', '--user', 'bob'])).out).toBe(
      'acme.ci keeps no secret for bob.\n',
    );
    expect((await cli(['secrets', 'list', '--user', 'ann'])).exitCode).toBe(2);
    const refused = await cli(['secrets', 'set', 'acme.ci', 'TOKEN', '--user', 'ann'], 'x');
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('"extension"') });
    expect((await cli(['secrets', 'list'])).out).toMatch(
      /CLIENT_ID +operator +1 user\s+acme.ci +TOKEN +plugin/,
    );
    const removed = await cli(['secrets', 'remove', 'acme.ci', 'CLIENT_ID', '--user', 'ann']);
    expect([removed.exitCode, users.list(CI)]).toEqual([0, []]);
  });
});

describe('the master key', () => {
  test('is changed by one verb, which says what came of it', async () => {
    rekeyed = { keyId: 'abcdef01', made: true, resealed: 3, unreadable: [] };
    expect((await call('POST', 'secrets/rekey', {})).body).toEqual(rekeyed);
    const ran = await cli(['secrets', 'rekey']);
    expect(ran.out).toContain('Key abcdef01, made now, seals from now on; 3 values are sealed anew.');
    expect(ran.out).toContain('keep it until they are gone');
    rekeyed = { ...rekeyed, made: false, resealed: 1, unreadable: ['secrets acme.ci/LOST'] };
    expect(await cli(['secrets', 'rekey'])).toMatchObject({
      ...{ exitCode: 1, err: 'warning: no key opens secrets acme.ci/LOST\n' },
    });
  });

  test('is not changed where the host refuses, which says why', async () => {
    expect(await cli(['secrets', 'rekey'])).toMatchObject({
      ...{ exitCode: 1, err: 'error: The master key is not changed: a test says so.\n' },
    });
  });
});
