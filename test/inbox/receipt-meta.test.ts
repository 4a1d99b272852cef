import { credentialPlaces } from '../../src/core/access-credentials';
import { failureText } from '../../src/inbox/failure-text';
import { isCredentialHeader, maskTarget } from '../../src/core/credentials';
import { newToken, parsePublicId, toPublicId } from '../../src/inbox/public-id';
import { packMeta, unpackRequest } from '../../src/inbox/receipt-meta';
import { draftOf, hook, testSealer } from './engine-under-test';

describe('what is sealed of a request', () => {
  test.each([
    ['Authorization', true],
    ['cookie', true],
    ['Proxy-Authorization', true],
    ['X-Gitlab-Token', true],
    ['x-telegram-bot-api-secret-token', true],
    ['X-Api-Key', true],
    ['X-Hook-Secret', true],
    ['X-Hub-Signature-256', false],
    ['Stripe-Signature', false],
    ['X-GitHub-Delivery', false],
    ['content-type', false],
  ])('the header %s: %p', (name, sealed) => expect(isCredentialHeader(name)).toBe(sealed));

  test.each([
    ['/hook?token=abc&a=1', '/hook?token=***&a=1'],
    ['/hook?a=1&%74oken=abc', '/hook?a=1&%74oken=***'],
    ['/hook?TOKEN=abc&b', '/hook?TOKEN=***&b'],
    ['/hook?%zz=1', '/hook?%zz=1'],
    ['/hook?jwt=ey.ey.ab', '/hook?jwt=***'],
    ['/token=abc', '/token=abc'],
  ])('the target %s is shown as %s', (target, shown) => expect(maskTarget(target)).toBe(shown));

  test('comes back whole, and only in its own receipt', () => {
    const request = draftOf(
      'acme.ci',
      hook('/a', () => undefined),
      {
        request: { headers: ['Cookie', 'a=b', 'Accept', '*/*', 'Cookie', 'c=d'], target: '/a?token=t' },
      },
    ).request;
    const packed = packMeta(
      request,
      { token: 'token-1', places: credentialPlaces(), remarks: ['lane threw'] },
      testSealer,
    );
    expect(packed.meta).not.toContain('a=b');
    expect(packed.meta).toContain('lane threw');
    const row = {
      ...packed,
      token: 'token-1',
      received_at: request.receivedAt,
      method: 'POST',
      ip: request.ip,
    };
    expect(unpackRequest(row, request.body, testSealer)).toEqual(request);
    expect(() => unpackRequest({ ...row, token: 'token-2' }, request.body, testSealer)).toThrow(
      /does not open/,
    );
  });
});

test('an id is found by its number and believed by its token', () => {
  const token = newToken();
  expect(parsePublicId(toPublicId(12_345, token))).toEqual({ id: 12_345, token });
  for (const wrong of ['', '1', `1-${token}x`, `1-${token.slice(1)}`, `-1-${token}`, `1 -${token}`])
    expect(parsePublicId(wrong)).toBeUndefined();
  expect(new Set(Array.from({ length: 2_000 }, newToken)).size).toBe(2_000);
});

test('an error is kept with its causes and mapped frames, without end or NUL', () => {
  const cause = new Error('deep\0down');
  const text = failureText(new Error('outer', { cause }), (stack) => stack.replaceAll('.test.ts', '.mapped'));
  expect(text).toMatch(/^Error: outer\n {4}at .*mapped/);
  expect(text).toContain('caused by: Error: deep\uFFFDdown');
  const loop = new Error('loop');
  loop.cause = loop;
  expect(failureText(loop, (stack) => stack).match(/loop/g)).toHaveLength(1);
  expect(failureText(new Error('x'.repeat(1e5)), (stack) => stack)).toHaveLength(8_192);
  expect(failureText(undefined, (stack) => stack)).toContain('undefined');
});
