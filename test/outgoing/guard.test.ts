import type { Resolve } from '../../src/outgoing/guarded-agent';
import { codeOf, LOCAL, outgoingOf, releaseAll } from './outgoing-under-test';
import { closeServers, webServer } from './web-server';

afterEach(async () => {
  releaseAll();
  await closeServers();
});

/** Nothing private is permitted; without TLS, so that it is not TLS that refuses. */
const STRICT = { settings: { ...LOCAL, allowPrivate: [] } };
const REFUSED = 'outgoing/refused-address';

test.each([
  '127.0.0.1', '127.1', '2130706433', '0x7f.1', '0x7f000001', '017700000001', '0177.0.0.1', '127.0.0.1.',
  '①②⑦.0.0.1', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]',
  '[::127.0.0.1]', 'localhost', 'LOCALHOST',
])('this machine is not reached as %s', async (host) => {
  const server = await webServer();
  const { http } = outgoingOf(STRICT);
  expect(await codeOf(http.get(`http://${host}:${server.port}/`))).toBe(REFUSED);
  expect(server.connections).toBe(0);
}); // prettier-ignore

test.each(['http://127.0.0.1', 'http://2130706433', 'http://[::ffff:7f00:2]', 'http://victim.test'])(
  'a redirect to %s is not followed',
  async (target) => {
    const victim = await webServer(undefined, { host: '127.0.0.1' });
    const server = await webServer((_seen, response) => response.writeHead(302, { location: `${target}:${victim.port}/` }).end(), { host: '127.0.0.3' }); // prettier-ignore
    const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const { http } = outgoingOf({ resolve, settings: { ...LOCAL, allowPrivate: ['127.0.0.3'] } });
    expect(await codeOf(http.get(server.base))).toBe(REFUSED);
    expect(server.seen).toHaveLength(1);
    expect(victim.connections).toBe(0);
  },
);

test('a name whose address changes between two connections is judged at each of them', async () => {
  const good = await webServer((_seen, response) => response.setHeader('connection', 'close').end('good'), { host: '127.0.0.2' }); // prettier-ignore
  const victim = await webServer(undefined, { host: '127.0.0.1', port: good.port });
  const answers = ['127.0.0.2', '127.0.0.1'];
  const asked: string[] = [];
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname);
    return [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
  };
  const { http } = outgoingOf({ resolve, settings: { ...LOCAL, allowPrivate: ['127.0.0.2'] } });
  const url = `http://rebind.test:${good.port}/`;
  expect((await http.get(url)).text()).toBe('good');
  // Looked up once: what was checked is what was dialled.
  expect(asked).toEqual(['rebind.test']);
  expect(await codeOf(http.get(url))).toBe(REFUSED);
  expect(victim.connections).toBe(0);
});

test('one address that is not public spoils all of them', async () => {
  const server = await webServer(undefined, { host: '127.0.0.2' });
  const resolve: Resolve = async () => [
    { address: '127.0.0.2', family: 4 },
    { address: '::1', family: 6 },
  ];
  const { http } = outgoingOf({ resolve, settings: { ...LOCAL, allowPrivate: ['127.0.0.2'] } });
  expect(await codeOf(http.get(`http://both.test:${server.port}/`))).toBe(REFUSED);
  expect(server.connections).toBe(0);
});

test('a name without addresses, or one nobody knows, is not reached', async () => {
  const none = outgoingOf({ resolve: async () => [] });
  await expect(none.http.get('http://none.test/', { retries: 0 })).rejects.toMatchObject({
    code: 'outgoing/unreachable',
    message: 'GET http://none.test gave no answer: its name is not known.',
  });
});

test.each([
  ['http://api.example.org/', 'it is not https'],
  ['ftp://api.example.org/', 'it is no https address'],
  ['file:///etc/passwd', 'it is no https address'],
  ['https://user:geheim@api.example.org/', 'it holds a user name or password'],
])('%s is refused by itself', async (url, why) => {
  const { http, logged } = outgoingOf({ settings: { allow: undefined, allowPrivate: [], allowHttp: false } });
  await expect(http.get(url)).rejects.toMatchObject({
    code: 'outgoing/refused-url',
    message: expect.stringContaining(why),
  });
  await codeOf(http.get(url));
  expect(logged).toEqual([expect.stringMatching(/^warn: GET .* is refused: /)]);
  expect(logged.join()).not.toContain('geheim');
});

