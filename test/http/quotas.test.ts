import type { EndpointQuotas, Rate } from '../../src/core/declaration';
import { networkOf } from '../../src/http/client-network';
import { Quotas, type RateLimits } from '../../src/http/quotas';
import { endpoint, json, router, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn, quarantine } from './guards-under-test';

const D = '/api/plugin/acme.demo';
const HOUR: Rate['perMs'] = 3_600_000;
const open: GatewayUnderTest[] = [];
afterEach(async () => {
  for (const host of open.splice(0)) await host.close();
});

async function hostWith(rateLimit: RateLimits | undefined, trustProxy = true) {
  const refused = quarantine();
  const settings = { trustProxy, ...(rateLimit && { rateLimit }) };
  const host = await startGateway({ guards: guardsOn(), quarantine: refused, settings });
  open.push(host);
  const quotas = (given: EndpointQuotas) => ({ quotas: given });
  host.seat(
    'acme.demo',
    endpoint('POST', '/open', () => 1),
    endpoint('POST', '/signed', () => 1, GITHUB),
    endpoint('POST', '/own', () => 1, quotas({ perAddress: { requests: 1, perMs: HOUR } })),
    endpoint('POST', '/failing', () => Promise.reject(new Error('no'))),
    router('/router', (made) => made.use((_request, response) => void response.json(1))),
  );
  const from = (ip: string, path: string, init: RequestInit = json('{}')) =>
    host.call(D + path, { ...init, headers: { ...init.headers, 'x-forwarded-for': ip } });
  return { ...host, refused, from };
}
const signed = json('{}', githubHeaders('{}'));

