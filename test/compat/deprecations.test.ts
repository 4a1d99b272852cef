import { createLegacyLayer } from '../../src/compat';
import { createDeprecations, type DeprecationsOptions } from '../../src/compat/deprecations';
import { buildMount } from '../../src/core/mount';
import type { PluginKey } from '../../src/core/plugin-key';
import type { DeprecatedUse } from '../../src/core/ports/deprecations';
import { PlainPlugin, plainServices } from './plain-plugin';

const use: DeprecatedUse = {
  id: 'webhook-address',
  key: 'dev.demo' as PluginKey,
  endpoint: '/gh',
  successor: '/api/plugin/dev.demo/gh',
  caller: { ip: '192.0.2.7', userAgent: 'GitHub-Hookshot/1' },
};

function ledger(options: Partial<DeprecationsOptions> = {}) {
  const { logger, logged } = plainServices();
  let now = 1_000;
  const deprecations = createDeprecations({ mode: 'warn', logger, clock: { now: () => now }, ...options });
  return { ...deprecations, logged, pass: (ms: number) => (now += ms) };
}

function demo() {
  const plugin = new PlainPlugin();
  plugin.mountWebhookMethod({ endpoint: '/gh' }, { GET: () => undefined, POST: () => undefined });
  plugin.mountWebhookMethod({ endpoint: '/gl' }, () => undefined);
  return buildMount(plugin.key, plainServices().info, plugin.declarations);
}

describe('the answer', () => {
  test('carries a structured date and the successor, and no Sunset unless one is set', () => {
    expect(ledger().used(use)).toEqual({
      gone: false,
      headers: {
        Deprecation: expect.stringMatching(/^@\d{10}$/),
        Link: '</api/plugin/dev.demo/gh>; rel="successor-version"',
      },
    });
  });

  test('carries Sunset as an HTTP-date once the operator set it', () => {
    const sunset = new Date('2027-06-30T00:00:00Z');
    expect(ledger({ sunset }).used(use).headers.Sunset).toBe('Wed, 30 Jun 2027 00:00:00 GMT');
  });

  test('a successor cannot break out of its header', () => {
    const { headers } = ledger().used({ ...use, successor: '/api/plugin/dev.demo/é>\r\nX: <%20' });
    expect(headers.Link).toBe('</api/plugin/dev.demo/%C3%A9%3E%0D%0AX:%20%3C%20>; rel="successor-version"');
  });

  test('something not in the catalogue carries nothing', () => {
    expect(ledger().used({ ...use, id: 'toString' })).toEqual({ gone: false, headers: {} });
  });
});

describe('switched off', () => {
  test.each(['webhook-address', 'webhook-address-short', 'webhook-address-global'])('%s is gone', (id) => {
    const { gone, headers } = ledger({ mode: 'off' }).used({ ...use, id });
    expect(gone).toBe(true);
    expect(headers.Link).toContain(use.successor);
  });

  test('the old prefix of Routers is no webhook address and stays', () => {
    expect(ledger({ mode: 'off' }).used({ ...use, id: 'plugins-prefix' }).gone).toBe(false);
  });
});

describe('the log', () => {
  test('warns of each endpoint when it is registered, and not again on reload', () => {
    const { registered, logged } = ledger();
    registered(demo());
    registered(demo());
    expect(logged).toEqual([
      expect.stringMatching(
        /^warn: plugin dev.demo: mountWebhookMethod\("\/gh"\) is deprecated; use plugin\.endpoint/,
      ),
      expect.stringMatching(/mountWebhookMethod\("\/gl"\)/),
    ]);
  });

  test('warns at most once a minute per endpoint, with how often it was used since', () => {
    const { used, logged, pass } = ledger();
    for (let n = 0; n < 5; n += 1) used(use);
    used({ ...use, endpoint: '/gl' });
    pass(59_999);
    used(use);
    expect(logged).toHaveLength(2);
    pass(1);
    used(use);
    expect(logged).toHaveLength(3);
    expect(logged[0]).toContain('the address /api/plugin/dev.demo/webhook/gh was used once;');
    expect(logged[2]).toContain('was used 6 times; use /api/plugin/dev.demo/gh');
  });

  test('names the short address by its module', () => {
    const { used, logged } = ledger();
    used({ ...use, id: 'webhook-address-short' });
    expect(logged[0]).toContain('the address /api/plugin/demo/webhook/gh was used once;');
  });

  test('says nothing in mode on, and still counts', () => {
    const { used, registered, logged, report } = ledger({ mode: 'on' });
    registered(demo());
    used(use);
    expect(logged).toEqual([]);
    expect(report()).toHaveLength(1);
  });
});

describe('the report', () => {
  test('counts per endpoint and address family, with the last caller, most used first', () => {
    const { used, report, pass } = ledger();
    used({ ...use, id: 'webhook-address-global' });
    used(use);
    pass(500);
    used({ ...use, caller: { ip: '198.51.100.1', userAgent: 'x'.repeat(1_000) } });
    expect(report()).toEqual([
      {
        id: 'webhook-address',
        plugin: 'dev.demo',
        endpoint: '/gh',
        successor: use.successor,
        count: 2,
        lastCaller: { ip: '198.51.100.1', userAgent: 'x'.repeat(200), at: 1_500 },
      },
      expect.objectContaining({ id: 'webhook-address-global', count: 1 }),
    ]);
  });

  test('paths that callers make up do not fill it', () => {
    const { used, report } = ledger();
    for (let n = 0; n < 1_000; n += 1) used({ ...use, id: 'plugins-prefix', endpoint: `/${n}` });
    expect(report()).toEqual([expect.objectContaining({ endpoint: '*', count: 1_000 })]);
  });
});

test('the layer a host composes: ledger, shared address, prefix, and one module per generation', () => {
  const { logger, logged } = plainServices();
  const layer = createLegacyLayer({
    settings: {
      compat: {
        webhookMethods: 'warn',
        'webhookMethods.answer': 'handler',
        sunset: undefined,
        pins: { gh: 'dev.demo' },
      },
      perPlugin: {},
    },
    logger,
    clock: { now: () => 0 },
  });
  layer.mounted(demo());
  layer.deprecations.used(use);
  expect(logged).toHaveLength(3);
  expect(layer.report()).toHaveLength(1);
  expect(layer.shared.choose('/gh', ['a.b' as PluginKey])).toEqual([]);
  expect(layer.prefixAliases).toEqual([{ prefix: '/plugins/', deprecated: 'plugins-prefix' }]);
  const make = layer.modules['gatehouse/compat'];
  expect(make?.(plainServices)).not.toBe(make?.(plainServices));
});
