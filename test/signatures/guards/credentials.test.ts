import { OPERATOR, type Identity } from '../../../src/core/ports/operator-auth';
import { CI } from '../../state/secrets-under-test';
import { endpointOf } from '../../core/plain-mount';
import { GuardYard, headOf, reasonOf, type HeadParts } from './guard-yard';

let yard: GuardYard;
beforeEach(async () => {
  yard = await GuardYard.open();
});
afterEach(() => yard.close());
const secrets = () => yard.under.secrets;
const verified = (scheme: string, secretId: unknown) => ({
  ok: true,
  verified: { scheme, secretId, at: yard.under.time, bodySigned: false },
});
const refused = (reason: string) => ({ ok: false, reason });

describe('an open endpoint', () => {
  test('has no guard at all', () => {
    expect(yard.guards().guardOf(CI, endpointOf('/hook'))).toBeUndefined();
  });

  test.each(['host', 'plugin'] as const)('is held to the addresses of its %s', (level) => {
    if (level === 'host') yard.settings.allowFrom = ['10.0.0.0/8'];
    else yard.settings.pluginAllowFrom = () => ['10.0.0.0/8'];
    const guard = yard.guard('public');
    expect(guard).toMatchObject({ scheme: 'allow-from', isWebhook: false, judge: undefined, ownQuery: [] });
    const at = yard.under.time;
    expect(guard.head?.(headOf({ ip: '10.1.2.3' }), at)).toEqual({ ok: true, verified: undefined });
    expect(guard.head?.(headOf({ ip: '::ffff:10.1.2.3' }), at)).toEqual({ ok: true, verified: undefined });
    for (const ip of ['11.0.0.1', '::1', '', 'nonsense', '10.0.0.1 '])
      expect(guard.head?.(headOf({ ip }), at)).toEqual(refused('address_not_allowed'));
  });
});

describe('addresses', () => {
  test('must pass on every level, and come before every other question', async () => {
    await secrets().set(CI, 'TOKEN', 'horse');
    yard.settings.allowFrom = ['10.0.0.0/8'];
    yard.settings.pluginAllowFrom = () => ['10.1.0.0/16', '2001:db8::/32'];
    const access = [
      { token: { header: 'x-token' }, secret: 'TOKEN' },
      { allowFrom: ['10.1.1.0/24'] },
    ] as const;
    const ask = (ip: string) => reasonOf(yard.head(access, { ip, headers: { 'X-Token': 'horse' } }));
    expect(ask('10.1.1.7')).toBe('ok');
    for (const ip of ['10.1.2.7', '10.2.1.7', '11.1.1.7', '2001:db8::1'])
      expect(ask(ip)).toBe('address_not_allowed');
    expect(reasonOf(yard.head(access, { ip: '11.1.1.7' }))).toBe('address_not_allowed');
    expect(reasonOf(yard.head(access, { ip: '10.1.1.7' }))).toBe('missing_credential');
  });

  test('alone tell nothing of who asks', () => {
    expect(yard.head({ allowFrom: ['203.0.113.9'] })).toEqual({ ok: true, verified: undefined });
    expect(yard.guard({ allowFrom: ['203.0.113.9'] }).isWebhook).toBe(false);
  });

  test('do not keep the operator’s own socket out, and let it in nowhere else', () => {
    yard.settings.allowFrom = ['10.0.0.0/8'];
    expect(reasonOf(yard.head('operator', { ip: '', isOperator: true }))).toBe('ok');
    expect(reasonOf(yard.head('operator', { ip: '', isOperator: false }))).toBe('missing_credential');
    expect(reasonOf(yard.head('operator', { ip: '11.0.0.1', isOperator: true }))).toBe('address_not_allowed');
    expect(reasonOf(yard.head('public', { ip: '', isOperator: true }))).toBe('address_not_allowed');
  });
});

