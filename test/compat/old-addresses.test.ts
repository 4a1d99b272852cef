import type { WebhookHandler } from '../../src/compat';
import { HttpError } from '../../src/core/http-error';
import type { PluginKey } from '../../src/core/plugin-key';
import { reply } from '../../src/core/reply';
import { post, postJson, closeHosts, startLegacyHost, type LegacyHost } from './legacy-host';
import { PlainPlugin } from './plain-plugin';

const SCOPED = '/api/plugin/dev.demo/webhook/gh';
const SHORT = '/api/plugin/demo/webhook/gh';
const GLOBAL = '/api/webhook/gh';
const JSON_TYPE = 'application/json';

let host: LegacyHost;
beforeEach(async () => {
  host = await startLegacyHost();
});
afterEach(closeHosts);

describe('several plugins at the global address', () => {
  const refuse: WebhookHandler = () => {
    throw new HttpError(403, 'no');
  };

  test('one refusal does not keep the next from running; some success is 200', async () => {
    host.serve(refuse, { key: 'a.first' });
    host.serve(() => ({ ok: 1 }), { key: 'b.second' });
    const { status, body } = await host.call(GLOBAL, postJson({}));
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      message: 'Webhook processed, succeeded: 1, failed: 1',
      data: {
        results: [{ plugin: 'b.second', status: 200, body: { ok: 1 } }],
        errors: [{ plugin: 'a.first', status: 403, message: 'no' }],
      },
    });
  });

  test('no success is the first error, in the same envelope', async () => {
    host.serve(refuse, { key: 'a.first' });
    host.serve(
      () => {
        throw new Error('secret detail');
      },
      { key: 'b.second' },
    );
    const { status, body, text } = await host.call(GLOBAL, postJson({}));
    expect(status).toBe(403);
    expect(body).toMatchObject({ success: false, message: 'Webhook processed, succeeded: 0, failed: 2' });
    expect(body.data.errors.map((error: any) => error.status)).toEqual([403, 500]);
    expect(text).not.toContain('secret detail');
  });

  test('each reads the same body', async () => {
    host.serve(async (request) => (await request.json<{ a: number }>()).a, { key: 'a.first' });
    host.serve((_request, data) => data.a, { key: 'b.second' });
    const { body } = await host.call(GLOBAL, postJson({ a: 7 }));
    expect(body.data.results.map((result: any) => result.body)).toEqual([7, 7]);
  });

  test('an answer with its own status and headers is one result', async () => {
    host.serve(() => reply(202, { queued: true }), { key: 'a.first' });
    const { body } = await host.call(GLOBAL, postJson({}));
    expect(body.data.results).toEqual([{ plugin: 'a.first', status: 202, body: { queued: true } }]);
  });
});

