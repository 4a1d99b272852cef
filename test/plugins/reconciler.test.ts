import { PluginYard, until } from '../support/plugin-yard';

let yard: PluginYard;
afterEach(() => yard.close());

const HOOKS = `
plugin.onInit((scope) => { note('init'); scope.defer('poller', () => note('poller stopped')); });
plugin.onCleanup((scope) => note('cleanup ' + scope.reason));
plugin.onEnabled(() => note('enabled'));
plugin.onDisabled(() => note('disabled'));
plugin.get('/v', () => 1);`;

describe('a plugin in a folder', () => {
  test('is loaded, started in the order of its hooks, and listed', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOOKS);
    await yard.reconciler.rescan();
    expect(yard.journal).toEqual(['init', 'enabled']);
    expect(yard.registry.list()).toMatchObject([
      {
        key: 'acme.ci',
        folder: yard.place('ci'),
        state: 'live',
        generation: 1,
        url: '/api/plugin/acme.ci/',
        version: '1.0.0',
        endpoints: [{ method: 'GET', path: '/v', url: '/api/plugin/acme.ci/v', access: 'public' }],
        leases: 0,
      },
    ]);
    expect(yard.registry.find('acme.ci')?.effects).toContain('poller');
    expect(yard.table.get('acme.ci')?.live?.generation).toBe(1);
  });

  test('is undone last-in first-out, and onDisabled runs on disable alone', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOOKS);
    await yard.reconciler.rescan();
    yard.journal.length = 0;
    await yard.registry.reload('acme.ci');
    await until(() => yard.journal.length === 4);
    expect(yard.journal).toEqual(['init', 'enabled', 'poller stopped', 'cleanup reload']);
    yard.journal.length = 0;
    await yard.registry.disable('acme.ci');
    expect(yard.journal).toEqual(['disabled', 'poller stopped', 'cleanup disable']);
    await yard.registry.enable('acme.ci');
    yard.journal.length = 0;
    await yard.reconciler.shutdown(1_000);
    expect(yard.journal).toEqual(['poller stopped', 'cleanup shutdown']);
  });

  test('is listed in the order of discovery, however long each took to load', async () => {
    yard = await PluginYard.open();
    await yard.plugin('b', 'acme.first', `await new Promise((r) => setTimeout(r, 50));`);
    await yard.plugin('c', 'acme.second');
    await yard.plugin('a', 'zzz.third');
    await yard.reconciler.rescan();
    expect(yard.registry.list().map(({ key }) => key)).toEqual(['zzz.third', 'acme.first', 'acme.second']);
  });

  test('is known but not ready while it loads for the first time', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', `await gate('import');`);
    const booted = yard.reconciler.rescan();
    await until(() => yard.table.get('acme.ci') !== undefined);
    expect(yard.table.get('acme.ci')).toMatchObject({ absent: { why: 'starting' } });
    expect(yard.registry.find('acme.ci')?.state).toBe('loading');
    const opening = setInterval(() => yard.openGate('import'), 5);
    await booted;
    clearInterval(opening);
    expect(yard.registry.find('acme.ci')?.state).toBe('live');
  });

  test('without an entry, or whose entry exports no plugin, is listed with what to do', async () => {
    yard = await PluginYard.open();
    await yard.write('empty/readme.md', 'nothing');
    await yard.write('other/index.ts', 'export const answer = 42;');
    await yard.reconciler.rescan();
    const [empty, other] = yard.registry.list();
    expect(empty).toMatchObject({ key: undefined, state: 'failed', failure: { code: 'plugin/no-entry' } });
    expect(other).toMatchObject({ key: undefined, state: 'failed', failure: { code: 'plugin/no-export' } });
  });
});

