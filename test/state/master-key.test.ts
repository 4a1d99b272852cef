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
import { resolveSettings } from '../../src/core/settings-resolver';
import { masterKeyFile, provideMasterKey } from '../../src/state/master-key';

let data: string;
let file: string;
beforeEach(() => {
  data = path.join(mkdtempSync(path.join(tmpdir(), 'gatehouse-key-')), 'data');
  file = masterKeyFile(data);
});
afterEach(() => rmSync(path.dirname(data), { recursive: true, force: true }));
const badKey = expect.objectContaining({ code: 'host/bad-master-key' });

test('the first start makes a key only its owner can read; later starts keep it', () => {
  const first = provideMasterKey(undefined, data);
  expect(first).toMatchObject({ file, made: true });
  expect(first.bytes).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const second = provideMasterKey(undefined, data);
  expect(second).toMatchObject({ made: false, id: first.id });
  expect(second.bytes.equals(first.bytes)).toBe(true);
  expect(readdirSync(data)).toEqual(['master-key']);
});

test('two data folders have two keys', () => {
  expect(provideMasterKey(undefined, `${data}-2`).id).not.toBe(provideMasterKey(undefined, data).id);
});

test('a configured key may be written as base64, base64url or hexadecimal digits, and is never written', () => {
  const bytes = Buffer.alloc(32, 0xfb);
  const texts = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex').toUpperCase()];
  for (const text of texts) {
    const key = provideMasterKey(new Secret(text), data);
    expect(key).toMatchObject({ file: undefined, made: false });
    expect(key.bytes.equals(bytes)).toBe(true);
  }
  expect(existsSync(data)).toBe(false);
});

test('a key file that others may read is refused, not mended', () => {
  provideMasterKey(undefined, data);
  for (const mode of [0o640, 0o604, 0o644]) {
    chmodSync(file, mode);
    expect(() => provideMasterKey(undefined, data)).toThrow(badKey);
    expect(statSync(file).mode & 0o777).toBe(mode);
  }
});

test.each([
  ['empty', ''],
  ['short', `${Buffer.alloc(31).toString('base64')}\n`],
  ['long', `${Buffer.alloc(33).toString('base64')}\n`],
  ['not base64', `${'!'.repeat(43)}\n`],
])('a key file that is %s is refused, not replaced', (_, content) => {
  provideMasterKey(undefined, data);
  writeFileSync(file, content);
  expect(() => provideMasterKey(undefined, data)).toThrow(badKey);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('GATEHOUSE_MASTER_KEY is checked at start and never repeated', () => {
  const resolve = (value: string) =>
    resolveSettings({
      flags: {},
      env: { GATEHOUSE_MASTER_KEY: value },
      file: undefined,
      fileName: undefined,
      workingFolder: '/',
    }).settings.masterKey;
  expect(resolve('ab'.repeat(32))?.reveal()).toBe('ab'.repeat(32));
  const wrong = () => resolve('not-a-key-0123456789');
  expect(wrong).toThrow(/masterKey \(GATEHOUSE_MASTER_KEY\): a value that is not 32 bytes/);
  expect(wrong).not.toThrow(/not-a-key/);
});
