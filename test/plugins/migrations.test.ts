import { migrationsOf } from '../../src/plugins/migrations';
import { PluginYard } from '../support/plugin-yard';
import { pluginFolder } from '../support/plugin-folder';
import { Scope } from '../../src/core/scope';
import { actorNamed } from '../../src/core/actor';

/** What was asked to migrate, in order with what the plugin noted. */
let yard: PluginYard | undefined;
afterEach(() => yard?.close());

describe('the numbered files of a plugin', () => {
  const asked: string[] = [];
  const sql = { dialect: 'sqlite' as const, query: () => Promise.reject(new Error('not asked')) };
  const services = () => ({
    sql: { ...sql, migrate: async (folder: string) => void asked.push(folder) },
  });

  test('are run from its folder', async () => {
    const folder = pluginFolder({ 'migrations/001-tables.sql': 'CREATE TABLE t (x)' });
    const [effect] = await migrationsOf({ folder, from: 'folder' }, services);
    await effect?.start(new Scope(actorNamed('test')));
    expect(asked).toEqual([`${folder}/migrations`]);
  });

  test.each<[string, Record<string, string>, 'folder' | 'file']>([
    ['no such folder', { 'index.ts': '' }, 'folder'],
    ['files of another tool', { 'migrations/1700000000_init.js': '', 'migrations/README.md': '' }, 'folder'],
    ['a single file, whose folder is not its own', { 'migrations/001-x.sql': 'SELECT 1' }, 'file'],
  ])('%s: nothing is run', async (_what, files, from) => {
    expect(await migrationsOf({ folder: pluginFolder(files), from }, services)).toEqual([]);
  });
});

test('they run before the effects of the plugin, and one that fails keeps it from serving', async () => {
  let isBroken = false;
  const order: string[] = [];
  yard = await PluginYard.open({
    partsOf: () => ({
      services: {
        facesOf: () => ({
          sql: {
            dialect: 'sqlite',
            query: () => Promise.reject(new Error('not asked')),
            migrate: async () => {
              order.push('migrated');
              if (isBroken) throw new Error('syntax error near "TABEL"');
            },
          },
        }),
      },
    }),
  });
  await yard.plugin('a', 'acme.a', `plugin.onInit(() => { note('started'); });`);
  await yard.write('a/migrations/001-tables.sql', 'CREATE TABLE t (x)');
  await yard.reconciler.rescan();
  expect([...order, ...yard.journal]).toEqual(['migrated', 'started']);
  isBroken = true;
  const [plugin] = yard.reconciler.all();
  await plugin?.want('live');
  expect(plugin?.live?.generation).toBe(1);
  expect(plugin?.failure?.message).toContain('migrations threw');
  expect(plugin?.failure?.stack).toContain('TABEL');
  expect(yard.journal).toEqual(['started']);
});
