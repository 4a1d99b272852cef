import { resolveSettings } from '../../src/core/settings-resolver';

const resolve = (file: unknown, env: Record<string, string> = {}) =>
  resolveSettings({ flags: {}, env, file, fileName: undefined, workingFolder: '/' }).settings;
function issuesOf(file: unknown, env?: Record<string, string>): string {
  try {
    resolve(file, env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the settings were accepted');
}

describe('a rate', () => {
  test.each<[unknown, unknown]>([
    ['600/1m', { requests: 600, perMs: 60_000 }],
    ['1 / 1s', { requests: 1, perMs: 1_000 }],
    ['5/1500', { requests: 5, perMs: 1_500 }],
    [
      { requests: 10, perMs: '2h' },
      { requests: 10, perMs: 7_200_000 },
    ],
    ['off', undefined],
    [false, undefined],
  ])('is written as %j', (given, expected) => {
    expect(resolve({ rateLimit: { refusals: given } }).rateLimit.refusals).toEqual(expected);
  });

  test.each([
    '600',
    '0/1m',
    '/1m',
    '600/',
    '600/1m/1m',
    '600/10ms',
    '600/2d',
    '-1/1m',
    'on',
    true,
    600,
    [600, '1m'],
    { requests: 600 },
    { requests: 600, perMs: '1m', burst: 5 },
  ])('is not %j', (given) => {
    expect(issuesOf({ rateLimit: { perAddress: given } })).toMatch(
      /rateLimit\.perAddress \(file\): .*, expected requests in a time from 1s to 1d, such as 600\/1m/,
    );
  });

  test('comes from variables, each limit by its own', () => {
    const { rateLimit } = resolve(
      {},
      {
        GATEHOUSE_RATE_LIMIT_PER_ADDRESS: '1/1s',
        GATEHOUSE_RATE_LIMIT_PER_ENDPOINT: '2/1s',
        GATEHOUSE_RATE_LIMIT_VERIFIED: '3/1s',
        GATEHOUSE_RATE_LIMIT_REFUSALS: 'off',
      },
    );
    expect(rateLimit).toEqual({
      perAddress: { requests: 1, perMs: 1_000 },
      perEndpoint: { requests: 2, perMs: 1_000 },
      verified: { requests: 3, perMs: 1_000 },
      refusals: undefined,
    });
  });
});

describe('networks that may ask', () => {
  const networks = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:10.0.0.0/104'];

  test('are a list or text, each once, and none is everybody', () => {
    expect(resolve({ allowFrom: [...networks, '192.0.2.7'] }).allowFrom).toEqual(networks);
    expect(resolve({ allowFrom: networks.join(', ') }).allowFrom).toEqual(networks);
    expect(resolve({}, { GATEHOUSE_ALLOW_FROM: networks.join(',') }).allowFrom).toEqual(networks);
    expect(resolve({ allowFrom: [] }).allowFrom).toEqual([]);
  });

  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'example.org',
    '10.0.0.0/8/8',
    '2001:db8::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'fe80::1%eth0',
  ])('are refused with a slip like %s among them, for the host and for a plugin', (slip) => {
    const file = { allowFrom: ['10.0.0.1', slip], plugins: { 'acme.ci': { allowFrom: slip } } };
    const issues = issuesOf(file);
    expect(issues).toContain('allowFrom (file): [');
    expect(issues).toContain(
      `plugins.acme.ci.allowFrom: '${slip}', expected a list of addresses and networks`,
    );
  });

  test('of a plugin are told beside the host’s', () => {
    const { perPlugin } = resolve({ plugins: { 'acme.ci': { allowFrom: '10.0.0.0/8' } } });
    expect(perPlugin['acme.ci']).toEqual({ config: {}, allowFrom: ['10.0.0.0/8'] });
  });
});

