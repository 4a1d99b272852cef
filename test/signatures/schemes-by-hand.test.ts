import { createHmac } from 'node:crypto';
import { createSchemesByHand } from '../../src/signatures/schemes-by-hand';

const NOW = Date.UTC(2026, 0, 2);
const BODY = Buffer.from('{"id":"e1"}');
const parts = { clock: { now: () => NOW }, jsonBytes: 1_000 };
const schemes = createSchemesByHand({ publicUrl: 'https://hooks.example.org', ...parts });
const request = (headers: string[], body: () => Buffer = () => BODY, target = '/hook') => ({
  ...{ method: 'POST', target, headers, body },
});
const mac = (text: string | Buffer, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', 'key').update(text).digest(encoding);
const stripe = (atMs: number) => {
  const moment = String(atMs / 1_000);
  return request(['Stripe-Signature', `t=${moment},v1=${mac(`${moment}.${BODY.toString()}`)}`]);
};

test('a request is verified as its sender signs, the moment judged now', () => {
  expect(schemes.verify('github', request(['X-Hub-Signature-256', `sha256=${mac(BODY)}`]), 'key')).toBe(true);
  expect(schemes.verify('github', request(['X-Hub-Signature-256', `sha256=${mac('else')}`]), 'key')).toBe(
    false,
  );
  expect(schemes.verify('github', request([]), 'key')).toBe(false);
  expect([stripe(NOW), stripe(NOW - 600_000)].map((one) => schemes.verify('stripe', one, 'key'))).toEqual([
    true,
    false,
  ]);
});

test('a sender that signs the address is judged by the public one', () => {
  const signature = mac(`https://hooks.example.org/hook?a=1${BODY.toString()}`, 'base64');
  const signed = request(['x-square-hmacsha256-signature', signature], () => BODY, '/hook?a=1');
  expect(schemes.verify('square', signed, 'key')).toBe(true);
  const nameless = createSchemesByHand({ publicUrl: undefined, ...parts });
  expect(nameless.verify('square', signed, 'key')).toBe(false);
});

test('no secret, and a sender that is not known or needs more than a secret, verify nothing', () => {
  const empty = createHmac('sha256', '').update(BODY).digest('hex');
  expect(schemes.verify('github', request(['X-Hub-Signature-256', `sha256=${empty}`]), '')).toBe(false);
  expect(schemes.verify('nobody', request([]), 'key')).toBe(false);
  expect(schemes.verify('sns', request([]), 'key')).toBe(false);
  expect(schemes.ids).toContain('github');
  expect(schemes.ids).not.toContain('sns');
});

describe('a form', () => {
  const signed = (text: string, type = 'application/x-www-form-urlencoded') =>
    request(['Content-Type', type, 'X-Gitea-Signature', mac('{}')], () => Buffer.from(text));

  test('is read as the gate reads it: its `payload` is signed, and of another type the body', () => {
    expect(schemes.verify('gitea', signed('payload=%7B%7D'), 'key')).toBe(true);
    expect(schemes.verify('gitea', signed('payload=%7B%7D', 'text/plain'), 'key')).toBe(false);
    expect(schemes.verify('gitea', signed('{}', 'text/plain'), 'key')).toBe(true);
  });

  test('of more than 10,000 fields has none', () => {
    expect(schemes.verify('gitea', signed(`payload=%7B%7D${'&a'.repeat(9_999)}`), 'key')).toBe(true);
    expect(schemes.verify('gitea', signed(`payload=%7B%7D${'&a'.repeat(200_000)}`), 'key')).toBe(false);
  });
});

describe('a body that was not kept', () => {
  const gone = () => {
    throw new Error('the body was not kept');
  };

  test('is told where it is signed', () => {
    const signed = request(['X-Hub-Signature-256', `sha256=${mac(BODY)}`], gone);
    expect(() => schemes.verify('github', signed, 'key')).toThrow('the body was not kept');
  });

  test('does not matter where it is not', () => {
    const token = (value: string) => request(['X-Gitlab-Token', value], gone);
    expect(schemes.verify('gitlab', token('key'), 'key')).toBe(true);
    expect(schemes.verify('gitlab', token('other'), 'key')).toBe(false);
  });
});
