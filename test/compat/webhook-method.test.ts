import { WebhookMethod } from '../../src/compat';
import { membersOf } from '../../src/core/class-metadata';
import type { Declaration, Endpoint } from '../../src/core/declaration';
import { buildMount } from '../../src/core/mount';
import { reply } from '../../src/core/reply';
import { STANDARD_RETRY } from '../../src/core/retry';
import { plainExchange } from './plain-exchange';
import { PlainPlugin, plainServices } from './plain-plugin';

const info = plainServices().info;
const mountOf = (plugin: PlainPlugin, more: Declaration[] = []) =>
  buildMount(plugin.key, info, [...plugin.declarations, ...more]);
const nothing = () => undefined;
const handle = (endpoint: Endpoint | undefined, request = plainExchange()) => {
  if (endpoint === undefined || !('handle' in endpoint.serve))
    throw new Error('not an endpoint with a handler');
  return endpoint.serve.handle(request);
};
const own = (path: string, method: Endpoint['method'] = 'ALL'): Endpoint => ({
  kind: 'endpoint',
  origin: { dialect: 'native', where: `endpoint(${path})` },
  method,
  path,
  reach: 'exact',
  access: 'public',
  body: { kind: 'auto' },
  answer: 'handler',
  record: false,
  retry: STANDARD_RETRY,
  aliases: [],
  serve: { handle: nothing },
});

