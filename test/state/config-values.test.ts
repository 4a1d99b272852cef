import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConfigStore } from '../../src/state/config-values';
import { openSharedDatabase, type SharedDatabase } from '../support/shared-database';
import { CI, keptLogger, sealerOf } from './secrets-under-test';

const SECRETS = new Set(['token']);
let folder: string;
let database: SharedDatabase;
let lines: string[];
const store = (fill = 1) => {
  const kept = keptLogger();
  lines = kept.lines;
  return createConfigStore({ shared: database.shared, sealer: sealerOf(fill), logger: kept.logger });
};
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-config-store-'));
  database = await openSharedDatabase(path.join(folder, 'inbox.db'), keptLogger().logger);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

test('values come back with the revision that the next change must name', async () => {
  const configs = store();
  expect(configs.get(CI)).toEqual({ values: {}, revision: 0 });
  expect(await configs.put(CI, { channel: 'x', token: { deep: ['secret'] } }, SECRETS, 0)).toBe(true);
  expect(configs.get(CI)).toEqual({ values: { channel: 'x', token: { deep: ['secret'] } }, revision: 1 });
  expect(await configs.put(CI, {}, SECRETS, 0)).toBe(false);
  expect(await configs.put(CI, {}, SECRETS, 1)).toBe(true);
  expect(configs.get(CI)).toEqual({ values: {}, revision: 2 });
});

test('secret values are sealed where they are stored, and in no log line', async () => {
  await store().put(CI, { channel: 'plain-text', token: 'secret-text' }, SECRETS, 0);
  const text = database.shared.get('config', CI)?.value ?? '';
  expect(text).toContain('plain-text');
  expect(text + lines.join('')).not.toContain('secret-text');
});

test('a value sealed with another key counts as none, the others stay', async () => {
  await store().put(CI, { channel: 'x', token: 'secret-text' }, SECRETS, 0);
  expect(store(2).get(CI).values).toEqual({ channel: 'x' });
  expect(lines.join('')).toContain('cannot be opened');
});

test('a sealed value opens for no other plugin and no other field', async () => {
  await store().put(CI, { token: 'secret-text' }, SECRETS, 0);
  const { sealed } = JSON.parse(database.shared.get('config', CI)?.value ?? '') as { sealed: object };
  const moved = { values: {}, sealed: { other: (sealed as { token: string }).token } };
  await database.shared.put('config', CI, JSON.stringify(moved), 1);
  await database.shared.put('config', 'acme.other', JSON.stringify({ values: {}, sealed }), 0);
  expect(store().get(CI).values).toEqual({});
  expect(store().get('acme.other' as typeof CI).values).toEqual({});
});

test.each(['nonsense', '[]', '{"values":[]}', '{"values":{},"sealed":{"a":1}}'])(
  'what this release did not write (%s) counts as nothing, and can be replaced',
  async (text) => {
    await database.shared.put('config', CI, text, 0);
    const configs = store();
    expect(configs.get(CI)).toEqual({ values: {}, revision: 1 });
    expect(lines.join('')).toContain('cannot be read');
    expect(await configs.put(CI, { a: 1 }, SECRETS, 1)).toBe(true);
  },
);