describe('hosts that plugins may ask', () => {
  test('are names as a URL would have them, patterns included', () => {
    const allow = [
      'API.Example.org',
      '*.Bücher.example',
      '192.0.2.1',
      '::1',
      'a_b.example',
      'api.example.org',
    ];
    const expected = ['api.example.org', '*.xn--bcher-kva.example', '192.0.2.1', '[::1]', 'a_b.example'];
    expect(resolve({ http: { allow } }).http.allow).toEqual(expected);
    expect(resolve({}, { GATEHOUSE_HTTP_ALLOW: allow.join(',') }).http.allow).toEqual(expected);
  });

  test.each([
    'https://a.example',
    'a.example:443',
    'a.example/x',
    'user@a.example',
    '*',
    '*.',
    'a.*.example',
    'a b',
    '%41',
  ])('are not %s', (slip) => {
    expect(issuesOf({ http: { allow: [slip] } })).toContain('http.allow (file): [');
  });

  test('of one plugin replace what the host says, as far as it says something', () => {
    const file = {
      http: { allowPrivate: '10.0.0.0/8', allowHttp: true },
      plugins: { 'acme.ci': { http: { allow: 'a.example', allowHttp: 'false' } } },
    };
    expect(resolve(file).http).toEqual({ allow: undefined, allowPrivate: ['10.0.0.0/8'], allowHttp: true });
    expect(resolve(file).perPlugin['acme.ci']?.http).toEqual({ allow: ['a.example'], allowHttp: false });
    expect(issuesOf({ plugins: { 'acme.ci': { http: { alow: [], allowHttp: 'yes' } } } })).toMatch(
      /http\.alow is not a setting of a plugin; the nearest is plugins\.acme\.ci\.http\.allow[^]*http\.allowHttp: 'yes', expected true or false/,
    );
  });
});

describe('networks that plugins may ask', () => {
  test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', 'fd00::/129', 'localhost'])(
    'are not %s, of the host as of one plugin',
    (slip) => {
      expect(issuesOf({ http: { allowPrivate: [slip] } })).toContain('http.allowPrivate (file): [');
      const issues = issuesOf({ plugins: { 'acme.ci': { http: { allowPrivate: [slip] } } } });
      expect(issues).toContain(
        `plugins.acme.ci.http.allowPrivate: [ '${slip}' ], expected a list of addresses`,
      );
    },
  );
});

describe('the access of an endpoint', () => {
  const endpoints = (said: unknown) => ({ plugins: { 'acme.ci': { endpoints: said } } });

  test('is any that an author may write, and may be forced', () => {
    const said = {
      '/github': { access: { signature: 'github', secret: 'GITHUB' } },
      '/open': { access: 'public', force: true },
      '/both': { access: [{ signedUrl: true }, { allowFrom: ['10.0.0.0/8'] }], answer: 'accept' },
    };
    expect(resolve(endpoints(said)).perPlugin['acme.ci']?.endpoints).toEqual(said);
  });

  test('is refused with every slip in it, each at its place', () => {
    const issues = issuesOf(
      endpoints({
        '/a': { access: { signature: 'github', secret: '1', seceret: 'X' } },
        '/b': { access: 'everyone', force: 'maybe' },
        '/c': { access: [] },
        '/d': { force: true },
        '/e': {},
        'e/': {},
      }),
    );
    for (const part of [
      'plugins.acme.ci.endpoints./a.access.secret must name a secret',
      'plugins.acme.ci.endpoints./a.access.seceret is not known (did you mean "secret"?)',
      'plugins.acme.ci.endpoints./b.access "everyone" is not known',
      "plugins.acme.ci.endpoints./b.force: 'maybe', expected true or false",
      'plugins.acme.ci.endpoints./c.access is an empty list',
      'plugins.acme.ci.endpoints./d.force is about plugins.acme.ci.endpoints./d.access, which is not there',
      'plugins.acme.ci.endpoints./e and plugins.acme.ci.endpoints.e/ are the same endpoint',
    ])
      expect(issues).toContain(part);
  });

  test('of all that do not say is public or the operator’s', () => {
    expect(resolve({ routes: { defaultAccess: 'operator' } }).routes.defaultAccess).toBe('operator');
    expect(resolve({}, { GATEHOUSE_ROUTES_DEFAULT_ACCESS: 'operator' }).routes.defaultAccess).toBe(
      'operator',
    );
    expect(issuesOf({ routes: { defaultAccess: 'token' } })).toContain('expected one of public, operator');
  });
});

test('the room for refused requests is bounded by count and bytes', () => {
  const given = { quarantine: { maxCount: 5, maxBytes: '1MiB' } };
  expect(resolve(given).quarantine).toEqual({ maxCount: 5, maxBytes: 1_048_576 });
  expect(issuesOf({ quarantine: { maxCount: -1, maxBytes: 'much' } })).toMatch(/maxCount[^]*maxBytes/);
});

test('timeouts that Node would refuse together are refused here', () => {
  expect(issuesOf(undefined, { GATEHOUSE_TIMEOUTS_REQUEST_MS: '1s' })).toMatch(
    /timeouts\.headersMs is 10000 and must not exceed timeouts\.requestMs, which is 1000/,
  );
});