describe('mountWebhookMethod', () => {
  test.each(['gh', '/gh', '//gh/', 'g%68'])(
    'declares %s as /gh with the three old address families',
    (written) => {
      const plugin = new PlainPlugin();
      plugin.mountWebhookMethod({ endpoint: written, name: 'GitHub', description: 'pushes' }, nothing);
      const [endpoint, ...others] = mountOf(plugin).endpoints;
      expect(others).toEqual([]);
      expect(endpoint).toMatchObject({
        method: 'ALL',
        path: '/gh',
        yields: true,
        access: 'public',
        title: 'GitHub',
        description: 'pushes',
        successor: '/api/plugin/dev.demo/gh',
        origin: { where: `mountWebhookMethod("${written}")`, deprecated: 'mountWebhookMethod' },
        aliases: [
          { base: '/api/plugin/dev.demo/webhook', path: '/gh', share: 'sole' },
          { base: '/api/plugin/demo/webhook', path: '/gh', share: 'unique' },
          { base: '/api/webhook', path: '/gh', share: 'all' },
        ],
      });
      expect(endpoint?.aliases.map((alias) => alias.deprecated)).toEqual([
        'webhook-address',
        'webhook-address-short',
        'webhook-address-global',
      ]);
    },
  );

  test('takes several segments, and is called by its endpoint when it has no name', () => {
    const plugin = new PlainPlugin();
    plugin.mount_webhook_method({ endpoint: 'a//b' }, nothing);
    expect(plugin.endpoints[0]).toMatchObject({ path: '/a/b', title: 'a//b' });
  });

  test('a map becomes one endpoint per method; rules for parts stay off those without a body', () => {
    const plugin = new PlainPlugin();
    const files = { report: { required: true } };
    plugin.mountWebhookMethod({ endpoint: '/gh', files }, { GET: nothing, post: nothing } as object);
    expect(mountOf(plugin).endpoints.map(({ method, body }) => [method, body.files])).toEqual([
      ['GET', undefined],
      ['POST', files],
    ]);
  });

  test.each<[string, object[], object[]]>([
    ['handlers', [{ endpoint: 'gh' }, nothing], [{ endpoint: '/gh' }, nothing]],
    ['maps', [{ endpoint: 'gh' }, { GET: nothing }], [{ endpoint: '/gh' }, { GET: nothing }]],
    ['a handler and a map', [{ endpoint: 'gh' }, nothing], [{ endpoint: '/gh' }, { GET: nothing }]],
    ['a map and a handler', [{ endpoint: 'gh' }, { GET: nothing }], [{ endpoint: '/gh' }, nothing]],
  ])('refuses the same endpoint twice: %s', (_what, first, second) => {
    const plugin = new PlainPlugin();
    for (const [options, handler] of [first, second])
      plugin.mountWebhookMethod(options as any, handler as any);
    expect(() => mountOf(plugin)).toThrow(
      expect.objectContaining({
        code: 'mount/invalid',
        message: expect.stringMatching(
          /mountWebhookMethod\("\/?gh"\) and mountWebhookMethod\("\/?gh"\) both declare/,
        ),
      }),
    );
  });

  test('refuses two endpoints twice also where a route of the plugin took the path', () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: 'gh' }, nothing);
    plugin.mountWebhookMethod({ endpoint: '/gh' }, nothing);
    expect(() => mountOf(plugin, [own('/gh')])).toThrow(/both declare/);
  });

  test("a plugin's own route at the path wins, and the old addresses stay", () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/gh' }, nothing);
    const [webhook] = mountOf(plugin, [own('/gh')]).endpoints;
    expect(webhook?.path).toBe('');
    expect(webhook?.aliases).toHaveLength(3);
  });

  test.each<[string, unknown, unknown]>([
    ['no options', undefined, nothing],
    ['no endpoint', {}, nothing],
    ['no handler', { endpoint: '/gh' }, undefined],
    ['an empty map', { endpoint: '/gh' }, {}],
    ['an unknown method', { endpoint: '/gh' }, { FETCH: nothing }],
    ['a map of something else', { endpoint: '/gh' }, { GET: 'x' }],
  ])('refuses %s', (_what, options, handler) => {
    const mount = () => new PlainPlugin().mountWebhookMethod(options as any, handler as any);
    expect(mount).toThrow(expect.objectContaining({ code: 'compat/invalid-webhook-method' }));
  });

  test('reads every body itself, so that several plugins can share it: it takes no policy for it', () => {
    const plugin = new PlainPlugin();
    const options = { endpoint: '/gh', body: { kind: 'stream' } };
    expect(() => plugin.mountWebhookMethod(options as any, nothing)).toThrow(/unknown option "body"/);
    plugin.mountWebhookMethod({ endpoint: '/gh', fields: { a: {} } }, { GET: nothing, POST: nothing });
    expect(mountOf(plugin).endpoints.map(({ body }) => body.kind)).toEqual(['auto', 'auto']);
  });

  test('refuses options it does not know, for a misspelt access would leave the endpoint open', () => {
    const options = { endpoint: '/gh', acess: 'operator', files: { report: { requierd: true } } };
    const mount = () => new PlainPlugin().mountWebhookMethod(options as any, nothing);
    expect(mount).toThrow(
      expect.objectContaining({
        code: 'mount/invalid',
        message: expect.stringMatching(
          /mountWebhookMethod\("\/gh"\): unknown option "acess"[^]*unknown option "requierd"/,
        ),
      }),
    );
  });

  test('an endpoint that cannot be decoded is refused by name', () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/%zz' }, nothing);
    expect(() => mountOf(plugin)).toThrow(/mountWebhookMethod\("\/%zz"\)/);
  });

  test('takes its access and successor from the options', () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod(
      { endpoint: '/gh', access: 'operator', successor: '/api/plugin/dev.new/gh' },
      nothing,
    );
    expect(plugin.endpoints[0]).toMatchObject({ access: 'operator', successor: '/api/plugin/dev.new/gh' });
  });
});