describe('the operator', () => {
  test('alone may ask', () => {
    expect(yard.head('operator', { isOperator: true })).toEqual({ ok: true, verified: undefined });
    expect(yard.head('operator')).toEqual(refused('missing_credential'));
    expect(yard.head('operator', { headers: { authorization: 'Bearer x' } })).toEqual(
      refused('wrong_credential'),
    );
    expect(yard.guard('operator')).toMatchObject({ isWebhook: false, challenge: 'Bearer', ownQuery: [] });
  });
});

describe('a scope', () => {
  const access = { scope: 'app:shop' } as const;
  const ask = (identity: Identity | undefined) =>
    yard.head(access, identity === undefined ? {} : { identity, headers: { authorization: 'Bearer x' } });

  test('lets in who holds it, and tells the handler who that is', () => {
    const identity = { name: 'till', scopes: ['read', 'app:shop'], user: 'u1', roles: ['seller'] };
    expect(ask(identity)).toEqual({
      ok: true,
      verified: {
        ...{ scheme: 'token', secretId: 'till', at: yard.under.time, bodySigned: false },
        caller: { id: 'u1', name: 'till', roles: ['seller'] },
      },
    });
    expect(ask({ name: 'till', scopes: ['app:shop'] })).toMatchObject({
      verified: { caller: { id: 'till', name: 'till', roles: [] } },
    });
    expect(ask(OPERATOR)).toMatchObject({ verified: { secretId: 'operator', caller: { id: 'operator' } } });
  });

  test('keeps everybody else out', () => {
    expect(ask(undefined)).toEqual(refused('missing_credential'));
    expect(ask({ name: 'till', scopes: ['app:shop2', 'tools', 'read'] })).toEqual(
      refused('wrong_credential'),
    );
    expect(yard.head(access, { headers: { authorization: 'Bearer x' } })).toEqual(
      refused('wrong_credential'),
    );
  });

  test('is no webhook’s, and the operator’s own socket passes its networks', () => {
    expect(yard.guard(access)).toMatchObject({ isWebhook: false, challenge: 'Bearer', scheme: 'scope' });
    yard.settings.allowFrom = ['10.0.0.0/8'];
    expect(reasonOf(yard.head(access, { ip: '', isOperator: true }))).toBe('ok');
    expect(reasonOf(yard.head(access, { ip: '11.0.0.1', isOperator: true }))).toBe('address_not_allowed');
  });
});

