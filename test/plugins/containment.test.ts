import { EventEmitter } from 'node:events';
import { installFaultGuard } from '../../src/plugins/fault-guard';
import { prepareGeneration } from '../../src/plugins/generation';
import { PluginYard, until } from '../support/plugin-yard';

let yard: PluginYard;
afterEach(() => yard.close());

const seat = (key: string) => yard.table.get(key);
async function boot(body: string, folder = 'bad', key = 'acme.bad'): Promise<void> {
  yard = await PluginYard.open({ startMs: 400 });
  await yard.plugin(folder, key, body);
  await yard.plugin('good', 'acme.good');
  await yard.reconciler.rescan();
  expect(yard.registry.find('acme.good')?.state).toBe('live');
}

describe('a first load that fails', () => {
  const ROWS: [string, string, string][] = [
    ['throws at import', `throw new Error('boom');`, 'plugin/load-failed'],
    ['throws undefined at import', `throw undefined;`, 'plugin/load-failed'],
    ['throws an object without a prototype at import', `throw Object.create(null);`, 'plugin/load-failed'],
    ['throws in a Router factory', `plugin.mountRouter(() => { throw 'boom'; });`, 'plugin/load-failed'],
    ['throws undefined in onInit', `plugin.onInit(() => { throw undefined; });`, 'plugin/start-failed'],
    ['rejects in onInit', `plugin.onInit(async () => { throw new Error('boom'); });`, 'plugin/start-failed'],
    ['declares what cannot be served', `plugin.get('/docs', () => 1);`, 'mount/invalid'],
    ['never settles in onInit', `plugin.onInit(() => new Promise(() => {}));`, 'plugin/start-timeout'],
    ['never settles at import', `await new Promise(() => {});`, 'plugin/start-timeout'],
  ];
  test.each(ROWS)(
    '%s: failed under its key, not ready over HTTP, the others untouched',
    async (_name, body, code) => {
      await boot(body);
      expect(yard.registry.find('acme.bad')).toMatchObject({
        key: 'acme.bad',
        state: 'failed',
        generation: 0,
        failure: { code },
      });
      expect(seat('acme.bad')).toMatchObject({ absent: { why: 'failed' } });
      const line = yard.log.find(({ level }) => level === 'error');
      expect(line?.plugin).toBe('acme.bad');
      await yard.plugin('bad', 'acme.bad');
      expect(await yard.registry.reload('acme.bad')).toMatchObject({
        ok: true,
        state: 'live',
        generation: 1,
      });
    },
  );

  test('names the line of the plugin that threw', async () => {
    await boot(`function deep() { throw new Error('boom'); }\ndeep();`);
    expect(yard.registry.find('acme.bad')?.failure?.stack).toMatch(/boom[\s\S]*bad\/index\.ts:4:/);
  });

  test('without a key that anything tells is listed by folder, and can be tried again by folder', async () => {
    yard = await PluginYard.open();
    await yard.write('bad/index.ts', `throw new Error('boom');`);
    await yard.reconciler.rescan();
    expect(yard.registry.list()).toMatchObject([
      { key: undefined, folder: yard.place('bad'), state: 'failed' },
    ]);
    expect(yard.table.keys()).toEqual([]);
    await expect(yard.registry.reload('bad')).rejects.toMatchObject({
      code: 'plugin/unidentified',
      message: expect.stringContaining('boom'),
    });
    await yard.plugin('bad', 'acme.bad');
    expect(await yard.registry.reload(yard.place('bad'))).toMatchObject({ key: 'acme.bad', ok: true });
  });

  test('is known by the key of its last good load even after a restart', async () => {
    yard = await PluginYard.open();
    await yard.plugin('bad', 'acme.bad');
    await yard.reconciler.rescan();
    await yard.write('bad/index.ts', `throw new Error('boom');`);
    await yard.restart();
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.bad')?.state).toBe('failed');
    expect(seat('acme.bad')).toMatchObject({ absent: { why: 'failed' } });
  });

  test('is known by its package.json', async () => {
    yard = await PluginYard.open();
    await yard.write('bad/package.json', '{"gatehouse":{"author":"acme","module":"named"}}');
    await yard.write('bad/index.ts', `const = `);
    await yard.reconciler.rescan();
    expect(seat('acme.named')).toMatchObject({ absent: { why: 'failed' } });
  });

  test('claims, once built, the addresses it would serve', async () => {
    await boot(`plugin.get('/v', () => 1); plugin.onInit(() => { throw new Error('boom'); });`);
    expect(seat('acme.bad')).toMatchObject({ absent: { mount: { endpoints: [{ path: '/v' }] } } });
  });

  test('that is no longer wanted is given up and says so', async () => {
    yard = await PluginYard.open();
    await yard.plugin(
      'bad',
      'acme.bad',
      `plugin.onInit(() => { note('init'); return new Promise(() => {}); });`,
    );
    const { generations } = yard.reconciler.parts;
    const [found] = await yard.reconciler.parts.discover();
    const wanted = new AbortController();
    const prepared = await prepareGeneration(generations, found!, 1, wanted.signal);
    if (!prepared.ok) throw new Error(prepared.failure.message);
    const starting = prepared.generation.start();
    await until(() => yard.journal.includes('init'));
    wanted.abort();
    expect(await starting).toMatchObject({ ok: false, failure: { code: 'plugin/superseded' } });
  });
});

