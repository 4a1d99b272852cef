import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import winston from 'winston';
import { Writable } from 'node:stream';
import type { PluginKey } from '../../src/core/plugin-key';
import { WantedState } from '../../src/plugins/wanted-state';

const ci = 'acme.ci' as PluginKey;
const hook = 'acme.hook' as PluginKey;
let data: string;
let warnings: string[];
beforeEach(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'gatehouse-wanted-'));
  warnings = [];
});
afterEach(() => rm(data, { recursive: true }));

const file = () => path.join(data, 'plugins.json');
function open(newPlugins: 'enabled' | 'disabled' = 'enabled'): Promise<WantedState> {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      warnings.push(chunk.toString());
      done();
    },
  });
  const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
  return WantedState.open({ file: file(), newPlugins, logger });
}

test('remembers who is disabled, and which key a place last loaded with', async () => {
  const state = await open();
  await state.setEnabled(ci, false);
  state.remember('/plugins/ci', ci, true);
  state.remember('/plugins/hook', hook, true);
  await state.flush();
  const again = await open('disabled');
  expect([again.isEnabled(ci), again.isEnabled(hook)]).toEqual([false, true]);
  expect(again.keyOf('/plugins/ci')).toBe(ci);
  expect(again.keyOf('/plugins/none')).toBeUndefined();
});

test('what was never seen is as the policy says', async () => {
  expect((await open('enabled')).isEnabled(ci)).toBe(true);
  expect((await open('disabled')).isEnabled(ci)).toBe(false);
  expect((await open('disabled')).isPlaceEnabled('/plugins/x')).toBe(false);
});

test('a yes to a place without a key passes to the key it turns out to have, never over a no', async () => {
  const state = await open('disabled');
  await state.setPlaceEnabled('/plugins/x', true);
  expect((await open('disabled')).admits('/plugins/x', ci)).toBe(true);
  await state.setEnabled(ci, false);
  expect(state.admits('/plugins/x', ci)).toBe(false);
});

test('many changes at once all reach the disk, and no temporary file stays', async () => {
  const state = await open();
  const keys = Array.from({ length: 200 }, (_, index) => `acme.p${index}` as PluginKey);
  await Promise.all(keys.map((key, index) => state.setEnabled(key, index % 2 === 0)));
  const again = await open();
  expect(keys.filter((key) => again.isEnabled(key))).toHaveLength(100);
  expect(await readdir(data)).toEqual(['plugins.json']);
});

test.each([
  ['not JSON', '{"version":1,'],
  ['empty', ''],
  ['another version', '{"version":2,"plugins":{},"places":{}}'],
  ['no key', '{"version":1,"plugins":{"__proto__x":{"enabled":true}},"places":{}}'],
  ['no boolean', '{"version":1,"plugins":{"acme.ci":{"enabled":"no"}},"places":{}}'],
  ['another shape', '[]'],
])('a file that is %s is moved aside whole, with a warning', async (_what, text) => {
  await writeFile(file(), text);
  const state = await open();
  expect(state.isEnabled(ci)).toBe(true);
  const [aside, ...rest] = await readdir(data);
  expect(rest).toEqual([]);
  expect(aside).toMatch(/^plugins\.json\.unreadable-\d+$/);
  expect(await readFile(path.join(data, aside ?? ''), 'utf8')).toBe(text);
  expect(warnings.join()).toContain(aside);
  await state.setEnabled(ci, false);
  expect((await open()).isEnabled(ci)).toBe(false);
});

test('what cannot be written counts all the same, and the caller is told that a restart forgets it', async () => {
  const state = await open();
  await rm(data, { recursive: true });
  await writeFile(data, 'a file where the folder was');
  await expect(state.setEnabled(ci, false)).rejects.toMatchObject({
    code: 'plugin/state-unsaved',
    message: expect.stringContaining('acme.ci is disabled'),
  });
  expect(state.isEnabled(ci)).toBe(false);
  state.remember('/plugins/hook', hook, true);
  await state.flush();
  expect(warnings.join()).toContain('acme.hook');
});