describe('what a webhook method returns', () => {
  const answer = async (returned: unknown, baseUrl = '/api/plugin/dev.demo/webhook') => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/gh' }, () => returned);
    const { status, body } = (await handle(plugin.endpoints[0], plainExchange({ baseUrl }))) as any;
    return { status, body };
  };

  test.each<[string, unknown, number, unknown]>([
    ['an object', { a: 1 }, 200, { a: 1 }],
    ['a promise', Promise.resolve({ a: 1 }), 200, { a: 1 }],
    ['a body and a status', [{ a: 1 }, 201], 201, { a: 1 }],
    ['any body and a status', ['text', 202], 202, 'text'],
    ['a list of two numbers that are no status', [1, 2], 200, [1, 2]],
    ['a longer list', [{}, 201, 1], 200, [{}, 201, 1]],
    ['a string', 'ok', 200, 'ok'],
    ['a reply', reply(204), 204, undefined],
  ])('%s', async (_what, returned, status, body) => {
    expect(await answer(returned)).toEqual({ status, body });
  });

  test('nothing: the old envelope with a true count', async () => {
    expect(await answer(undefined)).toEqual({
      status: 200,
      body: {
        success: true,
        message: 'Webhook processed, succeeded: 1, failed: 0',
        data: { results: [{ plugin: 'dev.demo', status: 200, body: null }], errors: [] },
      },
    });
  });

  test('nothing at the global address: nothing, for the gathered envelope to hold', async () => {
    expect(await answer(undefined, '/api/webhook')).toEqual({ status: 200, body: undefined });
  });
});

describe('what a webhook method is given', () => {
  const bad = () => plainExchange({ headers: [['content-type', 'application/json']], body: '{' });

  test('the parsed body second, when it names a second parameter', async () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/two' }, (_request, data) => ({ got: data.a }));
    const exchange = plainExchange({ body: '{"a":7}' });
    expect(await handle(plugin.endpoints[0], exchange)).toMatchObject({ body: { got: 7 } });
    await expect(handle(plugin.endpoints[0], bad())).rejects.toMatchObject({ code: 'body/invalid-json' });
  });

  test.each<[string, any]>([
    ['a second parameter with a default', (_request: unknown, data: any = {}) => ({ got: data.a })],
    ['the rest of its parameters', (...given: any[]) => ({ got: given[1].a })],
  ])('the parsed body also when it names %s', async (_what, handler) => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/quiet' }, handler);
    expect(await handle(plugin.endpoints[0], plainExchange({ body: '{"a":7}' }))).toMatchObject({
      body: { got: 7 },
    });
  });

  test('bad JSON reaches a handler that does not ask', async () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/one' }, (request) => request.rawBody.toString());
    expect(await handle(plugin.endpoints[0], bad())).toMatchObject({ status: 200, body: '{' });
  });

  test('a context that sends as its plugin, once the host has bound it', async () => {
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/chat' }, (request) => request.sendText('console-ci', 'hi'));
    await expect(handle(plugin.endpoints[0])).rejects.toMatchObject({ code: 'plugin/not-bound' });
    const services = plainServices();
    plugin.bound = services;
    await handle(plugin.endpoints[0]);
    expect(services.sent).toEqual([{ chatKey: 'console-ci', from: 'dev.demo', kind: 'text', text: 'hi' }]);
  });
});

describe('@WebhookMethod', () => {
  class Demo {
    constructor(readonly greeting: string) {}
    @WebhookMethod({ endpoint: '/gh', name: 'GitHub' })
    onGithub(_request: unknown, data: { a: number }) {
      return { greeting: this.greeting, a: data.a };
    }
    @WebhookMethod({ endpoint: 'raw' })
    onRaw() {
      return this.greeting;
    }
  }

  test('declares what mountWebhookMethod does, with the method on its instance', async () => {
    const plugin = new PlainPlugin();
    for (const member of membersOf(Demo.prototype)) member(new Demo('hello'), plugin);
    const [github, raw] = mountOf(plugin).endpoints;
    expect(github).toMatchObject({
      path: '/gh',
      title: 'GitHub',
      origin: { where: '@WebhookMethod("/gh") onGithub' },
    });
    expect(github?.aliases).toHaveLength(3);
    expect(await handle(github, plainExchange({ body: '{"a":7}' }))).toMatchObject({
      body: { greeting: 'hello', a: 7 },
    });
    expect(await handle(raw, plainExchange({ body: '{' }))).toMatchObject({ body: 'hello' });
  });

  test('on something that is no method says so', () => {
    class Wrong {
      declare field: string;
    }
    WebhookMethod({ endpoint: '/x' })(Wrong.prototype, 'field', undefined as any);
    const [member] = membersOf(Wrong.prototype);
    expect(() => member?.(new Wrong(), new PlainPlugin())).toThrow(/move the decorator to a method/);
  });
});
