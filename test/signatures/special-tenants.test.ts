import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto';
import * as atlassian from 'atlassian-jwt';
import { queryStringHash } from '../../src/signatures/special/atlassian-connect';
import type { RequestParts } from './special-request';
import { NOW, TokenYard, pair, privatePem, refused, sign } from './special-token-yard';

let yard: TokenYard;
const schemes = () => yard.schemes();

beforeAll(async () => {
  yard = await TokenYard.open();
});
afterAll(() => yard.close());
beforeEach(() => yard.reset());

describe('graph-rich', () => {
  const tenant = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
  const app = { appId: 'app-1' };
  const claims = {
    aud: 'app-1',
    iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
    tid: tenant,
    azp: '0bf30f3b-4a52-48df-9a82-234910c4a086',
    exp: NOW + 3600,
  };
  const token = (more: object = {}) => sign({ ...claims, ...more }, privatePem, { kid: 'm1' });
  const content = (plain: object, damage = 0) => {
    const key = randomBytes(32);
    const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16));
    const data = Buffer.concat([cipher.update(JSON.stringify(plain)), cipher.final()]);
    const dataSignature = createHmac('sha256', key).update(data).digest('base64');
    data[0] = (data[0] ?? 0) ^ damage;
    const dataKey = publicEncrypt(
      { key: pair.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
      key,
    );
    return { data: data.toString('base64'), dataSignature, dataKey: dataKey.toString('base64') };
  };
  const item = (more: object = {}) => ({
    changeType: 'created',
    tenantId: tenant,
    clientState: 'state',
    encryptedContent: content({ subject: 'Hello' }),
    ...more,
  });
  const ask = (
    value: object[],
    tokens: string[] | undefined,
    secrets = ['state', privatePem],
    expectations: Record<string, string> = app,
  ) =>
    schemes()(
      'graph-rich',
      { body: JSON.stringify({ value, validationTokens: tokens }) },
      secrets,
      expectations,
    );

  test('state, tokens and content hold: the handler gets the content opened', async () => {
    const verdict = await ask([item()], [token()]);
    expect(verdict).toMatchObject({ ok: true, event: 'created', secretId: 'k0' });
    const plain = verdict.ok
      ? (JSON.parse(verdict.plain?.toString() ?? '') as { value: object[] })
      : undefined;
    expect(plain?.value[0]).toMatchObject({ decryptedContent: { subject: 'Hello' } });
    const old = token({ iss: `https://sts.windows.net/${tenant}/`, azp: undefined, appid: claims.azp });
    await expect(ask([item()], [old])).resolves.toMatchObject({ ok: true });
    const closed = await ask([item()], [token()], ['state']);
    expect(closed).toMatchObject({ ok: true });
    expect(closed).not.toHaveProperty('plain');
  });

  test('one item with another state, and content without its tenant’s token, refuse the whole', async () => {
    await expect(ask([item(), item({ clientState: 'x' })], [token()])).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask([item({ clientState: undefined })], [token()])).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask([item()], undefined)).resolves.toEqual(refused('bad_signature'));
    await expect(ask([item({ tenantId: 'other' })], [token()])).resolves.toEqual(refused('bad_signature'));
    await expect(ask([item()], [token(), 'x'])).resolves.toEqual(refused('malformed_signature'));
    await expect(ask([item({ encryptedContent: content({}, 1) })], [token()])).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask([], [token()])).resolves.toEqual(refused('missing_signature'));
    await expect(ask([item()], [token()], [privatePem])).resolves.toEqual(refused('no_secret'));
  });

  test('a token of another publisher, application, tenant or issuer is refused', async () => {
    for (const more of [
      { azp: 'x' },
      { aud: 'app-2' },
      { tid: '../common' },
      { iss: `https://login.microsoftonline.com/x/v2.0` },
    ]) {
      await expect(ask([item()], [token(more)])).resolves.toEqual(refused('bad_signature'));
    }
    await expect(ask([item()], [token({ exp: NOW - 100 })])).resolves.toEqual(refused('timestamp_too_old'));
    await expect(ask([item()], [token()], undefined, { ...app, tenantId: 'other' })).resolves.toEqual(
      refused('bad_signature'),
    );
  });

  test('an item without content needs its state only', async () => {
    await expect(ask([item({ encryptedContent: undefined })], undefined)).resolves.toMatchObject({
      ok: true,
    });
  });
});