test('disposers that throw or hang are logged with the key, and the rest still run', async () => {
  yard = await PluginYard.open();
  await yard.plugin(
    'ci',
    'acme.ci',
    `plugin.onCleanup(() => note('cleaned'));
plugin.onInit((scope) => { scope.defer('socket', () => { throw new Error('already closed'); }); });`,
  );
  await yard.reconciler.rescan();
  await yard.registry.disable('acme.ci');
  expect(yard.journal).toEqual(['cleaned']);
  expect(yard.log.find(({ message }) => message.includes('undoing socket'))).toMatchObject({
    plugin: 'acme.ci',
    message: expect.stringContaining('already closed'),
  });
});

test('a load that went on after it was cut is let go when it ends', async () => {
  await boot(`await gate('slow'); note('ran on'); plugin.onInit(() => note('started'));`);
  expect(yard.registry.find('acme.bad')?.failure?.code).toBe('plugin/start-timeout');
  yard.openGate('slow');
  await until(() => yard.journal.includes('ran on'));
  expect(yard.journal).not.toContain('started');
  expect(seat('acme.bad')?.live).toBeUndefined();
});

test('plugins that wait for something do not make the others wait', async () => {
  yard = await PluginYard.open({ startMs: 60_000 });
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await yard.plugin(name, `slow.${name}`, `plugin.onInit(() => new Promise(() => {}));`);
  await yard.plugin('z', 'acme.z');
  const booting = yard.reconciler.rescan();
  await until(() => seat('acme.z')?.live !== undefined);
  await yard.reconciler.shutdown(1_000);
  await booting;
});

describe('an error nothing caught', () => {
  let guarded: EventEmitter;
  let exits: number[];
  const guard = () => {
    guarded = new EventEmitter();
    exits = [];
    return installFaultGuard({
      process: guarded as NodeJS.Process,
      attribute: (stack) => yard.reconciler.attribute(stack),
      logger: yard.reconciler.parts.logger,
      exit: (code) => exits.push(code),
    });
  };
  /** A real error, made in a function of the plugin. */
  const thrownBy = (key: string): unknown => {
    const [endpoint] = seat(key)?.live?.mount.endpoints ?? [];
    try {
      if (endpoint !== undefined && 'handle' in endpoint.serve) void endpoint.serve.handle({} as any);
    } catch (error) {
      return error;
    }
    throw new Error('the handler did not throw');
  };
  const THROWS = `plugin.get('/x', function explode() { throw new Error('late boom'); });`;

  test('in a plugin is logged with its key and shown on its status, and it serves on', async () => {
    await boot(THROWS);
    guard();
    guarded.emit('unhandledRejection', thrownBy('acme.bad'));
    expect(yard.registry.find('acme.bad')).toMatchObject({
      state: 'live',
      failure: { code: 'plugin/fault', message: expect.stringContaining('late boom') },
    });
    expect(yard.registry.find('acme.bad')?.failure?.stack).toMatch(/bad\/index\.ts:4:/);
    expect(yard.log.at(-1)).toMatchObject({ level: 'error', plugin: 'acme.bad' });
    guarded.emit('uncaughtException', thrownBy('acme.bad'));
    expect(exits).toEqual([]);
    expect(yard.registry.find('acme.good')?.failure).toBeUndefined();
  });

  test('in the host ends it with 1 after it was logged; a rejection of nothing does not', async () => {
    await boot(THROWS);
    const remove = guard();
    guarded.emit('unhandledRejection', undefined);
    guarded.emit('unhandledRejection', new Error('of the host, perhaps'));
    expect(exits).toEqual([]);
    expect(yard.errors().at(-1)).toContain('names no plugin');
    guarded.emit('uncaughtException', new Error('our own'));
    expect(yard.errors().at(-1)).toContain('our own');
    expect(exits).toEqual([1]);
    remove();
    expect(guarded.eventNames()).toEqual([]);
  });
});