describe('a plugin that does not serve', () => {
  const addresses = [SCOPED, SHORT, GLOBAL];

  test('disabled or unknown: 404, and nothing of it runs', async () => {
    let ran = 0;
    host.serve(() => (ran += 1));
    host.table.remove('dev.demo' as PluginKey);
    for (const path of addresses)
      expect([path, (await host.call(path, post('{', JSON_TYPE))).status]).toEqual([path, 404]);
    expect(ran).toBe(0);
  });

  test.each(['failed', 'starting'] as const)('%s: 503 with Retry-After', async (why) => {
    const { live } = host.serve(() => ({ ok: 1 }));
    const key = 'dev.demo' as PluginKey;
    host.table.vacate(key, { key, why, mount: live.mount });
    for (const path of addresses) {
      const { status, headers } = await host.call(path, postJson({}));
      expect([path, status]).toEqual([path, 503]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  test('failed, with nothing known of what it would serve: 503 at the addresses that name it', async () => {
    const key = 'dev.demo' as PluginKey;
    host.table.vacate(key, { key, why: 'failed' });
    for (const path of [SCOPED, SHORT])
      expect([path, (await host.call(path, postJson({}))).status]).toEqual([path, 503]);
  });
});

describe('addresses', () => {
  test.each([
    `${SCOPED}/`,
    '/api/plugin/dev.demo/webhook//gh',
    '/api/webhook//gh/',
    '/api/plugin/demo/webhook//gh',
  ])('%s is served in place', async (path) => {
    host.serve(() => ({ ok: 1 }));
    expect((await host.call(path, postJson({}))).status).toBe(200);
  });

  test('an endpoint of several segments', async () => {
    host.serve(() => ({ deep: true }), { endpoint: '/a/b' });
    expect((await host.call('/api/plugin/dev.demo/webhook/a/b', postJson({}))).body).toEqual({ deep: true });
  });

  test('another endpoint is 404 everywhere', async () => {
    host.serve(() => ({ ok: 1 }));
    for (const path of ['/api/plugin/dev.demo/webhook/x', '/api/plugin/demo/webhook/x', '/api/webhook/x'])
      expect([path, (await host.call(path, postJson({}))).status]).toEqual([path, 404]);
  });

  test('the old prefix serves in place and says so', async () => {
    host.serve(() => ({ ok: 1 }));
    const { status, headers } = await host.call('/plugins/dev.demo/gh', postJson({}));
    expect(status).toBe(200);
    expect(headers.get('link')).toBe('</api/plugin/dev.demo/gh>; rel="successor-version"');
  });
});

describe('what the operator decides', () => {
  test('a pinned endpoint reaches one plugin only, and nobody while that one is away', async () => {
    const pinned = await startLegacyHost({ pins: { gh: 'a.first' } });
    const ran: string[] = [];
    const plugin = (key: string) => {
      const one = new PlainPlugin(key);
      one.mountWebhookMethod({ endpoint: '/gh' }, () => void ran.push(key));
      return one;
    };
    pinned.mount(plugin('a.first'));
    pinned.mount(plugin('b.spy'));
    expect((await pinned.call(GLOBAL, postJson({}))).status).toBe(200);
    pinned.table.remove('a.first' as PluginKey);
    expect((await pinned.call(GLOBAL, postJson({}))).status).toBe(404);
    expect(ran).toEqual(['a.first']);
  });

  test('webhook methods switched off: 410 naming the successor, which still answers', async () => {
    const off = await startLegacyHost({ webhookMethods: 'off', sunset: new Date('2026-01-01T00:00:00Z') });
    const plugin = new PlainPlugin();
    plugin.mountWebhookMethod({ endpoint: '/gh' }, () => ({ ok: 1 }));
    off.mount(plugin);
    for (const path of [SCOPED, SHORT, GLOBAL]) {
      const { status, headers, text } = await off.call(path, postJson({}));
      expect([path, status]).toEqual([path, 410]);
      expect(headers.get('link')).toContain('/api/plugin/dev.demo/gh');
      expect(headers.get('sunset')).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
      expect(text).toContain('/api/plugin/dev.demo/gh');
    }
    expect((await off.call('/api/plugin/dev.demo/gh', postJson({}))).status).toBe(200);
  });

  test.each([
    ['warn', 409, 'request/ambiguous-address'],
    ['off', 410, 'request/gone'],
  ] as const)(
    'a short address that several plugins claim, with webhook methods on %s: %d, naming none of them',
    async (webhookMethods, status, code) => {
      const several = await startLegacyHost({ webhookMethods });
      for (const key of ['a.demo', 'b.demo']) {
        const plugin = new PlainPlugin(key);
        plugin.mountWebhookMethod({ endpoint: '/gh' }, () => ({ ok: 1 }));
        several.mount(plugin);
      }
      const answer = await several.call(SHORT, postJson({}));
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.headers.get('deprecation')).toMatch(/^@\d+$/);
      expect(answer.text + JSON.stringify([...answer.headers])).not.toMatch(/[ab]\.demo/);
      expect(several.layer.report().map(({ plugin, count }) => [plugin, count])).toEqual([
        ['a.demo', 1],
        ['b.demo', 1],
      ]);
    },
  );

  test('the ledger knows who still calls', async () => {
    host.serve(() => ({ ok: 1 }));
    await host.call(SCOPED, postJson({}, { 'user-agent': 'GitHub-Hookshot/1' }));
    await host.call(SCOPED, postJson({}, { 'user-agent': 'GitHub-Hookshot/2' }));
    expect(host.layer.report()).toEqual([
      expect.objectContaining({
        id: 'webhook-address',
        plugin: 'dev.demo',
        endpoint: '/gh',
        count: 2,
        lastCaller: expect.objectContaining({ ip: '127.0.0.1', userAgent: 'GitHub-Hookshot/2' }),
      }),
    ]);
  });
});