describe('atlassian-connect', () => {
  const target = '/app/hook?user_id=a&b=2&b=1&x=%20%2B*';
  const own = { clientKey: 'client-1' };
  const baseUrl = 'https://hooks.example.com/app';
  const hash = (method = 'POST', address = target) =>
    atlassian.createQueryStringHash(atlassian.fromMethodAndUrl(method, address), false, '');
  const claims = { iss: 'client-1', iat: NOW, exp: NOW + 180, qsh: hash() };
  const token = (more: object = {}) => sign({ ...claims, ...more }, 'shared', {}, 'HS256');
  const ask = (text: string, parts: RequestParts = {}, expectations: Record<string, string> = own) =>
    schemes()(
      'atlassian-connect',
      {
        target,
        headers: { Authorization: `JWT ${text}` },
        body: '{"webhookEvent":"jira:issue_created"}',
        ...parts,
      },
      ['shared'],
      expectations,
    );

  test.each([
    '/',
    '/a',
    '/a/',
    '/a?jwt=x',
    '/a?b=1&a=2&b=0',
    '/a?q=%20%2B*~!',
    '/a?empty=&jwt=x&c',
    '/%C3%A9?u=%C3%A9',
  ])('hashes %s as atlassian-jwt does', (address) => {
    expect(queryStringHash('post', address, undefined)).toBe(hash('POST', address));
  });

  test('a token over this request is accepted, in the header or the query', async () => {
    await expect(ask(token())).resolves.toMatchObject({
      ok: true,
      event: 'jira:issue_created',
      bodySigned: false,
    });
    const inQuery = { target: `${target}&jwt=${token()}`, headers: {} };
    await expect(ask('', inQuery)).resolves.toMatchObject({ ok: true });
    const both = { target: `${target}&jwt=${token()}` };
    await expect(ask(token(), both)).resolves.toEqual(refused('duplicate_header'));
  });

  test('another request, issuer, secret or time is refused', async () => {
    await expect(ask(token(), { target: `${target}&c=1` })).resolves.toEqual(refused('bad_signature'));
    await expect(ask(token(), { method: 'GET' })).resolves.toEqual(refused('bad_signature'));
    await expect(ask(token({ qsh: 'context-qsh' }))).resolves.toEqual(refused('bad_signature'));
    await expect(ask(token({ iss: 'client-2' }))).resolves.toEqual(refused('bad_signature'));
    await expect(ask(token({ exp: NOW - 61 }))).resolves.toEqual(refused('timestamp_too_old'));
    await expect(ask(sign(claims, 'other', {}, 'HS256'))).resolves.toEqual(refused('bad_signature'));
  });

  test('an install hook is verified with Atlassian’s key, where the endpoint says its base address', async () => {
    const kid = '2f7a6b0e-0000-4000-8000-000000000001';
    yard.network.texts.set(
      `https://connect-install-keys.atlassian.com/${kid}`,
      pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    );
    const withBase = { ...own, baseUrl };
    const qsh = atlassian.createQueryStringHash(
      atlassian.fromMethodAndUrl('POST', '/hook?user_id=a&b=2&b=1&x=%20%2B*'),
      false,
      '',
    );
    const install = (more: object = {}, header: object = { kid }) =>
      sign({ ...claims, qsh, aud: [baseUrl], ...more }, privatePem, header);
    await expect(ask(install(), {}, withBase)).resolves.toMatchObject({ ok: true });
    await expect(ask(install())).resolves.toEqual(refused('malformed_signature'));
    await expect(ask(install({ aud: 'https://other.example' }), {}, withBase)).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(install({}, { kid: '../../x' }), {}, withBase)).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(install({}, { kid: 'unknown' }), {}, withBase)).resolves.toEqual(refused('unavailable'));
  });
});