describe('a quota of each address', () => {
  test('is 429 with all that a client needs to wait, and the handler is not called', async () => {
    const { from } = await hostWith({ perAddress: { requests: 2, perMs: HOUR } });
    const first = await from('192.0.2.1', '/open');
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=2;w=3600');
    expect(first.headers.get('ratelimit')).toMatch(/^"address";r=1;t=\d+$/);
    expect((await from('192.0.2.1', '/failing')).headers.get('ratelimit')).toMatch(/r=0/);
    const { status, headers, body } = await from('192.0.2.1', '/open');
    expect([status, body.code, body.type, body['violated-policies']]).toEqual([
      429,
      'request/too-many',
      'https://iana.org/assignments/http-problem-types#quota-exceeded',
      ['address'],
    ]);
    expect(headers.get('ratelimit')).toBe(`"address";r=0;t=${headers.get('retry-after')}`);
    expect((await from('192.0.2.2', '/open')).status).toBe(200);
    expect((await from('192.0.2.1', '/router')).status).toBe(429);
  });

  test('counts a /64 of IPv6 as one, and a mapped address as what it is', async () => {
    const { from } = await hostWith({ perAddress: { requests: 1, perMs: HOUR } });
    expect((await from('2001:db8::1', '/open')).status).toBe(200);
    expect((await from('2001:db8:0:0:ffff::2', '/open')).status).toBe(429);
    expect((await from('2001:db8:0:1::1', '/open')).status).toBe(200);
    expect((await from('192.0.2.1', '/open')).status).toBe(200);
    expect((await from('::ffff:192.0.2.1', '/open')).status).toBe(429);
  });

  test('of an endpoint takes the place of the host’s', async () => {
    const { from } = await hostWith({ perAddress: { requests: 5, perMs: HOUR } });
    expect((await from('192.0.2.1', '/own')).status).toBe(200);
    expect((await from('192.0.2.1', '/own')).status).toBe(429);
    expect((await from('192.0.2.1', '/open')).headers.get('ratelimit')).toMatch(/r=4/);
  });

  test('is not there unless somebody says so', async () => {
    const { from } = await hostWith(undefined);
    const { status, headers } = await from('192.0.2.1', '/open');
    expect([status, headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([200, null, null]);
  });
});

describe('quotas of an endpoint', () => {
  test('are shared by all addresses, of its own requests alone', async () => {
    const { from } = await hostWith({ perEndpoint: { requests: 1, perMs: HOUR } });
    expect((await from('192.0.2.1', '/open')).status).toBe(200);
    expect((await from('192.0.2.2', '/open')).body['violated-policies']).toEqual(['endpoint']);
    expect((await from('192.0.2.2', '/signed', signed)).status).toBe(200);
  });

  test('after verification cannot be spent by forgeries', async () => {
    const { from } = await hostWith({ verified: { requests: 2, perMs: HOUR } });
    for (let turn = 0; turn < 5; turn += 1) expect((await from('192.0.2.1', '/signed')).status).toBe(401);
    const answers = [];
    for (let turn = 0; turn < 3; turn += 1) answers.push((await from('192.0.2.2', '/signed', signed)).status);
    expect(answers).toEqual([200, 200, 429]);
    expect((await from('192.0.2.1', '/signed')).status).toBe(401);
  });

  test('stay counted when the plugin is loaded anew', async () => {
    const host = await hostWith({ perEndpoint: { requests: 1, perMs: HOUR } });
    expect((await host.from('192.0.2.1', '/open')).status).toBe(200);
    host.seat(
      'acme.demo',
      endpoint('POST', '/open', () => 2),
    );
    expect((await host.from('192.0.2.1', '/open')).status).toBe(429);
  });
});

describe('an address that is refused too often at an endpoint', () => {
  const few = { refusals: { requests: 3, perMs: HOUR } };
  const statuses = async (host: Awaited<ReturnType<typeof hostWith>>, ip: string, turns = 5) => {
    const found = [];
    for (let turn = 0; turn < turns; turn += 1) found.push((await host.from(ip, '/signed')).status);
    return found;
  };

  test('is not judged there any more, and others are', async () => {
    const host = await hostWith(few);
    expect(await statuses(host, '192.0.2.1')).toEqual([401, 401, 401, 429, 429]);
    expect((await host.from('192.0.2.1', '/signed', signed)).body['violated-policies']).toEqual(['refusals']);
    expect((await host.from('192.0.2.2', '/signed', signed)).status).toBe(200);
    expect((await host.from('192.0.2.1', '/open')).status).toBe(200);
    expect(host.refused.kept).toHaveLength(3);
  });

  test('unless it is this machine, which senders behind a local proxy share', async () => {
    expect(await statuses(await hostWith(few, false), '192.0.2.1')).toEqual(Array(5).fill(401));
  });

  test('or off by the operator; the host’s own limit is 300 in a minute', async () => {
    expect(await statuses(await hostWith({ refusals: undefined }), '192.0.2.1')).toEqual(Array(5).fill(401));
    const found = await statuses(await hostWith(undefined), '192.0.2.1', 302);
    expect([found.indexOf(429), found.lastIndexOf(401)]).toEqual([300, 299]);
  });

  test('behind a trusted proxy counts as itself, private or not', async () => {
    expect(await statuses(await hostWith(few), '10.0.0.1')).toEqual([401, 401, 401, 429, 429]);
  });
});

test('counters stay bounded, and whoever comes late is still limited', async () => {
  const quotas = new Quotas();
  const rate = { requests: 100, perMs: HOUR };
  const quota = { ...rate, policy: 'address', isWide: true } as const;
  for (let who = 0; who < 50_000; who += 1) await quotas.spend(quota, '', String(who));
  const late = async () => {
    for (let turn = 0; turn < 101; turn += 1) await quotas.spend(quota, '', 'late');
  };
  await expect(late()).rejects.toMatchObject({ code: 'request/too-many' });
});

test('a window ends by the host’s clock: what comes at once then is counted in one new window', async () => {
  let now = 1_000;
  const quotas = new Quotas({ now: () => now });
  const quota = { requests: 3, perMs: HOUR, policy: 'address', isWide: true } as const;
  const spend = () =>
    quotas.spend(quota, '', 'who').then(
      ({ remaining, ms }) => [remaining, ms],
      ({ code }: { code: string }) => code,
    );
  const all = async () => (await Promise.all([spend(), spend(), spend(), spend()])).sort().reverse();
  const window = ['request/too-many', [2, HOUR], [1, HOUR], [0, HOUR]];
  expect(await all()).toEqual(window);
  now += HOUR - 1;
  expect(await spend()).toBe('request/too-many');
  now += 1;
  expect(await all()).toEqual(window);
  now += HOUR / 2;
  expect(await spend()).toBe('request/too-many');
  now += HOUR / 2;
  expect(await spend()).toEqual([2, HOUR]);
  now += HOUR / 4;
  expect(await spend()).toEqual([1, (3 * HOUR) / 4]);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8::5', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['0:0:0:0:0:FFFF:cb00:7107', '203.0.113.7'],
  ['', ''],
  [`not an address${'x'.repeat(100)}`, `not an address${'x'.repeat(50)}`],
])('%j counts as %j', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});
