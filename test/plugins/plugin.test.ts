import express, { Router } from 'express';
import type { Declaration, Effect, Endpoint, Task } from '../../src/core/declaration';
import { isHostError, type ErrorCode } from '../../src/core/errors';
import { buildMount } from '../../src/core/mount';
import { STANDARD_RETRY } from '../../src/core/retry';
import { Scope } from '../../src/core/scope';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { keptServices } from './services';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' };
const create = () => new PluginBase(info);

function read(plugin: PluginBase, services = keptServices()): Declaration[] {
  plugin[PLUGIN].bind(services);
  return [...plugin[PLUGIN].translate()];
}
const endpointsOf = (plugin: PluginBase) => read(plugin).filter((d): d is Endpoint => d.kind === 'endpoint');

function refusal(call: () => unknown): { code: ErrorCode; message: string } {
  try {
    call();
  } catch (thrown) {
    if (isHostError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

describe('who a plugin is', () => {
  test('its key is author.module and its info is frozen, without what is unknown', () => {
    const plugin = new PluginBase({ ...info, url: 'https://x.example', extra: 1 } as any);
    expect(plugin.key).toBe('acme.ci');
    expect(plugin.info).toEqual({ ...info, url: 'https://x.example' });
    expect(Object.isFrozen(plugin.info)).toBe(true);
  });

  test('every fault of the description is named at once', () => {
    const { code, message } = refusal(
      () => new PluginBase({ author: 'a-b', name: ' ', description: 3, url: 4, exclusive: 'yes' } as any),
    );
    expect(code).toBe('plugin/invalid-info');
    for (const part of [
      'author "a-b"',
      'module is',
      'name is',
      'version is',
      'description is',
      'url is',
      'exclusive is',
    ])
      expect(message).toContain(part);
  });

  test.each([[undefined], [null], ['acme.ci']])('a description that is %p is refused', (given) => {
    expect(refusal(() => new PluginBase(given as any)).code).toBe('plugin/invalid-info');
  });
});

describe('endpoints', () => {
  test('carry safe defaults and say where they were written', () => {
    const handler = () => 1;
    const [endpoint] = endpointsOf(create().endpoint({ method: 'POST', path: '/github' }, handler));
    expect(endpoint).toEqual({
      kind: 'endpoint',
      origin: { dialect: 'native', where: 'endpoint(POST "/github")' },
      method: 'POST',
      path: '/github',
      reach: 'exact',
      access: 'public',
      body: { kind: 'auto' },
      answer: 'handler',
      retry: STANDARD_RETRY,
      aliases: [],
      serve: { handle: handler },
    });
  });

  test('have short forms for five methods, with and without options', () => {
    const plugin = create()
      .get('/a', () => 1)
      .post(
        '/a',
        { access: 'operator', timeoutMs: 50, title: 'A', body: { kind: 'json', limitBytes: 10 } },
        () => 1,
      )
      .put('/a', () => 1)
      .patch('/a', () => 1)
      .delete('/a', () => 1);
    const found = endpointsOf(plugin);
    expect(found.map(({ method, origin }) => [method, origin.where])).toEqual([
      ['GET', 'get("/a")'],
      ['POST', 'post("/a")'],
      ['PUT', 'put("/a")'],
      ['PATCH', 'patch("/a")'],
      ['DELETE', 'delete("/a")'],
    ]);
    expect(found[1]).toMatchObject({
      access: 'operator',
      timeoutMs: 50,
      title: 'A',
      body: { kind: 'json', limitBytes: 10 },
    });
  });

  test('with wrong options are refused at the call, every fault named', () => {
    const { code, message } = refusal(() =>
      (create() as any).endpoint(
        {
          method: 'post',
          path: 3,
          acess: 'operator',
          access: 'everyone',
          body: { kind: 'xml', limitBytes: -1, files: { a: { maxCount: '2' } } },
          timeoutMs: 0,
        },
        'no',
      ),
    );
    expect(code).toBe('mount/invalid');
    for (const part of [
      'Plugin acme.ci',
      'endpoint(post 3)',
      'method must be one of GET',
      'path must be',
      'unknown option "acess" (known: ',
      'access "everyone" is not known',
      'kind must be one of auto',
      'limitBytes must be',
      '"a" maxCount',
      'timeoutMs must be',
      'the handler must be a function',
    ])
      expect(message).toContain(part);
  });

  test.each([
    ['endpoint()', (p: any) => p.endpoint()],
    ['endpoint without method and path', (p: any) => p.endpoint({}, () => 1)],
    ['get without a handler', (p: any) => p.get('/a')],
    ['get with its arguments the wrong way round', (p: any) => p.get('/a', () => 1, {})],
    ['get without a path', (p: any) => p.get(() => 1)],
    ['a task without a name', (p: any) => p.task('', () => 1)],
    ['a task without code', (p: any) => p.task('a', { attempts: 2 })],
    ['a hook that is no function', (p: any) => p.onInit('start')],
    ['mountRouter with a Router instead of a factory', (p: any) => p.mountRouter({ get() {} })],
    ['mountRouter with an unknown option', (p: any) => p.mountRouter(() => Router(), { prefix: '/x' })],
  ])('%s is refused at the call', (_name, call) => {
    expect(refusal(() => call(create())).code).toBe('mount/invalid');
  });

  test('that come after the host has read the plugin are refused', () => {
    const plugin = create();
    read(plugin);
    expect(refusal(() => plugin.get('/late', () => 1))).toMatchObject({ code: 'plugin/sealed' });
  });
});

describe('tasks', () => {
  test('are declared with attempts and a time limit', () => {
    const plugin = create()
      .task('report', { attempts: 2, timeoutMs: 9 }, () => 1)
      .task('mail', () => 1);
    const tasks = read(plugin).filter((d): d is Task => d.kind === 'task');
    expect(tasks.map(({ name, retry, timeoutMs }) => [name, retry.attempts, timeoutMs])).toEqual([
      ['report', 2, 9],
      ['mail', 8, 60_000],
    ]);
  });
});

describe('Routers', () => {
  test('are made when the host reads the plugin, one subtree each', () => {
    let made = 0;
    const plugin = create()
      .mountRouter(() => ((made += 1), Router()))
      .mountRouter(() => Router(), { path: '/admin', access: 'operator' });
    expect(made).toBe(0);
    const found = endpointsOf(plugin);
    expect(made).toBe(1);
    expect(
      found.map(({ method, path, reach, access, body, origin }) => [
        method,
        path,
        reach,
        access,
        body.kind,
        origin.where,
      ]),
    ).toEqual([
      ['ALL', '/', 'subtree', 'public', 'stream', 'mountRouter("/")'],
      ['ALL', '/admin', 'subtree', 'operator', 'stream', 'mountRouter("/admin")'],
    ]);
  });

  test('may be made with services at hand', () => {
    const plugin = create();
    plugin.mountRouter(() => (plugin.logger.info(`data in ${plugin.dataDir}`), Router()));
    const services = keptServices();
    read(plugin, services);
    expect(services.logged).toEqual(['info: data in /data/acme.ci']);
  });

  test.each([
    ['nothing', () => undefined, 'returned nothing'],
    ['a promise', async () => Router(), 'returned a promise (it cannot be async'],
    ['a rejected promise', () => Promise.reject(new Error('x')), 'returned a promise'],
    ['a whole app', () => express(), 'returned a whole Express app'],
    ['a handler', () => () => 1, 'returned a function'],
    ['an object', () => ({}), 'returned an object that is no Router'],
  ])('a factory that returns %s is refused in so many words', (_name, factory, words) => {
    const plugin = create().mountRouter(factory as any);
    const { code, message } = refusal(() => read(plugin));
    expect(code).toBe('mount/no-router');
    expect(message).toContain(words);
    expect(message).toContain('mountRouter("/")');
  });

  test('what a factory throws is what the host sees', () => {
    const plugin = create().mountRouter(() => {
      throw new RangeError('no table');
    });
    expect(() => read(plugin)).toThrow(RangeError);
  });

  test('an Express 4 path is named with its rewrite', () => {
    const plugin = create().mountRouter(() => {
      const router = Router();
      router.get('/builds/:id?', () => undefined);
      return router;
    });
    const { code, message } = refusal(() => read(plugin));
    expect(code).toBe('plugin/express-path');
    expect(message).toContain('mountRouter("/"): the path "/builds/:id?"');
    expect(message).toContain('write "/builds{/:id}"');
  });
});

describe('hooks', () => {
  async function start(plugin: PluginBase, services = keptServices()): Promise<Scope> {
    const scope = new Scope();
    const effects = read(plugin, services).filter((d): d is Effect => d.kind === 'effect');
    for (const effect of effects) await effect.start(scope);
    return scope;
  }
  function noisy() {
    const calls: string[] = [];
    const say = (word: string) => () => void calls.push(word);
    const plugin = create()
      .onDisabled(say('disabled'))
      .onEnabled(say('enabled'))
      .onCleanup(say('cleanup 1'))
      .onInit((scope) => {
        calls.push('init 1');
        scope.defer('poller', say('poller stopped'));
      })
      .onInit(say('init 2'))
      .onCleanup(say('cleanup 2'));
    return { calls, plugin };
  }

  test('start inits in order and then enabled, whatever order they were written in', async () => {
    const { calls, plugin } = noisy();
    await start(plugin);
    expect(calls).toEqual(['init 1', 'init 2', 'enabled']);
  });

  test('end in reverse: disabled, what inits deferred, cleanups last', async () => {
    const { calls, plugin } = noisy();
    const scope = await start(plugin);
    calls.length = 0;
    await scope.dispose('disable');
    expect(calls).toEqual(['disabled', 'poller stopped', 'cleanup 2', 'cleanup 1']);
  });

  test.each(['reload', 'remove', 'shutdown'] as const)(
    'a %s cleans up without calling onDisabled',
    async (reason) => {
      const { calls, plugin } = noisy();
      const scope = await start(plugin);
      calls.length = 0;
      await scope.dispose(reason);
      expect(calls).toEqual(['poller stopped', 'cleanup 2', 'cleanup 1']);
    },
  );

  test("an init that throws is the caller's to report, and cleanups still run", async () => {
    const calls: string[] = [];
    const plugin = create()
      .onInit(() => Promise.reject(new Error('no database')))
      .onCleanup((scope) => void calls.push(`cleanup after ${scope.reason}`));
    const scope = new Scope();
    const [cleanup, init] = read(plugin) as Effect[];
    await cleanup?.start(scope);
    await expect(init?.start(scope)).rejects.toThrow('no database');
    await scope.dispose('failed');
    expect(calls).toEqual(['cleanup after failed']);
  });

  test('onEnabled that throws is only logged', async () => {
    const services = keptServices();
    await start(
      create().onEnabled(() => {
        throw new Error('mail is down');
      }),
      services,
    );
    expect(services.logged).toEqual(['error: onEnabled failed: mail is down']);
  });
});

describe('services', () => {
  const touches: [string, (plugin: PluginBase) => unknown][] = [
    ['logger', (plugin) => plugin.logger],
    ['dataDir', (plugin) => plugin.dataDir],
    ['config', (plugin) => plugin.config['CHANNEL']],
    ['signal', (plugin) => plugin.signal],
    ['services', (plugin) => plugin.services],
    ['spawn', (plugin) => plugin.spawn(() => undefined)],
    ['webhookUrl', (plugin) => plugin.webhookUrl('/x')],
  ];

  test.each(touches)('%s touched before the host loaded the plugin is a clear error', (name, touch) => {
    const { code, message } = refusal(() => touch(create()));
    expect(code).toBe('plugin/not-bound');
    expect(message).toContain(`plugin.${name} was used before`);
  });

  test("are the generation's once bound", () => {
    const plugin = create();
    const services = keptServices({ CHANNEL: 'console-ci' });
    read(plugin, services);
    expect(plugin.logger).toBe(services.logger);
    expect(plugin.dataDir).toBe('/data/acme.ci');
    expect(plugin.signal).toBe(services.signal);
    expect(plugin.services).toBe(services);
    expect(plugin.spawn(() => undefined)).toBe('acme.ci-1-1');
    expect(plugin.webhookUrl('/x')).toBe('/api/plugin/acme.ci/x');
  });

  test('config knows what was set, nothing inherited, and cannot be written', () => {
    const plugin = create();
    read(plugin, keptServices({ CHANNEL: 'console-ci' }));
    expect(plugin.config['CHANNEL']).toBe('console-ci');
    expect(plugin.config['OTHER']).toBeUndefined();
    expect(plugin.config['constructor']).toBeUndefined();
    expect(() => Object.assign(plugin.config, { CHANNEL: 'x' })).toThrow(TypeError);
  });

  test('messages go to the chat named, from the plugin', async () => {
    const plugin = create();
    const { message, context } = plugin;
    await expect(message.sendText('console-ci', 'early')).rejects.toMatchObject({ code: 'plugin/not-bound' });
    const services = keptServices();
    read(plugin, services);
    await message.sendText('console-ci', 'one', { ignored: true });
    await message.pushSystem('console-ci', 'two', { trigger: true });
    const chat = context.createTempCtx('console-a-b');
    await chat.sendText('three');
    await chat.pushSystem('four');
    expect(services.sent).toEqual([
      { chatKey: 'console-ci', from: 'acme.ci', kind: 'text', text: 'one' },
      { chatKey: 'console-ci', from: 'acme.ci', kind: 'system', text: 'two' },
      { chatKey: 'console-a-b', from: 'acme.ci', kind: 'text', text: 'three' },
      { chatKey: 'console-a-b', from: 'acme.ci', kind: 'system', text: 'four' },
    ]);
  });

  test.each(['console', '-x', 'console-', ''])('the chat key %p is refused', async (chatKey) => {
    const plugin = create();
    read(plugin);
    expect(refusal(() => plugin.context.createTempCtx(chatKey)).code).toBe('channel/invalid-key');
    await expect(plugin.message.sendText(chatKey, 'x')).rejects.toMatchObject({
      code: 'channel/invalid-key',
    });
  });

  test('a plugin object is bound and read once', () => {
    const plugin = create();
    read(plugin);
    expect(refusal(() => plugin[PLUGIN].bind(keptServices())).code).toBe('plugin/bound-twice');
    expect(refusal(() => [...plugin[PLUGIN].translate()]).code).toBe('plugin/bound-twice');
  });
});

test('what is declared builds a Mount', () => {
  const plugin = create()
    .get('/builds/:id', () => 1)
    .task('t', () => 1)
    .onInit(() => undefined)
    .mountRouter(() => Router());
  const mount = buildMount(plugin.key, plugin.info, read(plugin));
  expect([mount.endpoints.length, mount.tasks.length, mount.effects.length]).toEqual([2, 1, 1]);
});