describe('a token', () => {
  const access = { token: { header: 'X-Token' }, secret: ['NEW', 'OLD'] } as const;
  const ask = (token?: string | string[]) =>
    yard.head(access, token === undefined ? {} : { headers: { 'x-tOKEN': token } });

  test('is any live value of any name', async () => {
    const old = await secrets().set(CI, 'OLD', 'old horse');
    expect(ask('old horse')).toEqual(verified('token', old));
    const first = await secrets().set(CI, 'NEW', 'first');
    const second = await secrets().rotate(CI, 'NEW', 'second', 1_000);
    expect([ask('first'), ask('second')]).toEqual([verified('token', first), verified('token', second)]);
    yard.under.time += 1_001;
    expect([ask('first'), ask('second')]).toEqual([refused('wrong_credential'), verified('token', second)]);
  });

  test('that is missing, empty, twice there or another is refused', async () => {
    await secrets().set(CI, 'OLD', 'horse');
    expect(reasonOf(ask())).toBe('missing_credential');
    expect(reasonOf(ask(''))).toBe('missing_credential');
    expect(reasonOf(ask(['horse', 'horse']))).toBe('duplicate_header');
    for (const wrong of ['hors', 'horse ', 'Horse', 'horsehorse', 'Bearer horse', 'x'.repeat(10_000)])
      expect(reasonOf(ask(wrong))).toBe('wrong_credential');
  });

  test('without a value is ours to mend, whatever is sent', () => {
    for (const given of [undefined, '', 'x', 'undefined']) expect(reasonOf(ask(given))).toBe('no_secret');
  });

  test('in Authorization stands there bare or behind Bearer', async () => {
    await secrets().set(CI, 'OLD', 'horse');
    const authorized = (authorization: string) =>
      reasonOf(
        yard.head({ token: { header: 'Authorization' }, secret: 'OLD' }, { headers: { authorization } }),
      );
    expect(['horse', 'Bearer horse', 'bearer  horse'].map(authorized)).toEqual(['ok', 'ok', 'ok']);
    expect(['Basic horse', 'Bearer', 'Bearer hors'].map(authorized)).toEqual(
      Array(3).fill('wrong_credential'),
    );
  });

  test('of other than ASCII characters is compared by its bytes', async () => {
    await secrets().set(CI, 'OLD', 'pässword');
    expect(reasonOf(ask(Buffer.from('pässword').toString('latin1')))).toBe('ok');
    const inQuery = { token: { query: 'key' }, secret: 'OLD' } as const;
    expect(reasonOf(yard.head(inQuery, { query: { key: 'pässword' } }))).toBe('ok');
  });

  test('in the query is read once, by its own name, and belongs to the gate', async () => {
    const id = await secrets().set(CI, 'OLD', 'horse');
    const inQuery = { token: { query: 'key' }, secret: 'OLD' } as const;
    const query = (values: HeadParts['query'] = {}) => yard.head(inQuery, { query: values });
    expect(query({ key: 'horse' })).toEqual(verified('token', id));
    expect(query({ key: ['horse', 'horse'] })).toEqual(refused('duplicate_header'));
    expect(query({ token: 'horse' })).toEqual(refused('missing_credential'));
    expect(yard.guard(inQuery).ownQuery).toEqual(['key', 'app_token']);
    expect(reasonOf(yard.head({ token: { query: 'constructor' }, secret: 'OLD' }))).toBe(
      'missing_credential',
    );
  });
});

describe('basic authentication', () => {
  const access = { basic: {}, secret: 'LOGIN' } as const;
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const ask = (authorization: string | string[]) =>
    yard.head(access, { headers: { Authorization: authorization } });

  test('takes user:password in UTF-8, the scheme in any case', async () => {
    const id = await secrets().set(CI, 'LOGIN', 'ann:pässword:7');
    expect(ask(`Basic ${encoded('ann:pässword:7')}`)).toEqual(verified('basic', id));
    expect(reasonOf(ask(`bASIC  ${encoded('ann:pässword:7')}`))).toBe('ok');
  });

  test('refuses everything else, each for its reason', async () => {
    expect(reasonOf(yard.head(access))).toBe('no_secret');
    await secrets().set(CI, 'LOGIN', 'ann:passwor');
    const right = encoded('ann:passwor');
    expect(reasonOf(yard.head(access))).toBe('missing_credential');
    expect(reasonOf(ask(`Bearer ${right}`))).toBe('missing_credential');
    expect(reasonOf(ask([`Basic ${right}`, `Basic ${right}`]))).toBe('duplicate_header');
    expect(reasonOf(ask(`Basic ${encoded('ann:other')}`))).toBe('wrong_credential');
    for (const text of [
      '',
      'ann:passwor',
      `${right}=`,
      right.replace(/=+$/, ''),
      `${right} x`,
      '=',
      'Y_==',
      '%',
    ])
      expect(reasonOf(ask(`Basic ${text}`))).toBe('bad_encoding');
  });

  test('asks for itself, the realm quoted so that it ends nowhere else', () => {
    expect(yard.guard(access).challenge).toBe('Basic realm="gatehouse", charset="UTF-8"');
    const realm = 'a "b" \\ c';
    expect(yard.guard({ ...access, basic: { realm } }).challenge).toBe(
      'Basic realm="a \\"b\\" \\\\ c", charset="UTF-8"',
    );
  });
});