test('what the operator cannot allow is not said to be his to allow', async () => {
  const { http } = outgoingOf(STRICT);
  const messageOf = (url: string) =>
    http.get(url).then(
      () => '',
      (thrown: Error) => thrown.message,
    );
  expect(await messageOf('ftp://api.example.org/')).toBe(
    'GET ftp://api.example.org is refused: it is no https address.',
  );
  expect(await messageOf('https://a:b@api.example.org/')).not.toContain('operator');
  expect(await messageOf('http://127.0.0.1/')).toContain('http.allowPrivate');
});

test('a refused redirect says that it was one, and by whom', async () => {
  const targets = {
    '/address': 'http://127.0.0.9/',
    '/host': 'http://other.test/',
    '/kind': 'ftp://127.0.0.3/',
  };
  const server = await webServer(({ url }, response) => response.writeHead(302, { location: targets[url as '/host'] }).end(), { host: '127.0.0.3' }); // prettier-ignore
  const settings = { ...LOCAL, allow: ['127.0.0.3', '127.0.0.9'], allowPrivate: ['127.0.0.3'] };
  const { http, logged } = outgoingOf({ settings });
  for (const [at, code] of [
    ['/address', 'outgoing/refused-address'],
    ['/host', 'outgoing/refused-url'],
    ['/kind', 'outgoing/refused-url'],
  ])
    await expect(http.get(server.base + at)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/It was asked because GET http:\/\/127\.0\.0\.3:\d+ redirects to it\.$/),
      stack: expect.stringMatching(/^[^\n]*redirects to it\.\n/),
    });
  expect(logged).toHaveLength(3);
});

describe('hosts', () => {
  const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const ask = async (parts: Parameters<typeof outgoingOf>[0], host: string) => {
    const server = await webServer();
    return codeOf(outgoingOf({ resolve, ...parts }).http.get(`http://${host}:${server.port}/`));
  };

  test.each([
    [{ allowHosts: ['api.test'] }, 'api.test', true],
    [{ allowHosts: ['api.test'] }, 'API.test.', true],
    [{ allowHosts: ['api.test'] }, 'x.api.test', false],
    [{ allowHosts: ['api.test'] }, 'api.test.evil.test', false],
    [{ allowHosts: ['*.api.test'] }, 'x.y.api.test', true],
    [{ allowHosts: ['*.api.test'] }, 'api.test', false],
    [{ allowHosts: ['*.api.test'] }, 'evilapi.test', false],
    [{ allowHosts: [] }, 'api.test', false],
    [{ settings: { ...LOCAL, allow: ['api.test'] } }, 'api.test', true],
    [{ settings: { ...LOCAL, allow: ['api.test'] } }, 'other.test', false],
    // What is said of the plugin replaces what is said of all.
    [{ settings: { ...LOCAL, allow: ['api.test'] }, settingsOf: () => ({ allow: ['other.test'] }) }, 'other.test', true],
    [{ settings: { ...LOCAL, allow: ['api.test'] }, settingsOf: () => ({ allow: ['other.test'] }) }, 'api.test', false],
    [{ settings: { ...LOCAL, allow: ['api.test'] }, settingsOf: () => ({ allow: undefined }) }, 'other.test', false],
    // Author and operator must both allow it.
    [{ settings: { ...LOCAL, allow: ['api.test', 'other.test'] }, allowHosts: ['other.test'] }, 'api.test', false],
    [{ settings: { ...LOCAL, allow: ['api.test'] }, allowHosts: ['other.test'] }, 'other.test', false],
    [{ settings: { ...LOCAL, allow: ['[::1]'] } }, '127.0.0.1', false],
  ] as const)('%j: %s is allowed: %s', async (parts, host, isAllowed) => {
    expect(await ask(parts, host)).toEqual(
      isAllowed ? expect.stringContaining('it was answered') : 'outgoing/refused-url',
    );
  }); // prettier-ignore

  test('a port of its own is only for hosts named in full, and for networks the operator permits', async () => {
    const resolvePublic: Resolve = async () => [{ address: '192.0.9.1', family: 4 }];
    const settings = { ...LOCAL, allowPrivate: [] };
    const parts = { settings, resolve: resolvePublic };
    const get = (outgoing: ReturnType<typeof outgoingOf>, url: string) =>
      codeOf(outgoing.http.get(url, { timeoutMs: 50, retries: 0 }));
    expect(await get(outgoingOf(parts), 'http://api.test:6379/')).toBe('outgoing/refused-url');
    expect(await get(outgoingOf({ ...parts, allowHosts: ['*.test'] }), 'http://api.test:6379/')).toBe('outgoing/refused-url'); // prettier-ignore
    const named = outgoingOf({ ...parts, allowHosts: ['api.test'] });
    expect(await get(named, 'http://api.test:6379/')).not.toBe('outgoing/refused-url');
  });
});
