import type { Declaration, Effect, Endpoint } from '../../src/core/declaration';
import type { Recognised } from '../../src/core/dialect';
import { isHostError } from '../../src/core/errors';
import { Scope } from '../../src/core/scope';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { loadFiles } from './authoring';
import { keptServices } from './services';

const INFO = `{ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' }`;

async function recognise(files: Record<string, string>): Promise<Recognised | undefined> {
  const { exports } = await loadFiles(files);
  return nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
}

async function read(files: Record<string, string>, services = keptServices()): Promise<Declaration[]> {
  const recognised = await recognise(files);
  if (recognised === undefined) throw new Error('not recognised');
  recognised.bind(services);
  return [...recognised.translate()];
}

async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHostError(error)) throw new Error('it was accepted, or threw something else', { cause: error });
  return error;
}

const answer = (declaration: Declaration | undefined) => {
  const { serve } = declaration as Endpoint;
  if (!('handle' in serve)) throw new Error('no handler');
  return serve.handle({ params: { id: '7' } } as never);
};

describe('a module is a plugin when it exports', () => {
  test.each([
    ['one as `plugin`', `export const plugin = new Plugin(${INFO});`],
    ['one by another name', `export const ci = new Plugin(${INFO});`],
    ['the same one twice', `export const plugin = new Plugin(${INFO}); export default plugin;`],
    ['a decorated class', `@GatePlugin(${INFO}) export class Ci {} export class Other {}`],
  ])('%s', async (_name, text) => {
    const recognised = await recognise({
      'index.ts': `import { Plugin, GatePlugin } from 'gatehouse';\n${text}`,
    });
    expect(recognised?.info.module).toBe('ci');
  });

  test('one through module.exports', async () => {
    const text = `const { Plugin } = require('gatehouse'); module.exports = { plugin: new Plugin(${INFO}) };`;
    expect((await recognise({ 'index.js': text }))?.info.author).toBe('acme');
  });

  test.each([
    ['nothing', `export const a = 1;`],
    ['a look-alike', `export const plugin = ${INFO};`],
    ['a class without the decorator', `export class Ci {}`],
    [
      'a subclass of a plugin class',
      `import { GatePlugin } from 'gatehouse'; @GatePlugin(${INFO}) class A {} export class B extends A {}`,
    ],
  ])('and not when it exports %s', async (_name, text) => {
    expect(await recognise({ 'index.ts': text })).toBeUndefined();
  });

  test('and is refused when it exports two', async () => {
    const text = `import { Plugin, GatePlugin } from 'gatehouse';
      export const plugin = new Plugin(${INFO}); @GatePlugin(${INFO}) export class Ci {}`;
    const { code, message } = await refusal(recognise({ 'index.ts': text }));
    expect(code).toBe('plugin/many-exports');
    expect(message).toMatch(/\((plugin, Ci|Ci, plugin)\)/);
  });
});

