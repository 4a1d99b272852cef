import type { PluginState } from '../../src/core/ports/plugin-registry';
import { keyOf } from '../core/plain-mount';
import { codeOf } from './desk-under-test';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';

eachStore('what nobody works any more', (open) => {
  const states: Record<string, PluginState> = {};
  let host: EngineUnderTest;
  const github = hook('/github', () => {});
  const gitlab = hook('/gitlab', () => {});
  const quiet = { priority: 0, runAt: Date.now() + 3_600_000 };
  beforeEach(async () => {
    for (const key of Object.keys(states)) delete states[key];
    host = engineOn(await open(), { pluginState: (key) => states[key] });
    host.put('acme.ci', [github, gitlab, task('build', () => {}), task('sweep', () => {})]);
    host.put('acme.mail', [task('send', () => {})]);
    await host.start();
  });
  afterEach(() => host.stop(1_000));

  const tasks = (plugin: string) => host.inbox.tasksOf(keyOf(plugin));
  /** A job of each of three tasks that is not due for an hour, and a receipt on each of two endpoints. */
  const fill = async () => {
    for (const [plugin, name] of [
      ['acme.ci', 'build'],
      ['acme.ci', 'sweep'],
      ['acme.mail', 'send'],
    ] as const)
      await tasks(plugin).enqueue(name, {}, quiet);
    for (const endpoint of [github, gitlab]) await host.inbox.accept(draftOf('acme.ci', endpoint));
    await until('the deliveries', async () => (await count(host.store, 'succeeded')) === 2);
  };
  const shown = async (filter: Parameters<typeof host.desk.jobs>[0]) =>
    (await host.desk.jobs(filter)).items.map(({ name, orphan }) => `${name}: ${orphan ?? 'worked'}`).sort();

  test('is nothing while every task and endpoint is there', async () => {
    await fill();
    expect(await shown({ orphaned: true })).toEqual([]);
    expect((await host.desk.receipts({ orphaned: true })).items).toEqual([]);
    expect((await host.desk.counts()).map(({ orphan }) => orphan)).toEqual(Array(5).fill(undefined));
  });

  test('is told with its reason: a task or endpoint a new generation has no more', async () => {
    await fill();
    host.put('acme.ci', [github, task('build', () => {})]);
    expect(await shown({ orphaned: true })).toEqual(['sweep: task gone']);
    expect(await shown({ orphaned: true, states: ['later', 'succeeded'] })).toEqual(['sweep: task gone']);
    expect(await shown({ states: ['succeeded'] })).toEqual(['POST /github: worked', 'POST /gitlab: worked']);
    expect(await shown({ orphaned: true, name: 'build' })).toEqual([]);
    expect(await shown({ states: ['later'] })).toEqual(['build: worked', 'send: worked', 'sweep: task gone']);
    const receipts = (await host.desk.receipts({})).items.map(({ name, orphan }) => [name, orphan]);
    expect(receipts).toEqual([
      ['POST /gitlab', 'endpoint gone'],
      ['POST /github', undefined],
    ]);
    expect((await host.desk.receipts({ orphaned: true })).items.map(({ name }) => name)).toEqual([
      'POST /gitlab',
    ]);
    const counts = (await host.desk.counts()).filter(({ orphan }) => orphan !== undefined);
    expect(counts).toMatchObject([
      { name: 'POST /gitlab', states: { succeeded: 1 }, orphan: 'endpoint gone' },
      { name: 'sweep', states: { later: 1 }, orphan: 'task gone' },
    ]);
  });

  test('is told with its reason: a plugin that is gone, or disabled; one that failed or loads is none', async () => {
    await fill();
    host.table.remove(keyOf('acme.mail'));
    expect(await shown({ orphaned: true })).toEqual(['send: plugin absent']);
    states['acme.mail'] = 'disabled';
    expect(await shown({ orphaned: true })).toEqual(['send: plugin disabled']);
    states['acme.mail'] = 'loading';
    expect(await shown({ orphaned: true })).toEqual([]);
    host.table.vacate(keyOf('acme.mail'), { key: keyOf('acme.mail'), why: 'failed' });
    delete states['acme.mail'];
    expect(await shown({ orphaned: true })).toEqual([]);
    const [job] = (await host.desk.jobs({ name: 'send' })).items;
    expect(await host.desk.job(job?.id ?? '')).toMatchObject({ orphan: undefined });
    host.table.remove(keyOf('acme.mail'));
    expect(await host.desk.job(job?.id ?? '')).toMatchObject({ orphan: 'plugin absent' });
  });

  test('waits, is worked when its plugin is back, or can be dropped as a whole', async () => {
    await fill();
    host.table.remove(keyOf('acme.ci'));
    const selection = { filter: { orphaned: true, states: ['later'] } } as const;
    expect(await host.desk.count('drop', selection)).toBe(2);
    host.put('acme.ci', [task('build', () => {})]);
    expect(await host.desk.count('drop', selection)).toBe(1);
    expect(await host.desk.change('drop', selection)).toMatchObject({ looked: 1, changed: 1 });
    expect(await shown({ states: ['later'] })).toEqual(['build: worked', 'send: worked']);
    expect((await host.desk.export({ orphaned: true })).jobs).toEqual([]);
    await expect(host.desk.count('retry', { filter: { orphaned: true, states: ['ready'] } })).rejects.toEqual(
      codeOf('inbox/bad-request'),
    );
  });
});
