import type { Declaration } from '../../src/core/declaration';
import { inject } from '../../src/plugins/injected';
import { createPlugin, declarationsOf, readFiles, refusalOf, startEffects } from './declared';

const HEAD = `import { Config, createRouter, GatePlugin, Get, inject, Logger, Message, Plugin, Tasks, Http, Secrets, PluginDetails } from 'gatehouse';
import { container, injectable, singleton } from 'tsyringe';
const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
`;

/** What the first endpoint provides, by name, once the plugin started. */
async function provided(declarations: readonly Declaration[]): Promise<Record<string, any>> {
  await startEffects(declarations);
  const [endpoint] = declarations;
  const steps = endpoint?.kind === 'endpoint' ? (endpoint.provide ?? []) : [];
  return Object.fromEntries(steps.map((step) => [step.name, step.make({} as never)]));
}
const effects = (declarations: readonly Declaration[]) =>
  declarations.flatMap((declaration) => (declaration.kind === 'effect' ? [declaration.label] : []));

describe('inject()', () => {
  test("gives a function-style plugin the host's services, by token", async () => {
    const declarations = await readFiles({
      'index.ts': `${HEAD}
      export const plugin = new Plugin(info);
      plugin.get('/', { provide: {
        config: inject(Config), log: inject(Logger), message: inject(Message), tasks: inject(Tasks),
        http: inject(Http), secrets: inject(Secrets), details: inject(PluginDetails),
      } }, () => 1);`,
    });
    const { log, message, tasks, http, secrets, details } = await provided(declarations);
    expect([typeof log.info, typeof message.sendText, typeof tasks.enqueue]).toEqual(
      Array(3).fill('function'),
    );
    expect([typeof http.get, typeof secrets.get, details.key]).toEqual(['function', 'function', 'acme.ci']);
  });

  test("gives services of the plugin's own container, each once", async () => {
    const declarations = await readFiles({
      'index.ts': `${HEAD}
      @injectable() class Clock { constructor(readonly log: Logger) {} }
      @singleton() class Store { constructor(readonly clock: Clock) {} }
      class Plain { size = 1; }
      container.register('greeting', { useValue: 'hi' });
      const KEY = Symbol('key');
      container.register(KEY, { useFactory: () => 7 });
      const router = createRouter({ provide: { again: inject(Store) } });
      router.get('/', { provide: { store: inject(Store), plain: inject(Plain), greeting: inject('greeting'), seven: inject(KEY) } }, () => 1);
      export const plugin = new Plugin(info).mountRouter(() => router);`,
    });
    expect(effects(declarations)).toHaveLength(4);
    const { store, again, plain, greeting, seven } = await provided(declarations);
    expect(typeof store.clock.log.info).toBe('function');
    expect(store).toBe(again);
    expect([plain.size, greeting, seven]).toEqual([1, 'hi', 7]);
  });

  test('knows what onInit registered, and works in decorators', async () => {
    const declarations = await readFiles({
      'index.ts': `${HEAD}
      import { OnEnabled, OnInit } from 'gatehouse';
      @GatePlugin(info) export class Ci {
        @Get('/', { provide: { db: inject('db') } }) all() {}
        @OnEnabled() ready() {}
        @OnInit() async open() { container.register('db', { useValue: await Promise.resolve('open') }); }
      }`,
    });
    expect(effects(declarations)).toEqual([
      '@OnInit() open',
      'inject(db) of @Get("/") all',
      '@OnEnabled() ready',
    ]);
    expect(await provided(declarations)).toEqual({ db: 'open' });
  });

  test.each([
    ['a token nobody registered', `inject('db')`, /inject\(db\) of get\("\/x"\) cannot be made/],
    ['a symbol nobody registered', `inject(Symbol('pool'))`, /inject\(Symbol\(pool\)\)/],
    ['a class whose constructor cannot be injected', `inject(Lost)`, /inject\(Lost\)/],
    ['a class whose constructor throws', `inject(Broken)`, /inject\(Broken\)/],
  ])('keeps the plugin from starting where it asks for %s, naming it', async (_name, asked, message) => {
    const declarations = await readFiles({
      'index.ts': `${HEAD}
      @injectable() class Lost { constructor(readonly name: string) {} }
      @injectable() class Broken { constructor() { throw new RangeError('no table'); } }
      export const plugin = new Plugin(info);
      plugin.get('/x', { provide: { it: ${asked} } }, () => 1);`,
    });
    const refusal = await refusalOf(() => startEffects(declarations));
    expect(refusal.code).toBe('plugin/no-service');
    expect(refusal.message).toMatch(message);
    expect(refusal.cause).toBeDefined();
  });

  test('is refused at the call where it is given no token', async () => {
    const { code, message } = await refusalOf(() =>
      createPlugin().get('/x', { provide: { it: inject(undefined as never) } }, () => 1),
    );
    expect(code).toBe('mount/invalid');
    expect(message).toContain('provide.it: inject(undefined) is no class, string or symbol');
  });

  test('gives each load of a plugin its own', async () => {
    const files = {
      'index.ts': `${HEAD}
      @singleton() class Store {}
      export const plugin = new Plugin(info);
      plugin.get('/', { provide: { store: inject(Store) } }, () => 1);`,
    };
    const { store } = await provided(await readFiles(files));
    const { store: other } = await provided(await readFiles(files));
    expect(store).not.toBe(other);
  });

  test('without a container is told when the plugin starts', async () => {
    const declarations = declarationsOf(createPlugin().get('/x', { provide: { it: inject('db') } }, () => 1));
    expect((await refusalOf(() => startEffects(declarations))).code).toBe('plugin/no-service');
  });
});