describe('a decorated class', () => {
  const everything = {
    'index.ts': `
      import { Router } from 'express';
      import { Delete, Endpoint, GatePlugin, Get, MountRouter, OnCleanup, OnDisabled, OnEnabled, OnInit, Patch, Post, Put, Task } from 'gatehouse';
      export const calls: string[] = [];
      class Base {
        @Get('/base') base() { return 'base'; }
        @Get('/over') over() { return 'base'; }
      }
      @GatePlugin(${INFO})
      export class Ci extends Base {
        #count = 0;
        override over() { return 'derived'; }
        @Get('/builds/:id') build({ params }: { params: { id: string } }) { return [params.id, (this.#count += 1)]; }
        @Post('/p', { access: 'operator' }) p() {}
        @Put('/p') put() {}
        @Patch('/p') patch() {}
        @Delete('/p') delete() {}
        @Endpoint({ method: 'ALL', path: '/all', title: 'All' }) all() {}
        @MountRouter({ path: '/r' }) router() { const r = Router(); r.get('/x', () => {}); return r; }
        @Task('report', { attempts: 2 }) report() {}
        @OnDisabled() off() { calls.push('disabled'); }
        @OnCleanup() clean() { calls.push('cleanup'); }
        @OnEnabled() on() { calls.push('enabled ' + this.#count); }
        @OnInit() async start(scope: { defer(label: string, f: () => void): void }) { calls.push('init'); scope.defer('d', () => calls.push('deferred')); }
      }`,
  };

  test('declares what its members say, with where they stand', async () => {
    const declarations = await read(everything);
    expect(
      declarations.map((d) =>
        d.kind === 'endpoint' ? [d.method, d.path, d.reach, d.access] : [d.kind, d.origin.where],
      ),
    ).toEqual([
      ['GET', '/base', 'exact', 'public'],
      ['GET', '/over', 'exact', 'public'],
      ['GET', '/builds/:id', 'exact', 'public'],
      ['POST', '/p', 'exact', 'operator'],
      ['PUT', '/p', 'exact', 'public'],
      ['PATCH', '/p', 'exact', 'public'],
      ['DELETE', '/p', 'exact', 'public'],
      ['ALL', '/all', 'exact', 'public'],
      ['ALL', '/r', 'subtree', 'public'],
      ['task', '@Task("report") report'],
      ['effect', '@OnCleanup() clean'],
      ['effect', '@OnInit() start'],
      ['effect', '@OnEnabled() on'],
      ['effect', '@OnDisabled() off'],
    ]);
    expect(declarations[2]?.origin).toEqual({ dialect: 'native', where: '@Get("/builds/:id") build' });
  });

  test('answers from one instance, overridden methods included', async () => {
    const declarations = await read(everything);
    expect(answer(declarations[1])).toBe('derived');
    expect([answer(declarations[2]), answer(declarations[2])]).toEqual([
      ['7', 1],
      ['7', 2],
    ]);
  });

  test('starts and ends as its hooks say', async () => {
    const { exports } = await loadFiles(everything);
    const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
    recognised?.bind(keptServices());
    const scope = new Scope();
    for (const d of recognised?.translate() ?? []) if (d.kind === 'effect') await (d as Effect).start(scope);
    await scope.dispose('disable');
    expect(exports['calls']).toEqual(['init', 'enabled 0', 'disabled', 'deferred', 'cleanup']);
  });

  test.each([
    [
      'a static method',
      `class A { @Get('/a') static a() {} }`,
      'plugin/bad-decorator',
      /@Get\("\/a"\) a .*static/,
    ],
    [
      'a standard decorator',
      `(Get('/a') as any)(() => {}, { kind: 'method', name: 'a' });`,
      'plugin/bad-decorator',
      /experimentalDecorators/,
    ],
    [
      'wrong info',
      `@GatePlugin({ author: 'x' } as any) class A {}`,
      'plugin/invalid-info',
      /module is missing/,
    ],
  ])('refuses %s at import', async (_name, text, code, message) => {
    const error = await refusal(
      recognise({ 'index.ts': `import { GatePlugin, Get } from 'gatehouse';\n${text}` }),
    );
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('says when its methods run by the clock, each as a task of its own or of another name', async () => {
    const text = `import { GatePlugin, Schedule, Task } from 'gatehouse';
      @GatePlugin(${INFO})
      export class Ci {
        @Schedule('0 9 * * 1-5', { timezone: 'Europe/Berlin', payload: { id: 1 } }) daily(payload: unknown) { return payload; }
        @Schedule('*/5 * * * *', { task: 'report', name: 'often' })
        @Task('report', { attempts: 2, backoff: [5] }) report() {}
      }`;
    const declarations = await read({ 'index.ts': text });
    expect(
      declarations.map((d) =>
        d.kind === 'schedule' ? [d.name, d.cron, d.task, d.timezone] : d.kind === 'task' && [d.name],
      ),
    ).toEqual([
      ['daily'],
      ['daily', '0 9 * * 1-5', 'daily', 'Europe/Berlin'],
      ['report'],
      ['often', '*/5 * * * *', 'report', 'UTC'],
    ]);
    const [daily] = declarations;
    expect(daily?.kind === 'task' && (await daily.run('paid', {} as never))).toBe('paid');
  });

  test('is told all that is wrong with it at once, its routers included', async () => {
    const text = `import { GatePlugin, Get, MountRouter, OnError, createRouter } from 'gatehouse';
      @GatePlugin(${INFO}) export class Ci {
        @Get(3 as never) one() {}
        @Get('/two', { acess: 1 } as never) two() {}
        @Get('/fine') fine() {}
        @OnError({} as never) three() {}
        @MountRouter() four() { return createRouter().get('/x', 4 as never); }
      }`;
    const { code, message } = await refusal(read({ 'index.ts': text }));
    expect(code).toBe('mount/invalid');
    expect(message.split('\n').slice(1)).toEqual([
      expect.stringContaining('@Get(3) one: path must be'),
      expect.stringContaining('@Get("/two") two: unknown option "acess"'),
      expect.stringContaining('the first argument must be a class of errors'),
      expect.stringContaining('get("/x") in @MountRouter("/") four: the handler must be a function'),
    ]);
  });

  test('with wrong options is refused when it is read', async () => {
    const text = `import { GatePlugin, Get } from 'gatehouse';
      @GatePlugin(${INFO}) export class Ci { @Get('/a', { acess: 'operator' } as any) a() {} }`;
    const { code, message } = await refusal(read({ 'index.ts': text }));
    expect(code).toBe('mount/invalid');
    expect(message).toContain('@Get("/a") a: unknown option "acess"');
  });
});

test("a failure that is only logged is logged with the plugin's own line", async () => {
  const stacks: string[] = [];
  const { exports } = await loadFiles({
    'index.ts': `import { Plugin } from 'gatehouse';\nexport const plugin = new Plugin(${INFO});\nplugin.onEnabled(() => {\n  throw new Error('x');\n});`,
  });
  const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
  const services = keptServices();
  services.logger.on('data', ({ stack }: { stack: string }) => stacks.push(stack));
  recognised?.bind(services);
  for (const d of recognised?.translate() ?? []) await (d as Effect).start(new Scope());
  expect(stacks.join()).toMatch(/index\.ts:4:9/);
});

describe('injection', () => {
  test('gives a constructor the services, by type', async () => {
    const enqueued: unknown[] = [];
    const enqueue = async (...asked: unknown[]) => (enqueued.push(asked), { id: '1', duplicate: false });
    const kept = keptServices({ CHANNEL: 'console-ci' });
    const services = { ...kept, tasks: { ...kept.tasks, enqueue } };
    const text = `
      import { ChatContext, Config, GatePlugin, Get, Logger, Message, PluginDetails, Tasks } from 'gatehouse';
      @GatePlugin(${INFO})
      export class Ci {
        constructor(readonly log: Logger, readonly details: PluginDetails, readonly message: Message, readonly config: Config, readonly chats: ChatContext, readonly tasks: Tasks) {}
        @Get('/') async all() {
          await this.tasks.enqueue('report', { id: 1 });
          this.log.info('hello');
          await this.message.sendText(this.config.CHANNEL, this.details.webhookUrl('/x'));
          await this.chats.createTempCtx('console-b').sendText(this.details.dataDir);
          return this.details.key;
        }
      }`;
    const [endpoint] = await read({ 'index.ts': text }, services);
    expect(await answer(endpoint)).toBe('acme.ci');
    expect(enqueued).toEqual([['report', { id: 1 }]]);
    expect(services.logged).toEqual(['info: hello']);
    expect(services.sent.map(({ chatKey, text }) => [chatKey, text])).toEqual([
      ['console-ci', '/api/plugin/acme.ci/x'],
      ['console-b', '/data/acme.ci'],
    ]);
  });

  test("wires the plugin's own classes and tokens in its own container", async () => {
    const files = {
      'index.ts': `
        import { GatePlugin, Get } from 'gatehouse';
        import { container, inject } from 'tsyringe';
        import { Store } from './store';
        container.register('greeting', { useValue: 'hi' });
        @GatePlugin(${INFO})
        export class Ci {
          constructor(private store: Store, private again: Store, @inject('greeting') private greeting: string) {}
          @Get('/') all() { return [this.greeting, this.store.name, this.store === this.again, container.resolve(Store) === this.store]; }
        }`,
      'store.ts': `
        import { Logger } from 'gatehouse';
        import { singleton } from 'tsyringe';
        @singleton() export class Store { constructor(private log: Logger) {} get name() { return typeof this.log.info; } }`,
    };
    const [endpoint] = await read(files);
    expect(answer(endpoint)).toEqual(['hi', 'function', true, true]);
  });

  const lost: [string, Record<string, string>, RegExp][] = [
    [
      'import type of a class',
      {
        'index.ts': `import { GatePlugin } from 'gatehouse'; import type { Store } from './store';
          @GatePlugin(${INFO}) export class Ci { constructor(readonly store: Store) {} }`,
        'store.ts': `export class Store {}`,
      },
      /parameter 0 of class Ci .* type is Object .*`import \{ … \}`.*`@inject\('name'\)`/,
    ],
    [
      'import { type … }',
      {
        'index.ts': `import { GatePlugin, type Logger, Message } from 'gatehouse';
          @GatePlugin(${INFO}) export class Ci { constructor(readonly message: Message, readonly log: Logger) {} }`,
      },
      /parameter 1 of class Ci .* type is Object/,
    ],
    [
      'a built-in type',
      {
        'index.ts': `import { GatePlugin } from 'gatehouse';
          @GatePlugin(${INFO}) export class Ci { constructor(readonly name: string) {} }`,
      },
      /parameter 0 of class Ci .* type is String/,
    ],
    [
      'JavaScript, which has no types',
      {
        'index.js': `import { GatePlugin } from 'gatehouse';
          @GatePlugin(${INFO}) export class Ci { constructor(log) { this.log = log; } }`,
      },
      /parameter 0 of class Ci .* type is (Object|not known)/,
    ],
    [
      'a class that its class asks for',
      {
        'index.ts': `import { GatePlugin } from 'gatehouse'; import { Store } from './store';
          @GatePlugin(${INFO}) export class Ci { constructor(readonly store: Store) {} }`,
        'store.ts': `import { injectable } from 'tsyringe'; import type { Logger } from 'gatehouse';
          @injectable() export class Store { constructor(readonly log: Logger) {} }`,
      },
      /parameter 0 of class Store .* type is Object/,
    ],
    [
      'a singleton that its class asks for',
      {
        'index.ts': `import { GatePlugin } from 'gatehouse'; import { Store } from './store';
          @GatePlugin(${INFO}) export class Ci { constructor(readonly store: Store) {} }`,
        'store.ts': `import { singleton } from 'tsyringe'; import { type Logger } from 'gatehouse';
          @singleton() export class Store { constructor(readonly log: Logger) {} }`,
      },
      /parameter 0 of class Store .* type is Object/,
    ],
    [
      'a class that its class asks for, undecorated',
      {
        'index.ts': `import { GatePlugin, Logger } from 'gatehouse';
          class Store { constructor(readonly log: Logger) {} }
          @GatePlugin(${INFO}) export class Ci { constructor(readonly store: Store) {} }`,
      },
      /parameter 0 of class Store .* type is not known/,
    ],
  ];
  test.each(lost)(
    'that %s has broken is refused, naming class and parameter',
    async (_name, files, message) => {
      const error = await refusal(read(files));
      expect(error.code).toBe('plugin/not-injectable');
      expect(error.message).toMatch(message);
    },
  );

  test('by token works in JavaScript, whose unused imports still run', async () => {
    const files = {
      'index.js': `import { GatePlugin, Get, Logger } from 'gatehouse'; import { inject } from 'tsyringe';
        import { unused } from './aside.js'; import { log } from './log.js';
        @GatePlugin(${INFO}) export class Ci { constructor(@inject(Logger) log) { this.log = log; } @Get('/') a() { return [typeof this.log.info, log]; } }`,
      'aside.js': `import { log } from './log.js'; export const unused = 1; log.push('ran');`,
      'log.js': `export const log = [];`,
    };
    expect(answer((await read(files))[0])).toEqual(['function', ['ran']]);
  });

  test('by token makes such a parameter fine', async () => {
    const text = `import { GatePlugin, Get, Logger, type Message } from 'gatehouse'; import { inject } from 'tsyringe';
      @GatePlugin(${INFO}) export class Ci { constructor(@inject(Logger) readonly log: unknown) {} @Get('/') a() { return typeof this.log; } }`;
    expect(answer((await read({ 'index.ts': text }))[0])).toBe('object');
  });

  test('what a constructor throws is what the host sees', async () => {
    const text = `import { GatePlugin } from 'gatehouse';
      @GatePlugin(${INFO}) export class Ci { constructor() { throw new RangeError('no table'); } }`;
    await expect(read({ 'index.ts': text })).rejects.toThrow('no table');
  });
});
