import { createHmac, generateKeyPairSync } from 'node:crypto';
import { compileRow } from '../../src/signatures/compile-row';
import { hmac } from '../../src/signatures/parametric-rows';
import { plainRequest } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { fakeClock, signed } from '../../src/testing';

const secrets = (value: string) => [{ id: 'test', value }];
/** What a host that holds the secret says of it, at the moment it is signed for. */
const judged = (
  sender: string,
  sample: ReturnType<typeof signed>,
  secret: string,
  at: number,
  url?: string,
) => {
  const target = url?.replace(/^https:\/\/[^/]+/, '');
  const request = plainRequest({
    ...sample,
    ...(url === undefined ? {} : { publicBase: 'https://hooks.example', target: target ?? '' }),
  });
  return compileRow(signatureRow(sender))(request, secrets(secret), at);
};
const at = Date.UTC(2026, 0, 2);

describe('signed', () => {
  test.each([
    ['github', 'a secret'],
    ['stripe', 'whsec_abc'],
    ['slack', 'a secret'],
    ['standard', `whsec_${Buffer.from('a secret of some length').toString('base64')}`],
    ['shopify', 'a secret'],
    ['telegram', 'token'],
    ['gitlab', 'a plain token'],
    ['gitlab', `whsec_${Buffer.from('a secret of some length').toString('base64')}`],
    ['chargebee', 'user:password'],
    ['mailgun', 'a key'],
  ])('makes a request that the gate takes for one of %s', (sender, secret) => {
    const sample = signed(sender, { secret, body: { signature: {}, id: 'evt_1' }, at });
    expect(judged(sender, sample, secret, at)).toMatchObject({ ok: true, secretId: 'test' });
    expect(judged(sender, sample, `${secret}A`, at)).toMatchObject({ ok: false });
  });

  test('signs the address where the sender does, exactly as it is given', () => {
    const url = "https://hooks.example/api/plugin/acme.shop/square?a='%2B//";
    const sample = signed('square', { secret: 'key', body: '{}', at, url });
    expect(judged('square', sample, 'key', at, url)).toMatchObject({ ok: true });
    expect(judged('square', sample, 'key', at, `${url}&b`)).toMatchObject({ ok: false });
  });

  test('an address without a path is its root', () => {
    const sample = signed('square', { secret: 'key', body: '{}', at, url: 'https://hooks.example' });
    expect(judged('square', sample, 'key', at, 'https://hooks.example/')).toMatchObject({ ok: true });
  });

  test.each<[unknown, RegExp]>([
    [{ body: '{}' }, /signed\('stripe', …\) needs a secret, as text: /],
    [{ secret: '', body: '{}' }, /needs a secret/],
    [{ secret: 's' }, /needs a body: /],
    [undefined, /needs a secret, as text and a body: /],
  ])('with %j says what is missing', (options, message) => {
    expect(() => signed('stripe', options as never)).toThrow(
      expect.objectContaining({ code: 'testing/cannot-sign', message: expect.stringMatching(message) }),
    );
  });

  test('names the event and the delivery where the sender does', () => {
    const { headers } = signed('github', { secret: 's', body: '{}', event: 'push', deliveryId: 'd-1' });
    expect(headers).toMatchObject({ 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': 'd-1' });
  });

  test('is of the moment it is told, by default of now', async () => {
    const clock = fakeClock(at);
    const stale = signed('stripe', { secret: 's', body: '{}', at: clock.now() });
    await clock.advance(301_000);
    expect(judged('stripe', stale, 's', clock.now())).toEqual({ ok: false, reason: 'timestamp_too_old' });
    expect(judged('stripe', signed('stripe', { secret: 's', body: '{}' }), 's', Date.now())).toMatchObject({
      ok: true,
    });
  });

  test('sends text and bytes as they are, and objects as compact JSON', () => {
    expect(signed('github', { secret: 's', body: '{ "a": 1 }' }).body.toString()).toBe('{ "a": 1 }');
    expect(signed('github', { secret: 's', body: Buffer.from([0xff, 0]) }).body).toEqual(
      Buffer.from([0xff, 0]),
    );
    expect(signed('github', { secret: 's', body: { a: 1 } }).body.toString()).toBe('{"a":1}');
  });

  test('is JSON unless the headers say otherwise, in whatever case', () => {
    const type = (headers?: Record<string, string>) =>
      new Headers(signed('github', { secret: 's', body: 'a=1', ...(headers && { headers }) }).headers).get(
        'content-type',
      );
    expect(type()).toBe('application/json');
    expect(type({ 'content-type': 'application/x-www-form-urlencoded' })).toBe(
      'application/x-www-form-urlencoded',
    );
  });

  test("signs by an author's own row too", () => {
    const row = hmac({ header: 'X-Acme-Signature', prefix: 'v1=' });
    const { headers, body } = signed(row, { secret: 's', body: 'hello' });
    expect(headers['X-Acme-Signature']).toBe(`v1=${createHmac('sha256', 's').update(body).digest('hex')}`);
  });

  test('signs with the private key where the sender has a pair', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const sample = signed('discord', { secret: pem, body: { id: '1' }, at });
    expect(judged('discord', sample, raw, at)).toMatchObject({ ok: true });
  });

  test('says which sender it does not know, and which it cannot sign for', () => {
    expect(() => signed('githob', { secret: 's', body: '' })).toThrow(/did you mean "github"/);
    expect(() => signed('paypal', { secret: 's', body: '' })).toThrow(
      expect.objectContaining({ code: 'signatures/cannot-sign' }),
    );
  });
});
