import { createHmac } from 'node:crypto';
import { byHand, digest, timingSafeEqual, verifyHmac } from '../../src/core/by-hand';

const BODY = Buffer.from('\ufeff{"a":"é"}\r\n');
const mac = (encoding: 'hex' | 'base64', hash = 'sha256') =>
  createHmac(hash, 'secret').update(BODY).digest(encoding);

describe('verifyHmac', () => {
  test('takes hex in either case and base64, over bytes or text', () => {
    expect(verifyHmac('sha256', 'secret', BODY, mac('hex'))).toBe(true);
    expect(verifyHmac('sha256', 'secret', BODY, mac('hex').toUpperCase())).toBe(true);
    expect(verifyHmac('SHA-256', Buffer.from('secret'), BODY, mac('base64'))).toBe(true);
    expect(verifyHmac('sha512', 'secret', BODY, mac('base64', 'sha512'))).toBe(true);
    expect(verifyHmac('sha256', 'secret', BODY.toString(), mac('hex'))).toBe(true);
  });

  test('is harmless to await', async () => {
    await expect(Promise.resolve(verifyHmac('sha256', 'secret', BODY, mac('hex')))).resolves.toBe(true);
  });

  test.each<[string, unknown[]]>([
    ['another body', ['sha256', 'secret', Buffer.concat([BODY, Buffer.of(0)]), mac('hex')]],
    ['another secret', ['sha256', 'Secret', BODY, mac('hex')]],
    ['an empty secret', ['sha256', '', BODY, createHmac('sha256', '').update(BODY).digest('hex')]],
    ['no secret', ['sha256', undefined, BODY, mac('hex')]],
    ['no signature', ['sha256', 'secret', BODY, undefined]],
    ['an empty signature', ['sha256', 'secret', BODY, '']],
    ['its prefix left on', ['sha256', 'secret', BODY, `sha256=${mac('hex')}`]],
    ['half a signature', ['sha256', 'secret', BODY, mac('hex').slice(0, 32)]],
    ['letters that are no hex', ['sha256', 'secret', BODY, `zz${mac('hex').slice(2)}`]],
    ['letters of several bytes', ['sha256', 'secret', BODY, `é${mac('hex').slice(1)}`]],
    ['base64 without padding', ['sha256', 'secret', BODY, mac('base64').replace('=', '')]],
    ['a weak hash', ['md5', 'secret', BODY, createHmac('md5', 'secret').update(BODY).digest('hex')]],
    ['no hash at all', ['nonsense', 'secret', BODY, mac('hex')]],
    ['a body that was parsed', ['sha256', 'secret', { a: 'é' }, mac('hex')]],
  ])('refuses %s', (_what, parameters) => {
    expect(verifyHmac(...(parameters as Parameters<typeof verifyHmac>))).toBe(false);
  });
});

describe('timingSafeEqual', () => {
  test('compares texts and bytes of any length', () => {
    expect(timingSafeEqual('é', 'é')).toBe(true);
    expect(timingSafeEqual('é', Buffer.from('é'))).toBe(true);
    expect(timingSafeEqual('a', 'ab')).toBe(false);
    expect(timingSafeEqual('ab', 'ac')).toBe(false);
  });

  test('finds nothing equal to what is empty or missing', () => {
    expect(timingSafeEqual('', '')).toBe(false);
    expect(timingSafeEqual(undefined as never, undefined as never)).toBe(false);
    expect(timingSafeEqual(null as never, 'x')).toBe(false);
    expect(timingSafeEqual(7 as never, 7 as never)).toBe(false);
  });
});

describe('digest', () => {
  // FIPS 180-2, appendix B.1.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

  test('hashes text and bytes, as hex or base64', () => {
    expect(digest('sha256', 'abc')).toBe(abc);
    expect(digest('sha256', Buffer.from('abc'))).toBe(abc);
    expect(digest('sha256', 'abc', 'base64')).toBe(Buffer.from(abc, 'hex').toString('base64'));
  });

  test('refuses a hash that there is not', () => {
    expect(() => digest('sha0', 'abc')).toThrow();
  });

  test('stands beside the others under one name', () => {
    expect(byHand).toEqual({ digest, timingSafeEqual, verifyHmac });
  });
});