describe('a signed address', () => {
  const access = { signedUrl: true } as const;

  test('opens with a token that was issued for this endpoint', async () => {
    const { id, token } = await yard.signedUrls.issue(CI, '/hook');
    expect(yard.head(access, { query: { token } })).toEqual(verified('signed-url', id));
    expect(reasonOf(yard.head(access))).toBe('missing_credential');
    expect(reasonOf(yard.head(access, { query: { token: [token, token] } }))).toBe('duplicate_header');
    expect(reasonOf(yard.head(access, { query: { token: `${token}x` } }))).toBe('wrong_credential');
    const other = await yard.signedUrls.issue(CI, '/other');
    expect(reasonOf(yard.head(access, { query: { token: other.token } }))).toBe('wrong_credential');
    expect(yard.guard(access)).toMatchObject({
      isWebhook: true,
      ownQuery: ['token', 'app_token'],
      judge: undefined,
    });
  });

  test('that was never issued is ours to mend', async () => {
    expect(reasonOf(yard.head(access, { query: { token: 'x' } }))).toBe('no_secret');
    const { id, token } = await yard.signedUrls.issue(CI, '/hook');
    await yard.signedUrls.revoke(CI, '/hook', id);
    expect(reasonOf(yard.head(access, { query: { token } }))).toBe('no_secret');
  });

  test('of an endpoint that has aliases alone goes by the first of them', async () => {
    const { token } = await yard.signedUrls.issue(CI, '/old');
    const guard = yard.guard(access, {
      path: '',
      aliases: [{ base: '/api/webhook', path: '/old', share: 'all' }],
    });
    expect(reasonOf(guard.head?.(headOf({ query: { token } }), yard.under.time))).toBe('ok');
  });
});

describe('several modes', () => {
  test('must all hold, and the first that knows says who asked', async () => {
    const id = await secrets().set(CI, 'LOGIN', 'ann:7');
    const { token } = await yard.signedUrls.issue(CI, '/hook');
    const access = [{ basic: {}, secret: 'LOGIN' }, { signedUrl: true }] as const;
    const headers = { authorization: `Basic ${Buffer.from('ann:7').toString('base64')}` };
    expect(yard.head(access, { headers, query: { token } })).toEqual(verified('basic', id));
    expect(reasonOf(yard.head(access, { headers }))).toBe('missing_credential');
    expect(reasonOf(yard.head(access, { query: { token } }))).toBe('missing_credential');
    expect(yard.guard(access).scheme).toBe('basic+signed-url');
  });
});

test('no credential is ever logged', async () => {
  await secrets().set(CI, 'LOGIN', 'correct:horse');
  const { token } = await yard.signedUrls.issue(CI, '/hook');
  yard.head({ basic: {}, secret: 'LOGIN' }, { headers: { authorization: 'Basic Y29ycmVjdDpob3JzZQ==' } });
  yard.head({ signedUrl: true }, { query: { token } });
  const logged = [...yard.lines, ...yard.under.lines].join('\n');
  expect(logged).toContain('a signed address was issued');
  for (const hidden of ['horse', 'Y29y', token]) expect(logged).not.toContain(hidden);
});

test('a guard is made once for an endpoint, and anew for another plugin', () => {
  const guards = yard.guards();
  const endpoint = endpointOf('/hook', { access: 'operator' });
  const guard = guards.guardOf(CI, endpoint);
  expect(guards.guardOf(CI, endpoint)).toBe(guard);
  expect(guards.guardOf('acme.cd' as typeof CI, endpoint)).not.toBe(guard);
});

test.each([
  [[]],
  ['opreator'],
  [{}],
  [undefined],
  [null],
  [['operator', { toke: 1 }]],
  [{ signature: 'githb', secret: 'A' }],
])('an access that means nothing, %j, lets nobody in, the operator neither', (access) => {
  const guard = yard.guard(access as never);
  expect(guard.head?.(headOf({ isOperator: true }), yard.under.time)).toEqual(refused('unavailable'));
  expect(yard.lines.join('')).toContain('nobody can ask at an endpoint');
});