describe('two places with one key', () => {
  test('the first in discovery order keeps it and the second is named with both places', async () => {
    yard = await PluginYard.open();
    await yard.plugin('a', 'acme.ci');
    await yard.plugin('b', 'acme.ci');
    await yard.reconciler.rescan();
    const [first, second] = yard.registry.list();
    expect(first).toMatchObject({ key: 'acme.ci', state: 'live' });
    expect(second).toMatchObject({ key: 'acme.ci', state: 'failed' });
    expect(second?.failure?.code).toBe('plugin/duplicate-key');
    expect(second?.failure?.message).toContain(yard.place('a'));
    expect(second?.failure?.message).toContain(yard.place('b'));
    expect(yard.registry.find('acme.ci')?.folder).toBe(yard.place('a'));
    await expect(yard.registry.disable(yard.place('b'))).rejects.toMatchObject({
      code: 'plugin/duplicate-key',
    });
  });

  test('the first keeps it even when only its code tells its key and it loads last', async () => {
    yard = await PluginYard.open();
    const hidden = `import { Plugin } from 'gatehouse';
const who = ['acme', 'ci'];
await new Promise((resolve) => setTimeout(resolve, 100));
export const plugin = new Plugin({ author: who[0], module: who[1], version: '1.0.0', name: 'x', description: 'x' });`;
    await yard.write('a/index.ts', hidden);
    await yard.plugin('b', 'acme.ci', `plugin.onCleanup(() => note('b ended'));`);
    await yard.reconciler.rescan();
    const [first, second] = yard.registry.list();
    expect(first).toMatchObject({ key: 'acme.ci', state: 'live' });
    expect(second).toMatchObject({ state: 'failed', failure: { code: 'plugin/duplicate-key' } });
    await until(() => yard.journal.includes('b ended'));
    expect(yard.table.get('acme.ci')?.live?.mount.info.name).toBe('x');
  });

  test('one found later never drives out one that runs, and takes over when that one goes', async () => {
    yard = await PluginYard.open();
    await yard.plugin('b', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin('a', 'acme.ci', `plugin.onInit(() => note('a up'));`);
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')?.folder).toBe(yard.place('b'));
    await yard.remove('b');
    await yard.reconciler.rescan();
    await until(() => yard.registry.find('acme.ci')?.state === 'live');
    expect(yard.registry.find('acme.ci')?.folder).toBe(yard.place('a'));
    expect(yard.journal).toEqual(['a up']);
  });

  test('a wrong guess does not cost another plugin its key', async () => {
    yard = await PluginYard.open();
    await yard.plugin('b', 'acme.ci');
    await yard.write('a/package.json', JSON.stringify({ gatehouse: { author: 'acme', module: 'ci' } }));
    await yard.plugin('a', 'acme.other');
    await yard.reconciler.rescan();
    await until(() => yard.registry.list().every(({ state }) => state === 'live'));
    expect(yard.registry.list().map(({ key }) => key)).toEqual(['acme.other', 'acme.ci']);
  });
});

describe('enabled and disabled', () => {
  test('survive a restart, and a disabled plugin is not even imported', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', `note('imported');`);
    await yard.reconciler.rescan();
    expect(await yard.registry.disable('acme.ci')).toEqual({
      key: 'acme.ci',
      ok: true,
      state: 'disabled',
      generation: 0,
    });
    expect(yard.table.get('acme.ci')).toBeUndefined();
    yard.journal.length = 0;
    await yard.restart();
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([{ key: 'acme.ci', state: 'disabled', generation: 0 }]);
    expect(yard.table.get('acme.ci')).toBeUndefined();
    expect(yard.journal).toEqual([]);
    await expect(yard.registry.reload('acme.ci')).rejects.toMatchObject({ code: 'plugin/disabled' });
    await yard.registry.enable('acme.ci');
    await yard.restart();
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')?.state).toBe('live');
  });

  test('disabling takes effect as soon as it is stored, also while a reload is under way', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.ci', `plugin.onInit(() => { note('init'); return gate('never'); });`);
    const reloading = yard.registry.reload('acme.ci');
    await until(() => yard.journal.includes('init'));
    const disabling = yard.registry.disable('acme.ci');
    await until(() => yard.table.get('acme.ci') === undefined);
    expect(await disabling).toMatchObject({ ok: true, state: 'disabled' });
    expect(await reloading).toMatchObject({ state: 'disabled' });
  });

  test('wishes that flap end at the last one, and everyone hears it', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOOKS);
    await yard.reconciler.rescan();
    yard.journal.length = 0;
    const verbs = ['disable', 'enable', 'disable', 'enable', 'disable'] as const;
    const outcomes = await Promise.all(verbs.map((verb) => yard.registry[verb]('acme.ci')));
    expect(outcomes.map(({ state }) => state)).toEqual(verbs.map(() => 'disabled'));
    expect(yard.journal).toEqual(['disabled', 'poller stopped', 'cleanup disable']);
    expect(yard.wanted.isEnabled('acme.ci' as any)).toBe(false);
  });

  test('with newPlugins disabled nothing new is imported until an operator says so, by key or folder', async () => {
    yard = await PluginYard.open({ newPlugins: 'disabled' });
    await yard.plugin('ci', 'acme.ci', `note('ci');`);
    const hidden = `import { Plugin } from 'gatehouse'; import { note } from 'gatehouse/journal'; note('hidden');
const who = ['acme', 'hidden'];
export const plugin = new Plugin({ author: who[0], module: who[1], version: '1.0.0', name: 'x', description: 'x' });`;
    await yard.write('hidden/index.ts', hidden);
    await yard.reconciler.rescan();
    expect(yard.registry.list().map(({ state }) => state)).toEqual(['disabled', 'disabled']);
    expect(yard.journal).toEqual([]);
    expect(await yard.registry.enable('acme.ci')).toMatchObject({ ok: true, state: 'live' });
    expect(await yard.registry.enable('hidden')).toMatchObject({ key: 'acme.hidden', state: 'live' });
    await yard.restart();
    await yard.reconciler.rescan();
    expect(yard.registry.list().map(({ state }) => state)).toEqual(['live', 'live']);
  });

  test('of a key nobody has is refused', async () => {
    yard = await PluginYard.open();
    await yard.reconciler.rescan();
    for (const verb of ['enable', 'disable', 'reload'] as const)
      await expect(yard.registry[verb]('acme.nope')).rejects.toMatchObject({ code: 'plugin/unknown' });
  });

  test('a plugin whose code says another, disabled key is not started', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.registry.disable('acme.ci');
    await yard.remove('ci');
    await yard.reconciler.rescan();
    await yard.write('new/package.json', JSON.stringify({ gatehouse: { author: 'acme', module: 'new' } }));
    await yard.plugin('new', 'acme.ci', `plugin.onInit(() => note('started'));`);
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([{ key: 'acme.ci', state: 'disabled' }]);
    expect(yard.journal).toEqual([]);
  });
});

