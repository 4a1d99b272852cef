import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import { resolveSettings } from '../../src/core/settings-resolver';
import {
  previousKeysFile,
  provideMasterKey,
  providePreviousKeys,
  replaceMasterKey,
} from '../../src/state/master-key';

let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'gatehouse-keys-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));
const badKey = expect.objectContaining({ code: 'host/bad-master-key' });
const text = (fill: number) => Buffer.alloc(32, fill).toString('base64');

test('there are none at first; a key that is replaced becomes one, the latest first', () => {
  const first = provideMasterKey(undefined, data).id;
  expect(providePreviousKeys([], data)).toEqual([]);
  const second = replaceMasterKey(data).id;
  const third = replaceMasterKey(data).id;
  expect(provideMasterKey(undefined, data)).toMatchObject({ id: third, made: false });
  expect(providePreviousKeys([], data).map(({ id }) => id)).toEqual([second, first]);
  expect(new Set([first, second, third]).size).toBe(3);
});

test('what ends between the two files leaves the key in both, and the next change writes it once', () => {
  const first = provideMasterKey(undefined, data);
  writeFileSync(previousKeysFile(data), `${first.bytes.toString('base64')}\n`, { mode: 0o600 });
  expect(providePreviousKeys([], data).map(({ id }) => id)).toEqual([first.id]);
  replaceMasterKey(data);
  expect(providePreviousKeys([], data).map(({ id }) => id)).toEqual([first.id]);
});

test('those of the settings go before those of the folder', () => {
  const kept = provideMasterKey(undefined, data).id;
  replaceMasterKey(data);
  const keys = providePreviousKeys([new Secret(text(1)), new Secret(text(2))], data);
  expect(keys.map(({ bytes }) => bytes[0]).slice(0, 2)).toEqual([1, 2]);
  expect(keys[2]?.id).toBe(kept);
});

test('a file that others may read, or that holds no keys, is refused', () => {
  provideMasterKey(undefined, data);
  replaceMasterKey(data);
  const file = previousKeysFile(data);
  chmodSync(file, 0o644);
  expect(() => providePreviousKeys([], data)).toThrow(badKey);
  expect(() => replaceMasterKey(data)).toThrow(badKey);
  chmodSync(file, 0o600);
  writeFileSync(file, `${readFileSync(file, 'utf8')}nonsense\n`);
  expect(() => providePreviousKeys([], data)).toThrow(badKey);
  expect(() => providePreviousKeys([new Secret('nonsense')], '/none')).toThrow(badKey);
});

test('a key is not replaced where there is none', () => {
  expect(() => replaceMasterKey(data)).toThrow(badKey);
});

test('a file with two master keys is refused', () => {
  const { file } = provideMasterKey(undefined, data);
  writeFileSync(file ?? '', `${text(1)}\n${text(2)}\n`);
  expect(() => provideMasterKey(undefined, data)).toThrow(badKey);
});

test('GATEHOUSE_PREVIOUS_MASTER_KEYS is a list, checked at start and never repeated', () => {
  const resolve = (value: string) =>
    resolveSettings({
      flags: {},
      env: { GATEHOUSE_PREVIOUS_MASTER_KEYS: value },
      file: undefined,
      fileName: undefined,
      workingFolder: '/',
    });
  const { previousMasterKeys } = resolve(`${text(1)}, ${text(2)}`).settings;
  expect(previousMasterKeys.map((key) => key.reveal())).toEqual([text(1), text(2)]);
  expect(resolve('').settings.previousMasterKeys).toEqual([]);
  const wrong = `${text(1)},correct-horse`;
  expect(() => resolve(wrong)).toThrow(
    expect.objectContaining({
      code: 'settings/invalid',
      message: expect.not.stringContaining('correct-horse'),
    }),
  );
});
