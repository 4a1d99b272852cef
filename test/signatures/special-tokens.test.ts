import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { parseToken } from '../../src/signatures/special/json-web-token';
import {
  GOOGLE_KEYS,
  NOW,
  TokenYard,
  keySet,
  pair,
  pemOf,
  privatePem,
  refused,
  sign,
} from './special-token-yard';

let yard: TokenYard;
const schemes = () => yard.schemes();

beforeAll(async () => {
  yard = await TokenYard.open();
});
afterAll(() => yard.close());
beforeEach(() => yard.reset());

describe('tokens', () => {
  test('only the allowed algorithms are read, in strict base64url, without critical extensions', () => {
    const token = sign({ a: 1 }, 'key', {}, 'HS256');
    const [head = '', body = '', mark = ''] = token.split('.');
    expect(parseToken(token, ['HS256'])).toMatchObject({ algorithm: 'HS256', claims: { a: 1 } });
    expect(parseToken(token, ['RS256'])).toBeUndefined();
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const header of [
      { alg: 'none' },
      { alg: 'hs256' },
      { alg: 'HS256', crit: ['b64'] },
      { alg: ['HS256'] },
      [],
    ]) {
      expect(parseToken(`${encode(header)}.${body}.${mark}`, ['HS256'])).toBeUndefined();
    }
    for (const text of [
      '',
      '.',
      '..',
      `${head}.${body}`,
      `${token}.`,
      `${token}=`,
      `${head}.${body} .${mark}`,
      `${head}.${encode([])}.${mark}`,
      'a'.repeat(20_000),
    ]) {
      expect(parseToken(text, ['HS256'])).toBeUndefined();
    }
  });
});

describe('netlify', () => {
  const body = '{"id":"d1"}';
  const claims = { iss: 'netlify', sha256: createHash('sha256').update(body).digest('hex') };
  const ask = (token: string, text = body, secrets = ['old', 's3']) =>
    schemes()('netlify', { headers: { 'X-Webhook-Signature': token }, body: text }, secrets);

  test('a token over the body by any live secret is accepted', async () => {
    await expect(ask(sign(claims, 's3', {}, 'HS256'))).resolves.toMatchObject({
      ok: true,
      secretId: 'k1',
      bodySigned: true,
    });
  });
  test('another body, issuer, secret or algorithm is refused', async () => {
    await expect(ask(sign(claims, 's3', {}, 'HS256'), '{"id":"d2"}')).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(sign({ ...claims, iss: 'x' }, 's3', {}, 'HS256'))).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(ask(sign(claims, 's4', {}, 'HS256'))).resolves.toEqual(refused('bad_signature'));
    await expect(ask(sign(claims, privatePem))).resolves.toEqual(refused('malformed_signature'));
    await expect(ask('')).resolves.toEqual(refused('missing_signature'));
    await expect(ask(sign(claims, 's3', {}, 'HS256'), body, [''])).resolves.toEqual(refused('no_secret'));
  });
});

describe('pubsub', () => {
  const account = 'push@project.iam.gserviceaccount.com';
  const claims = {
    iss: 'https://accounts.google.com',
    aud: 'https://hooks.example.com/hook',
    email: account,
    email_verified: true,
    iat: NOW,
    exp: NOW + 3600,
  };
  const body = '{"message":{"messageId":"m1","data":""}}';
  const expectations = { serviceAccount: account };
  const parts = (token: string) => ({ headers: { Authorization: `Bearer ${token}` }, body });
  const token = (more: object = {}, header: object = { kid: 'g1' }) =>
    sign({ ...claims, ...more }, privatePem, header);

  test('the service account’s token for this address is accepted, and the keys are read once', async () => {
    const verify = schemes();
    const all = await Promise.all([1, 2, 3].map(() => verify('pubsub', parts(token()), [], expectations)));
    for (const verdict of all)
      expect(verdict).toMatchObject({
        ok: true,
        secretId: 'g1',
        deliveryId: 'm1',
        dedupeKey: 'm1',
        bodySigned: false,
      });
    await verify('pubsub', parts(token()), [], expectations);
    expect(yard.network.asked).toEqual([GOOGLE_KEYS]);
  });

  test('another audience, account, issuer, key or time is refused', async () => {
    const reason = async (more: object, header?: object) =>
      verify('pubsub', parts(token(more, header)), [], expectations);
    const verify = schemes();
    await expect(reason({ aud: 'https://hooks.example.com/other' })).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(reason({ email: 'x@y.z' })).resolves.toEqual(refused('bad_signature'));
    await expect(reason({ email_verified: 'true' })).resolves.toEqual(refused('bad_signature'));
    await expect(reason({ iss: 'https://accounts.google.com.evil' })).resolves.toEqual(
      refused('bad_signature'),
    );
    await expect(reason({ exp: NOW - 61 })).resolves.toEqual(refused('timestamp_too_old'));
    await expect(reason({ exp: NOW - 59 })).resolves.toMatchObject({ ok: true });
    await expect(reason({ nbf: NOW + 120 })).resolves.toEqual(refused('timestamp_too_new'));
    const { exp: _, ...endless } = claims;
    const forever = sign(endless, privatePem, { kid: 'g1' });
    await expect(verify('pubsub', parts(forever), [], expectations)).resolves.toEqual(
      refused('missing_timestamp'),
    );
    await expect(reason({}, { kid: 'g2' })).resolves.toEqual(refused('bad_signature'));
    const forged = sign(claims, pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), {
      kid: 'g1',
    });
    await expect(verify('pubsub', parts(forged), [], expectations)).resolves.toEqual(
      refused('bad_signature'),
    );
    const confused = [JSON.stringify({ alg: 'HS256', kid: 'g1' }), JSON.stringify(claims)]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const mac = createHmac('sha256', pair.publicKey.export({ type: 'spki', format: 'pem' }))
      .update(confused)
      .digest('base64url');
    await expect(verify('pubsub', parts(`${confused}.${mac}`), [], expectations)).resolves.toEqual(
      refused('malformed_signature'),
    );
    await expect(
      verify(
        'pubsub',
        { headers: { Authorization: [`Bearer ${token()}`, 'Bearer x'] }, body },
        [],
        expectations,
      ),
    ).resolves.toEqual(refused('duplicate_header'));
    await expect(verify('pubsub', parts(token()), [], {})).resolves.toEqual(refused('no_secret'));
  });

  test('keys that cannot be had are 503 matters; once read they outlast an outage; a new key is asked for', async () => {
    yard.network.texts.clear();
    await expect(schemes()('pubsub', parts(token()), [], expectations)).resolves.toEqual(
      refused('unavailable'),
    );
    yard.network.texts.set(GOOGLE_KEYS, keySet('g1'));
    const verify = schemes();
    await expect(verify('pubsub', parts(token()), [], expectations)).resolves.toMatchObject({ ok: true });
    yard.network.texts.clear();
    yard.time += 2 * 3_600_000;
    await expect(verify('pubsub', parts(token()), [], expectations)).resolves.toMatchObject({ ok: true });
    yard.network.texts.set(GOOGLE_KEYS, keySet('g2'));
    yard.time += 3_600_000;
    await expect(verify('pubsub', parts(token({}, { kid: 'g2' })), [], expectations)).resolves.toMatchObject({
      ok: true,
    });
  });

  test('unknown keys do not make the host ask again and again', async () => {
    const verify = schemes();
    for (let count = 0; count < 20; count += 1)
      await verify('pubsub', parts(token({}, { kid: `x${count}` })), [], expectations);
    expect(yard.network.asked).toHaveLength(1);
  });
});