describe('rescan', () => {
  test('loads what is new, retires what is gone and leaves the rest alone', async () => {
    yard = await PluginYard.open();
    await yard.plugin('stays', 'acme.stays', `note('stays');`);
    await yard.plugin('goes', 'acme.goes', `plugin.onCleanup((scope) => note('goes ' + scope.reason));`);
    await yard.reconciler.rescan();
    await yard.remove('goes');
    await yard.plugin('comes', 'acme.comes');
    await yard.registry.rescan();
    expect(yard.registry.list().map(({ key }) => key)).toEqual(['acme.comes', 'acme.stays']);
    expect(yard.table.get('acme.goes')).toBeUndefined();
    await until(() => yard.journal.length === 2);
    expect(yard.journal).toEqual(['stays', 'goes remove']);
    await expect(yard.registry.reload('acme.goes')).rejects.toMatchObject({ code: 'plugin/unknown' });
  });

  test('takes nothing down because a plugins folder cannot be read', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.rename('plugins', 'elsewhere');
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')?.state).toBe('live');
    const missing = yard.registry.list().find(({ state }) => state === 'failed');
    expect(missing?.failure?.code).toBe('plugin/folder-unreadable');
    await yard.rename('elsewhere', 'plugins');
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([{ key: 'acme.ci', state: 'live' }]);
  });

  test('tries a plugin again whose package.json was repaired', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.write('ci/package.json', '{');
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([{ failure: { code: 'plugin/invalid-manifest' } }]);
    await yard.write('ci/package.json', '{}');
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([{ key: 'acme.ci', state: 'live' }]);
  });
});

describe('shutdown', () => {
  test('gives up what is starting, retires the rest together, and loads nothing afterwards', async () => {
    yard = await PluginYard.open();
    await yard.plugin('a', 'acme.a', `plugin.onCleanup((scope) => note('a ' + scope.reason));`);
    await yard.plugin('b', 'acme.b', `plugin.onInit(() => { note('b init'); return gate('never'); });`);
    const booting = yard.reconciler.rescan();
    await until(() => yard.journal.includes('b init') && yard.table.get('acme.a')?.live !== undefined);
    await yard.reconciler.shutdown(2_000);
    await booting;
    expect(yard.journal).toContain('a shutdown');
    await expect(yard.registry.reload('acme.a')).rejects.toMatchObject({ code: 'host/stopping' });
    await expect(yard.reconciler.rescan()).rejects.toMatchObject({ code: 'host/stopping' });
  });
});
