import { describeAccess } from '../../src/core/access';
import type { Endpoint } from '../../src/core/declaration';
import { isRecorded } from '../../src/core/durable-answer';
import { buildMount } from '../../src/core/mount';
import { GatePlugin, Post } from '../../src/plugins/decorators';
import type { EndpointOptions } from '../../src/plugins/endpoint-types';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { hmac, sharedSecret } from '../../src/signatures/parametric-rows';
import { keptServices } from './services';
import { router } from '../http/gateway-under-test';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const GITHUB = { signature: 'github', secret: 'GITHUB' } as const;

function declared(options: EndpointOptions): Endpoint {
  const plugin = new PluginBase(info).post('/in', options, () => 1);
  plugin[PLUGIN].bind(keptServices());
  return plugin[PLUGIN].translate()[0] as Endpoint;
}
function mounted(options: Parameters<PluginBase['mountRouter']>[1]): Endpoint {
  const routes = router('/', () => undefined).serve;
  const plugin = new PluginBase(info).mountRouter(() => (routes as { router: any }).router, options);
  plugin[PLUGIN].bind(keptServices());
  return plugin[PLUGIN].translate()[0] as Endpoint;
}
const messageOf = (call: () => unknown): string => {
  try {
    call();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('it was accepted');
};

describe.each([
  ['an endpoint', declared],
  ['a Router', mounted],
])('%s', (_kind, make: (options: any) => Endpoint) => {
  test('is public where nothing is said, and that is no choice', () => {
    expect(make({})).toMatchObject({ access: 'public' });
    expect(make({})).not.toHaveProperty('isAccessChosen');
    expect(make({})).not.toHaveProperty('quotas');
    expect(make({ access: 'public' })).toMatchObject({ access: 'public', isAccessChosen: true });
  });

  test.each([
    [GITHUB, 'signature github'],
    [[{ signedUrl: true }, GITHUB], 'signed URL and signature github'],
    [{ signature: hmac({ header: 'X-Sum' }), secret: 'S' }, 'signature hmac:x-sum'],
    [{ signature: sharedSecret({ header: 'X-Key' }), secret: ['S', 'T'] }, 'signature secret:x-key'],
    [{ token: { query: 'key' }, secret: 'S' }, 'token in ?key='],
    [{ allowFrom: ['10.0.0.0/8'] }, 'addresses 10.0.0.0/8'],
  ])('carries access %j as it was written', (access, described) => {
    const endpoint = make({ access });
    expect(endpoint).toMatchObject({ access, isAccessChosen: true });
    expect(describeAccess(endpoint.access)).toBe(described);
  });

  test('names each slip in its access at its place', () => {
    const message = messageOf(() => make({ access: { signature: 'github', secret: '9', expects: {} } }));
    expect(message).toContain('access.secret must name a secret');
    expect(message).toContain('access.expects is not known (did you mean "expect"?)');
    expect(messageOf(() => make({ access: 'everyone' }))).toContain('access "everyone" is not known');
    expect(messageOf(() => make({ access: null }))).toContain('access must be one of');
  });

  test('carries how often it may be asked', () => {
    const rate = { requests: 5, perMs: 1_000 };
    const limits = { perAddress: rate, perEndpoint: undefined, verified: rate };
    expect(make({ limits }).quotas).toEqual({ perAddress: rate, verified: rate });
    const message = messageOf(() =>
      make({ limits: { perAddress: { requests: 0, perMs: 1 }, verified: { requests: 1 }, perHost: rate } }),
    );
    for (const part of [
      'perAddress requests must be a whole number above 0',
      'verified needs requests and perMs',
      'unknown option "perHost"',
    ])
      expect(message).toContain(part);
  });
});

test('a Router’s own limit of bytes stands beside the others', () => {
  const rate = { requests: 5, perMs: 1_000 };
  expect(mounted({ limits: { bodyBytes: 10, perAddress: rate } })).toMatchObject({
    body: { kind: 'stream', limitBytes: 10 },
    quotas: { perAddress: rate },
  });
  expect(messageOf(() => declared({ limits: { bodyBytes: 10 } } as never))).toContain('"bodyBytes"');
});

test('receipts are kept of verified senders, unless the author says otherwise', () => {
  const recorded = [
    declared({}),
    declared({ access: 'operator' }),
    declared({ access: { allowFrom: ['10.0.0.0/8'] } }),
    declared({ access: GITHUB }),
    declared({ access: GITHUB, record: false }),
    declared({ record: true }),
    mounted({ access: GITHUB }),
  ].map(isRecorded);
  expect(recorded).toEqual([false, false, false, true, false, true, true]);
});

test('a decorator takes the same options', () => {
  @GatePlugin(info)
  class Ci {
    @Post('/in', { access: GITHUB, limits: { perAddress: { requests: 1, perMs: 1_000 } } })
    take(): void {}
  }
  const reading = nativeDialect.recognise({ folder: '/', manifest: {}, module: { Ci } });
  expect(reading).toBeDefined();
  reading?.bind(keptServices());
  const [endpoint] = [...(reading?.translate() ?? [])] as Endpoint[];
  expect(endpoint).toMatchObject({
    access: GITHUB,
    isAccessChosen: true,
    quotas: { perAddress: { requests: 1, perMs: 1_000 } },
  });
});

test('what is wrong beyond the shape is listed with everything else that is wrong with a mount', () => {
  const endpoints = [
    declared({ access: { signature: 'gihub', secret: 'S' }, lane: () => 'x' }),
    {
      ...declared({ access: GITHUB }),
      method: 'PUT' as const,
      accessOrigin: 'plugins.acme.ci.endpoints./in.access',
    },
  ];
  const message = messageOf(() =>
    buildMount('acme.ci' as never, info, endpoints, ({ access }) =>
      access === GITHUB ? ['access is not wanted'] : ['access.signature: "gihub" is not known', 'and more'],
    ),
  );
  for (const part of [
    '- post("/in"): lane is about stored requests',
    '- post("/in"): access.signature: "gihub" is not known',
    '- post("/in"): and more',
    '- post("/in") (as plugins.acme.ci.endpoints./in.access has it): access is not wanted',
  ])
    expect(message).toContain(part);
});
