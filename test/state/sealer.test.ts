import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../src/core/ports/sealer';
import { Secret } from '../../src/core/secret';
import { provideMasterKey } from '../../src/state/master-key';
import { createSealer } from '../../src/state/sealer';

const keyFrom = (fill: number) =>
  provideMasterKey(new Secret(Buffer.alloc(32, fill).toString('base64')), '/none');
const key = keyFrom(1);
let sealer: Sealer;
beforeEach(() => {
  sealer = createSealer(key);
});
const cannotUnseal = expect.objectContaining({ code: 'host/cannot-unseal' });

test('what was sealed opens again, whatever it is, also in another process', () => {
  for (const plain of ['', 'Bearer abc', 'ü𝄞\0\n', randomBytes(100_000).toString('base64')]) {
    const sealed = sealer.seal(plain, 'receipt header');
    expect(sealer.open(sealed, 'receipt header')).toBe(plain);
    expect(createSealer(key).open(sealed, 'receipt header')).toBe(plain);
  }
});

test('the sealed text does not show the plain one, and no two are alike', () => {
  const sealed = Array.from({ length: 1_000 }, () => sealer.seal('a secret', 'x'));
  expect(new Set(sealed).size).toBe(1_000);
  for (const text of sealed) {
    expect(text).not.toContain('a secret');
    expect(text).not.toContain(Buffer.from('a secret').toString('base64url'));
    expect(text).toMatch(new RegExp(`^s1\\.${key.id}\\.[\\w-]+$`));
  }
});

test('what was sealed for one place opens at no other', () => {
  const sealed = sealer.seal('a secret', 'receipt header');
  expect(() => sealer.open(sealed, 'plugin secret')).toThrow(cannotUnseal);
});

test('changed in any part, it does not open', () => {
  const sealed = sealer.seal('a secret', 'x');
  const bytes = Buffer.from(sealed.split('.')[2] ?? '', 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => sealer.open(`s1.${key.id}.${changed.toString('base64url')}`, 'x')).toThrow(cannotUnseal);
  }
  for (let length = 0; length < bytes.length; length += 1)
    expect(() => sealer.open(`s1.${key.id}.${bytes.subarray(0, length).toString('base64url')}`, 'x')).toThrow(
      cannotUnseal,
    );
});

test.each(['', 's1', 's1.', 'plain text', 's2.00000000.AAAA', 's1.ffffffff.AAAA'])(
  'something never sealed does not open: "%s"',
  (text) => {
    expect(() => sealer.open(text, 'x')).toThrow(cannotUnseal);
  },
);

test('after a change of key the previous one still opens, and alone no more', () => {
  const old = sealer.seal('a secret', 'x');
  const next = keyFrom(2);
  expect(createSealer(next, [key]).open(old, 'x')).toBe('a secret');
  expect(() => createSealer(next).open(old, 'x')).toThrow(cannotUnseal);
  const fresh = createSealer(next, [key]).seal('a secret', 'x');
  expect(() => sealer.open(fresh, 'x')).toThrow(cannotUnseal);
});
