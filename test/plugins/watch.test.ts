import { appendFile, mkdir, rename, rm, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { watchPlugins, type Watch } from '../../src/plugins/watch';
import { PluginYard, sourceOf, until } from '../support/plugin-yard';

let yard: PluginYard;
let watch: Watch | undefined;
afterEach(async () => {
  await watch?.close();
  await yard.close();
});

async function watching(): Promise<void> {
  await yard.reconciler.rescan();
  const { reconciler, folders, data } = yard;
  watch = await watchPlugins({ reconciler, folders, data, logger: reconciler.parts.logger, quietMs: 60 });
}
const generation = (key: string) => yard.table.get(key)?.live?.generation ?? 0;

test('a changed file reloads its plugin and no other', async () => {
  yard = await PluginYard.open();
  await yard.plugin('a', 'acme.a', `import { v } from './lib/v'; note('v' + v);`);
  await yard.write('a/lib/v.ts', 'export const v = 1;');
  await yard.plugin('b', 'acme.b');
  await watching();
  await yard.write('a/lib/v.ts', 'export const v = 2;');
  await until(() => generation('acme.a') === 2);
  expect(yard.journal).toEqual(['v1', 'v2']);
  expect(generation('acme.b')).toBe(1);
});

test('a file outside that a plugin imports counts as its own', async () => {
  yard = await PluginYard.open();
  const shared = await yard.write('../shared/v.ts', 'export const v = 1;');
  await yard.plugin('a', 'acme.a', `import { v } from '../../shared/v'; note('v' + v);`);
  await watching();
  await yard.write(shared, 'export const v = 2;');
  await until(() => generation('acme.a') === 2);
  expect(yard.journal).toEqual(['v1', 'v2']);
});

test('a new folder loads, a removed one retires', async () => {
  yard = await PluginYard.open();
  await watching();
  await yard.plugin('a', 'acme.a');
  await until(() => generation('acme.a') > 0);
  await yard.remove('a');
  await until(() => yard.registry.list().length === 0);
  expect(yard.table.get('acme.a')).toBeUndefined();
});

describe('a plugins folder that is missing at the start', () => {
  const comes = async () => {
    await yard.plugin('a', 'acme.a');
    await until(() => generation('acme.a') > 0);
    const before = generation('acme.a');
    await yard.plugin('a', 'acme.a', `note('changed');`);
    await until(() => yard.journal.includes('changed') && generation('acme.a') > before);
    await yard.plugin('b', 'acme.b');
    await until(() => generation('acme.b') > 0);
  };

  test('is watched once it appears, also several folders deep', async () => {
    yard = await PluginYard.open({ folders: ['made/later/plugins'], missing: true });
    await watching();
    await comes();
  });

  test('is watched when it is made step by step, and when what stood above it was removed meanwhile', async () => {
    yard = await PluginYard.open({ folders: ['made/later/plugins'], missing: true });
    await mkdir(path.join(yard.root, 'made/later'), { recursive: true });
    await watching();
    await rm(path.join(yard.root, 'made'), { recursive: true });
    await mkdir(path.join(yard.root, 'made'));
    await mkdir(path.join(yard.root, 'made/later'));
    await comes();
  });

  test('may be moved there whole', async () => {
    yard = await PluginYard.open({ folders: ['made/plugins'], missing: true });
    await yard.write('../../elsewhere/plugins/a/index.ts', sourceOf('acme.a'));
    await watching();
    await rename(path.join(yard.root, 'elsewhere'), path.join(yard.root, 'made'));
    await until(() => generation('acme.a') > 0);
  });

  test('does not keep the others from being watched', async () => {
    yard = await PluginYard.open({ folders: ['plugins', 'missing'] });
    await rm(path.join(yard.root, 'missing'), { recursive: true });
    await watching();
    await comes();
    await yard.write('../missing/late/index.ts', sourceOf('acme.late'));
    await until(() => generation('acme.late') > 0);
  });

  test('is no longer waited for after the watch was closed', async () => {
    yard = await PluginYard.open({ folders: ['made/plugins'], missing: true });
    const watchers = () =>
      process.getActiveResourcesInfo().filter((name) => name.startsWith('FSEvent')).length;
    expect(watchers()).toBe(0);
    await watching();
    expect(watchers()).toBe(1);
    await watch?.close();
    await until(() => watchers() === 0);
  });
});

test('a failed plugin is tried again when its files change', async () => {
  yard = await PluginYard.open();
  await yard.plugin('a', 'acme.a', `throw new Error('boom');`);
  await watching();
  expect(yard.registry.find('acme.a')?.state).toBe('failed');
  await yard.plugin('a', 'acme.a');
  await until(() => generation('acme.a') === 1);
});

test('a plugin refused for its key is tried again when its files change', async () => {
  yard = await PluginYard.open();
  await yard.plugin('a', 'acme.a');
  await yard.plugin('b', 'acme.a');
  await watching();
  await yard.plugin('b', 'acme.b');
  await until(() => generation('acme.b') === 1);
});

test('a linked plugin is watched at its real place', async () => {
  yard = await PluginYard.open();
  await yard.write('../workshop/a/index.ts', sourceOf('acme.a'));
  await symlink(path.join(yard.root, 'workshop/a'), yard.place('a'));
  await watching();
  await yard.write('../workshop/a/index.ts', sourceOf('acme.a', `note('changed');`));
  await until(() => generation('acme.a') === 2);
  expect(yard.journal).toEqual(['changed']);
});

test('node_modules, the data folder and disabled plugins are left alone', async () => {
  yard = await PluginYard.open();
  await yard.plugin('a', 'acme.a');
  await yard.plugin('off', 'acme.off', `note('imported');`);
  await yard.write('a/node_modules/x/index.js', '');
  await yard.reconciler.rescan();
  await yard.registry.disable('acme.off');
  yard.journal.length = 0;
  await watching();
  await yard.write('a/node_modules/x/index.js', '// changed');
  await yard.write('../data/plugins/acme.a/state.json', '{}');
  await appendFile(yard.place('off/index.ts'), '// changed');
  await yard.plugin('last', 'acme.last');
  await until(() => generation('acme.last') === 1);
  expect(generation('acme.a')).toBe(1);
  expect(yard.journal).toEqual([]);
});

test('nothing is heard after it was closed', async () => {
  yard = await PluginYard.open();
  await yard.plugin('a', 'acme.a');
  await watching();
  await watch?.close();
  await utimes(yard.place('a/index.ts'), new Date(), new Date());
  await yard.registry.reload('acme.a');
  expect(generation('acme.a')).toBe(2);
});
