import type { LeaseHolder } from '../../src/core/live-mount';
import { PluginYard, sourceOf, until } from '../support/plugin-yard';

let yard: PluginYard;
afterEach(() => yard.close());

const seat = (key: string) => yard.table.get(key);

describe('a reload', () => {
  test('resolves right after the swap while the old generation still drains', async () => {
    yard = await PluginYard.open({ drainMs: 10_000 });
    await yard.plugin('ci', 'acme.ci', `plugin.onCleanup(() => note('old ended'));`);
    await yard.reconciler.rescan();
    const old = seat('acme.ci')?.live;
    const holder: LeaseHolder = {
      previousHolder: undefined,
      nextHolder: undefined,
      retiring: () => yard.journal.push('goodbye'),
      expired: () => undefined,
    };
    old?.enter(holder);
    await yard.plugin('ci', 'acme.ci');
    expect(await yard.registry.reload('acme.ci')).toEqual({
      key: 'acme.ci',
      ok: true,
      state: 'live',
      generation: 2,
    });
    expect(seat('acme.ci')?.live).not.toBe(old);
    expect(yard.journal).toEqual(['goodbye']);
    old?.leave(holder);
    await until(() => yard.journal.length === 2);
    expect(yard.journal).toEqual(['goodbye', 'old ended']);
  });

  test('never leaves the key without a generation', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    const gaps: unknown[] = [];
    yard.table.onChange((_key, now) => {
      if (now?.live === undefined) gaps.push(now);
    });
    for (let round = 0; round < 5; round += 1) await yard.registry.reload('acme.ci');
    expect(gaps).toEqual([]);
    expect(seat('acme.ci')?.live?.generation).toBe(6);
  });

  test('sees the entry that package.json names now', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.write('ci/other.ts', sourceOf('acme.ci', `note('other');`));
    await yard.write('ci/package.json', '{"gatehouse":{"entry":"other"}}');
    await yard.registry.reload('acme.ci');
    expect(yard.journal).toEqual(['other']);
  });

  test('called many times at once loads once, and every caller gets the outcome', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', `note('loaded');`);
    await yard.reconciler.rescan();
    yard.journal.length = 0;
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => yard.registry.reload('acme.ci')));
    expect(outcomes.map(({ generation }) => generation)).toEqual([2, 2, 2, 2]);
    expect(yard.journal).toEqual(['loaded']);
  });

  test('asked for while another is under way loads what is there then, not what the other had read', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.ci', `note('v2'); await gate('v2');`);
    const first = yard.registry.reload('acme.ci');
    await until(() => yard.journal.includes('v2'));
    await yard.plugin('ci', 'acme.ci', `note('v3');`);
    const rest = [yard.registry.reload('acme.ci'), yard.registry.reload('acme.ci')];
    yard.openGate('v2');
    expect(await first).toMatchObject({ ok: true, generation: 2 });
    expect((await Promise.all(rest)).map(({ generation }) => generation)).toEqual([3, 3]);
    expect(yard.journal).toEqual(['v2', 'v3']);
  });
});

describe('a reload that fails', () => {
  const FAULTS: [string, string, string][] = [
    ['at import', `throw new Error('boom');`, 'plugin/load-failed'],
    ['to compile', `const = 1;`, 'plugin/load-failed'],
    ['in a Router factory', `plugin.mountRouter(() => { throw new Error('boom'); });`, 'plugin/load-failed'],
    ['to build', `plugin.get('/webhook/x', () => 1);`, 'mount/invalid'],
    ['in onInit', `plugin.onInit(() => { throw new Error('boom'); });`, 'plugin/start-failed'],
  ];
  test.each(FAULTS)('%s keeps the old generation and says so', async (_where, body, code) => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    const old = seat('acme.ci')?.live;
    await yard.plugin('ci', 'acme.ci', body);
    const outcome = await yard.registry.reload('acme.ci');
    expect(outcome).toMatchObject({ ok: false, state: 'live', generation: 1, failure: { code } });
    expect(seat('acme.ci')?.live).toBe(old);
    expect(old?.signal.aborted).toBe(false);
    expect(yard.registry.find('acme.ci')).toMatchObject({ state: 'live', failure: { code } });
    await yard.plugin('ci', 'acme.ci');
    expect(await yard.registry.reload('acme.ci')).toEqual({
      key: 'acme.ci',
      ok: true,
      state: 'live',
      generation: 2,
    });
    expect(yard.registry.find('acme.ci')?.failure).toBeUndefined();
  });

  test('undoes the effects that had started, last first, and names the one that failed', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin(
      'ci',
      'acme.ci',
      `plugin.onInit((scope) => { scope.defer('one', () => note('one undone')); });
plugin.onInit((scope) => { scope.defer('two', () => note('two undone')); plugin.spawn((signal) => new Promise((end) => signal.addEventListener('abort', () => { note('work told'); end(0); }))); });
plugin.onInit(() => Promise.reject(new Error('no database')));`,
    );
    const { failure } = await yard.registry.reload('acme.ci');
    expect(yard.journal).toEqual(['work told', 'two undone', 'one undone']);
    expect(failure).toMatchObject({ code: 'plugin/start-failed' });
    expect(failure?.message).toMatch(/acme\.ci.*onInit.*no database/);
    expect(failure?.stack).toMatch(/ci\/index\.ts:6:/);
  });

  test('is cut at the deadline and names the effect that never settled', async () => {
    yard = await PluginYard.open({ startMs: 400 });
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin(
      'ci',
      'acme.ci',
      `plugin.onInit((scope) => { scope.defer('one', () => note('undone')); return new Promise(() => {}); });`,
    );
    const { failure, generation } = await yard.registry.reload('acme.ci');
    expect(failure?.code).toBe('plugin/start-timeout');
    expect(failure?.message).toMatch(/acme\.ci.*onInit.*400 ms/);
    expect(generation).toBe(1);
    expect(yard.journal).toEqual(['undone']);
  });

  test('is cut at the deadline when the import never settles', async () => {
    yard = await PluginYard.open({ startMs: 400 });
    await yard.plugin('ci', 'acme.ci');
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.ci', `await new Promise(() => {});`);
    const { failure } = await yard.registry.reload('acme.ci');
    expect(failure).toMatchObject({ code: 'plugin/start-timeout' });
    expect(failure?.message).toContain('its import');
  });

  test('refuses work that is started while the routes are built', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', `plugin.mountRouter(() => { plugin.spawn(() => 1); });`);
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')?.failure?.code).toBe('plugin/start-too-early');
  });
});

