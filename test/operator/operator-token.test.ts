import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import {
  operatorTokenFile,
  provideOperatorToken,
  readOperatorToken,
} from '../../src/operator/operator-token';

let data: string;
let file: string;
beforeEach(() => {
  data = path.join(mkdtempSync(path.join(tmpdir(), 'gatehouse-token-')), 'data');
  file = operatorTokenFile(data);
});
afterEach(() => rmSync(path.dirname(data), { recursive: true, force: true }));

test('the first start makes a token only its owner can read; later starts keep it', () => {
  const first = provideOperatorToken(undefined, data);
  expect(first).toMatchObject({ file, made: true });
  expect(first.token.reveal()).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(`${first.token.reveal()}\n`);
  const second = provideOperatorToken(undefined, data);
  expect([second.made, second.token.reveal()]).toEqual([false, first.token.reveal()]);
  expect(readdirSync(data)).toEqual(['operator-token']);
});

test('two data folders have two tokens', () => {
  const other = provideOperatorToken(undefined, `${data}-2`).token.reveal();
  expect(provideOperatorToken(undefined, data).token.equals(other)).toBe(false);
});

test('a configured token is used and never written', () => {
  const token = new Secret('from-the-settings');
  expect(provideOperatorToken(token, data)).toEqual({ token, file: undefined, made: false });
  expect(existsSync(file)).toBe(false);
});

test('a kept token that others could read is closed to them', () => {
  provideOperatorToken(undefined, data);
  chmodSync(file, 0o644);
  provideOperatorToken(undefined, data);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ['empty', ''],
  ['short', 'abc\n'],
  ['several lines', 'one-line-of-a-token\nanother-line-of-it\n'],
])('a token file that is %s is refused, not replaced', (_, content) => {
  provideOperatorToken(undefined, data);
  writeFileSync(file, content);
  expect(() => provideOperatorToken(undefined, data)).toThrow(
    expect.objectContaining({ code: 'operator/bad-token-file' }),
  );
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('no file is no token', () => {
  expect(readOperatorToken(file)).toBeUndefined();
});
