import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import winston from 'winston';
import { Writable } from 'node:stream';
import type { PluginKey } from '../../src/core/plugin-key';
import { WantedState } from '../../src/plugins/wanted-state';
import { openSharedDatabase, type SharedDatabase } from '../support/shared-database';

const ci = 'acme.ci' as PluginKey;
const hook = 'acme.hook' as PluginKey;
let root: string;
let data: string;
let warnings: string[];
let database: SharedDatabase;
const opened: WantedState[] = [];
const logger = winston.createLogger({
  transports: [
    new winston.transports.Stream({
      stream: new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          warnings.push(chunk.toString());
          done();
        },
      }),
    }),
  ],
});
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gatehouse-wanted-'));
  data = path.join(root, 'data');
  await mkdir(data);
  warnings = [];
  database = await openSharedDatabase(path.join(root, 'inbox.db'), logger);
});
afterEach(async () => {
  for (const state of opened.splice(0)) await state.close();
  await database.close();
  await rm(root, { recursive: true });
});

const file = () => path.join(data, 'plugins.json');
async function open(newPlugins: 'enabled' | 'disabled' = 'enabled'): Promise<WantedState> {
  const { shared } = database;
  const state = await WantedState.open({ file: file(), shared, newPlugins, logger });
  opened.push(state);
  return state;
}
async function forgetDatabase(): Promise<void> {
  for (const state of opened.splice(0)) await state.close();
  await database.close();
  await rm(path.join(root, 'inbox.db'));
  database = await openSharedDatabase(path.join(root, 'inbox.db'), logger);
}
const written = async () => JSON.parse(await readFile(file(), 'utf8')) as { plugins: unknown };

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
  await state.flush();
  expect(await readdir(data)).toEqual(['plugins.json']);
  await forgetDatabase();
  const again = await open('disabled');
  expect(keys.filter((key) => again.isEnabled(key))).toHaveLength(100);
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

test('a file that cannot be written is told, and does not keep a change of a key from counting', async () => {
  const state = await open();
  await rm(data, { recursive: true });
  await writeFile(data, 'a file where the folder was');
  await state.setEnabled(ci, false);
  expect(state.isEnabled(ci)).toBe(false);
  state.remember('/plugins/hook', hook, true);
  await state.flush();
  expect(warnings.join()).toContain('could not be written');
  await expect(state.setPlaceEnabled('/plugins/x', false)).rejects.toMatchObject({
    code: 'plugin/state-unsaved',
    message: expect.stringContaining('/plugins/x is disabled'),
  });
  expect(state.isPlaceEnabled('/plugins/x')).toBe(false);
});

test('a file from before is taken over by the database, once', async () => {
  await writeFile(
    file(),
    JSON.stringify({
      version: 1,
      plugins: { 'acme.ci': { enabled: false }, 'acme.hook': { enabled: true } },
      places: { '/plugins/ci': { key: 'acme.ci' } },
    }),
  );
  const state = await open();
  expect([state.isEnabled(ci), state.isEnabled(hook), state.keyOf('/plugins/ci')]).toEqual([false, true, ci]);
  await state.setEnabled(ci, true);
  await state.flush();
  await writeFile(
    file(),
    JSON.stringify({ version: 1, plugins: { 'acme.ci': { enabled: false } }, places: {} }),
  );
  expect((await open()).isEnabled(ci)).toBe(true);
  expect(warnings.join()).toContain('acme.ci is enabled, as the database has it');
});

test('a host that moves to another database takes along what it wants', async () => {
  const state = await open();
  await state.setEnabled(ci, false);
  await state.flush();
  expect(await written()).toMatchObject({ plugins: { 'acme.ci': { enabled: false } } });
  await forgetDatabase();
  expect((await open()).isEnabled(ci)).toBe(false);
});

test('what another host wants is wanted here, and noted in the file', async () => {
  const state = await open();
  await database.shared.put('plugins', ci, '{"enabled":false,"reloads":3}');
  expect([state.isEnabled(ci), state.of(ci)?.reloads]).toEqual([false, 3]);
  await state.flush();
  expect(await written()).toMatchObject({ plugins: { 'acme.ci': { enabled: false } } });
});

test.each(['', 'null', '7', '{}', '{"enabled":"yes"}', '{"enabled":1,"reloads":"x"}'])(
  'a wish that cannot be understood runs nothing: %s',
  async (text) => {
    const state = await open();
    await database.shared.put('plugins', ci, text);
    expect(state.isEnabled(ci)).toBe(false);
    expect(state.of(ci)).toEqual({ enabled: false, reloads: 0 });
  },
);

test('without its database a change is refused with 503, and nothing is changed', async () => {
  const state = await open();
  await state.setEnabled(ci, true);
  await database.close();
  await expect(state.setEnabled(ci, false)).rejects.toMatchObject({
    code: 'plugin/change-refused',
    status: 503,
    headers: { 'retry-after': '5' },
  });
  expect(state.isEnabled(ci)).toBe(true);
});

test('a first load never overrules what was wanted meanwhile', async () => {
  const state = await open();
  const disabling = state.setEnabled(ci, false);
  state.remember('/plugins/ci', ci, true);
  await disabling;
  await state.flush();
  expect(state.isEnabled(ci)).toBe(false);
});

test('a change that was about no plugin is taken back, unless it was changed again', async () => {
  const state = await open();
  const first = await state.setEnabled(ci, false);
  await state.undo(ci, first, undefined);
  expect(state.of(ci)).toBeUndefined();
  const second = await state.setEnabled(ci, false);
  await state.setEnabled(ci, true);
  await state.undo(ci, second, undefined);
  expect(state.isEnabled(ci)).toBe(true);
});