describe('an exclusive plugin', () => {
  const exclusive = `, exclusive: true`;
  const HOLDER = `plugin.onInit((scope) => { note('taken'); scope.defer('port', () => note('given back')); });`;

  test('is stopped fully before its successor starts, and known as starting meanwhile', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOLDER, exclusive);
    await yard.reconciler.rescan();
    const seats: string[] = [];
    yard.table.onChange((_key, now) =>
      seats.push(now === undefined ? 'gone' : now.live === undefined ? now.absent.why : 'live'),
    );
    expect(await yard.registry.reload('acme.ci')).toMatchObject({ ok: true, generation: 2 });
    expect(yard.journal).toEqual(['taken', 'given back', 'taken']);
    expect(seats).toEqual(['starting', 'live']);
  });

  test('that fails to start is failed: there is no old generation to fall back on', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOLDER, exclusive);
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.ci', `plugin.onInit(() => { throw new Error('boom'); });`, exclusive);
    expect(await yard.registry.reload('acme.ci')).toMatchObject({
      ok: false,
      state: 'failed',
      generation: 0,
    });
    expect(seat('acme.ci')).toMatchObject({ absent: { why: 'failed', mount: { key: 'acme.ci' } } });
    expect(yard.journal).toEqual(['taken', 'given back']);
  });

  test('that does not even build keeps its old generation', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.ci', HOLDER, exclusive);
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.ci', `throw new Error('boom');`, exclusive);
    expect(await yard.registry.reload('acme.ci')).toMatchObject({ ok: false, state: 'live', generation: 1 });
    expect(yard.journal).toEqual(['taken']);
  });
});

describe('a plugin that changes its key', () => {
  test('moves: the new key answers, the old one is as if it had never been', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.old', `plugin.onCleanup((scope) => note('old ' + scope.reason));`);
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.new');
    expect(await yard.registry.reload('acme.old')).toMatchObject({
      key: 'acme.new',
      ok: true,
      generation: 2,
    });
    expect(seat('acme.old')).toBeUndefined();
    expect(seat('acme.new')?.live?.generation).toBe(2);
    await until(() => yard.journal.length === 1);
    expect(yard.journal).toEqual(['old remove']);
    await expect(yard.registry.reload('acme.old')).rejects.toMatchObject({ code: 'plugin/unknown' });
  });

  test('to one that is taken is refused and serves on under the old one', async () => {
    yard = await PluginYard.open();
    await yard.plugin('a', 'acme.a');
    await yard.plugin('b', 'acme.b');
    await yard.reconciler.rescan();
    await yard.plugin('b', 'acme.a');
    expect(await yard.registry.reload('acme.b')).toMatchObject({
      key: 'acme.b',
      ok: false,
      state: 'live',
      failure: { code: 'plugin/duplicate-key' },
    });
    expect(seat('acme.b')?.live).toBeDefined();
    expect(yard.registry.find('acme.a')?.folder).toBe(yard.place('a'));
  });

  test('to a new one and then fails to start frees the new one again', async () => {
    yard = await PluginYard.open();
    await yard.plugin('ci', 'acme.old');
    await yard.reconciler.rescan();
    await yard.plugin('ci', 'acme.new', `plugin.onInit(() => { throw new Error('boom'); });`);
    expect(await yard.registry.reload('acme.old')).toMatchObject({ key: 'acme.old', ok: false });
    await yard.plugin('other', 'acme.new');
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.new')).toMatchObject({ state: 'live', folder: yard.place('other') });
  });
});
