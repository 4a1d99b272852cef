import { createHmac } from 'node:crypto';
import { handlerCrypto } from '../../../src/compat/file-handlers/handler-crypto';
import { RawBody } from '../../../src/compat/file-handlers/raw-body';

const SECRET = 'hush';
const hmacOf = (bytes: Uint8Array) => createHmac('sha256', SECRET).update(bytes).digest('hex');

describe('a signature over request.rawBody', () => {
  test.each([
    ['ASCII', Buffer.from('{"a":1}')],
    ['other letters', Buffer.from('{"name":"Zoë — 漢字 😀"}')],
    ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x7d])],
    ['half a letter', Buffer.from([0x61, 0xe6, 0xbc])],
    ['nothing', Buffer.alloc(0)],
  ])('verifies over the exact bytes: %s', (_what, bytes) => {
    const rawBody = new RawBody(() => bytes);
    const crypto = handlerCrypto(rawBody);
    expect(crypto.verifyHmac('sha256', SECRET, rawBody.text, hmacOf(bytes))).toBe(true);
    expect(crypto.hmac('sha256', SECRET, rawBody.text)).toBe(hmacOf(bytes));
    expect(crypto.verifyHmac('sha256', SECRET, `${rawBody.text} `, hmacOf(bytes))).toBe(false);
    expect(crypto.verifyHmac('sha256', 'other', rawBody.text, hmacOf(bytes))).toBe(false);
  });

  test('verifies where the body is a part of what is signed', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62]);
    const rawBody = new RawBody(() => bytes);
    const crypto = handlerCrypto(rawBody);
    const signed = Buffer.concat([Buffer.from('v0:1700000000:'), bytes]);
    expect(crypto.verifyHmac('sha256', SECRET, `v0:1700000000:${rawBody.text}`, hmacOf(signed))).toBe(true);
    expect(crypto.verifyHmac('sha256', SECRET, `v0:1700000001:${rawBody.text}`, hmacOf(signed))).toBe(false);
  });

  test('two bodies that read the same are still told apart', () => {
    const [sent, forged] = [Buffer.from([0xff]), Buffer.from([0xfe])];
    const rawBody = new RawBody(() => forged);
    expect(rawBody.text).toBe(sent.toString('utf8'));
    expect(handlerCrypto(rawBody).verifyHmac('sha256', SECRET, rawBody.text, hmacOf(sent))).toBe(false);
  });
});

test('a secret, a signature or a body that is not there verifies nothing and throws nothing', () => {
  const crypto = handlerCrypto(new RawBody(() => Buffer.alloc(0))) as any;
  expect(crypto.verifyHmac('sha256', undefined, 'x', 'y')).toBe(false);
  expect(crypto.verifyHmac('sha256', SECRET, undefined, 'y')).toBe(false);
  expect(crypto.verifyHmac('sha256', SECRET, 'x', undefined)).toBe(false);
  expect(crypto.verifyHmac('md5', SECRET, 'x', createHmac('md5', SECRET).update('x').digest('hex'))).toBe(
    false,
  );
  expect(crypto.timingSafeEqual(undefined, undefined)).toBe(false);
  expect(crypto.timingSafeEqual('', '')).toBe(false);
  expect(crypto.timingSafeEqual('same', 'same')).toBe(true);
});

test('digests are those of Node', () => {
  const crypto = handlerCrypto(new RawBody(() => Buffer.alloc(0)));
  expect(crypto.sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(crypto.digest('sha1', 'abc', 'base64')).toBe('qZk+NkcGgWq6PiVxeFDCbJzQ2J0=');
  expect(crypto.randomUUID()).toMatch(/^[\da-f]{8}-/);
});
