import { PluginYard, until } from '../support/plugin-yard';

let yard: PluginYard;
beforeEach(async () => {
  yard = await PluginYard.open();
});
afterEach(() => yard.close());

/** As another host of the database would. */
const wish = (key: string, enabled: boolean, reloads = 0) =>
  yard.database.shared.put('plugins', key, JSON.stringify({ enabled, reloads }));
const stateOf = (key: string) => yard.registry.find(key)?.state;
const generationOf = (key: string) => yard.registry.find(key)?.generation;

test('what another host wants comes true here', async () => {
  await yard.plugin('ci', 'acme.ci');
  await yard.reconciler.rescan();
  await wish('acme.ci', false);
  await until(() => stateOf('acme.ci') === 'disabled');
  expect(yard.table.get('acme.ci')).toBeUndefined();
  await wish('acme.ci', true);
  await until(() => stateOf('acme.ci') === 'live');
  await wish('acme.ci', true, 1);
  await until(() => generationOf('acme.ci') === 3);
});

test('a wish that says nothing new loads nothing again', async () => {
  await yard.plugin('ci', 'acme.ci', `note('loaded');`);
  await yard.reconciler.rescan();
  await wish('acme.ci', true);
  await wish('acme.ci', true);
  expect(await yard.registry.enable('acme.ci')).toMatchObject({ ok: true, generation: 1 });
  expect(yard.journal).toEqual(['loaded']);
});

test('one that failed is tried again when it is wanted again', async () => {
  await yard.plugin('ci', 'acme.ci', `throw new Error('not yet');`);
  await yard.reconciler.rescan();
  expect(stateOf('acme.ci')).toBe('failed');
  await yard.plugin('ci', 'acme.ci');
  await wish('acme.ci', true);
  await until(() => stateOf('acme.ci') === 'live');
});

test('of wishes made while it loads the last one holds', async () => {
  await yard.plugin(
    'ci',
    'acme.ci',
    `note('imported'); plugin.onInit(async () => { note('init'); await gate('init'); });`,
  );
  const scan = yard.reconciler.rescan();
  await until(() => yard.journal.includes('init'));
  await wish('acme.ci', true);
  await wish('acme.ci', false);
  yard.openGate('init');
  await scan;
  await yard.reconciler.find('acme.ci')?.idle();
  await until(() => stateOf('acme.ci') === 'disabled');
  await new Promise((resolve) => setImmediate(resolve));
  await yard.reconciler.find('acme.ci')?.idle();
  expect(stateOf('acme.ci')).toBe('disabled');
  expect(yard.table.get('acme.ci')).toBeUndefined();
  expect(yard.journal).toEqual(['imported', 'init']);
});

test('a plugin that comes later is as it was wanted before', async () => {
  await wish('acme.late', false, 4);
  await yard.plugin('late', 'acme.late', `note('loaded');`);
  await yard.reconciler.rescan();
  expect(stateOf('acme.late')).toBe('disabled');
  await wish('acme.late', true, 5);
  await until(() => stateOf('acme.late') === 'live');
  expect(yard.journal.filter((line) => line === 'loaded')).toHaveLength(1);
});

test('a name that is no key is nobody’s', async () => {
  await yard.database.shared.put('plugins', '__proto__', '{"enabled":false}');
  await yard.database.shared.put('plugins', 'a/b', '{"enabled":false}');
  await yard.plugin('ci', 'acme.ci');
  await yard.reconciler.rescan();
  await yard.restart();
  await yard.reconciler.rescan();
  expect(stateOf('acme.ci')).toBe('live');
  expect(yard.log.filter(({ level }) => level === 'warn')).toEqual([]);
});
