import http from 'node:http';
import express from 'express';
import { parityRouter } from './parity-router';
import { router, startGateway, type GatewayUnderTest } from './gateway-under-test';

/**
 * The same Router behind plain Express 5 and behind the gateway: status, headers and body are the same. Known to
 * differ: `Keep-Alive` and `Date` (time), `X-Request-Id` (ours), and, of unhandled errors and the final 404, everything
 * but the status.
 */
const BASE = '/api/plugin/acme.parity';
interface Case {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Only the status is compared. */
  readonly statusOnly?: boolean;
}
const gets = (...paths: string[]): Case[] => paths.map((path) => ({ path }));
const post = (path: string, type: string, body: string): Case => ({
  path,
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const failing = (path: string): Case => ({ path, statusOnly: true });
const FORM =
  '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\ncontent-disposition: form-data; name="f"; filename="f.txt"\r\n\r\nfile\r\n--B--\r\n';

const CASES: readonly Case[] = [
  ...gets(
    '/cookies',
    '/req/urls',
    '/req/urls?a=1',
    '/req/query?a=1&b=2&b=3&c[d]=4',
    '/req/net',
    '/req/get',
    '/req/accepts',
    '/req/range',
    '/req/fresh',
    '/req/app',
    '/req/route',
    '/req/links',
  ),
  post('/req/is', 'application/json', '{}'),
  ...gets(
    '/res/json',
    ...[0, 1, 2, 3, 4, 5].map((n) => `/res/json-values/${n}`),
    '/res/json-status',
    '/res/json-204',
    '/res/json-205',
    '/res/json-type',
    '/res/json-etag',
    '/res/json-unicode',
    '/res/json-large',
  ),
  ...gets(
    '/res/jsonp?callback=go',
    '/res/jsonp',
    '/res/send-text',
    '/res/send-object',
    '/res/send-buffer',
    '/res/send-null',
    '/res/send-nothing',
    '/res/send-large',
    '/res/end',
    '/res/write',
    '/res/status',
  ),
  ...gets(
    '/res/headers',
    '/res/links',
    '/res/cookie',
    '/res/signed',
    '/res/redirect',
    '/res/redirect-301',
    '/res/format',
    '/res/stream',
    '/res/locals',
    '/res/head-only',
    '/res/compressed',
    '/res/patched-send',
  ),
  ...gets('/file', '/file-options', '/download', '/attachment', '/static/page.txt', '/static/', '/static'),
  ...['/file-missing', '/file-outside', '/static/none', '/static/.hidden'].map(failing),
  post('/body/json', 'application/json', '{"a":[1,2]}'),
  post('/body/json', 'text/plain', '{"a":1}'),
  { ...post('/body/json', 'application/json', '{'), statusOnly: true },
  { ...post('/body/json', 'application/json', `"${'x'.repeat(2_000)}"`), statusOnly: true },
  post('/body/form', 'application/x-www-form-urlencoded', 'a[b]=1&c=2&c=3'),
  post('/body/text', 'text/plain', 'text'),
  post('/body/raw', 'application/octet-stream', 'raw'),
  post('/body/upload', 'multipart/form-data; boundary=B', FORM),
  post('/body/unread', 'text/plain', 'x'.repeat(50_000)),
  ...gets(
    '/items/5',
    '/items/a%2Fb',
    '/items/caf%C3%A9',
    '/items/5/',
    '/ITEMS/5',
    '/splat/a/b%20c/d',
    '/re/42',
    '/one',
    '/two',
    '/optional',
    '/optional/x',
    '/chain',
    '/skip',
    '/sub/r1/leaf',
    '/sub/r1/out',
    '/strict/Case',
    '/app',
  ),
  { path: '/chain', method: 'PUT', body: '' },
  { path: '/chain', method: 'OPTIONS' },
  { path: '/all', method: 'DELETE' },
  { path: '/all', method: 'OPTIONS' },
  { path: '/res/json', method: 'HEAD' },
  { path: '/res/send-text', method: 'HEAD' },
  { path: '/file', method: 'HEAD' },
  ...['/strict/case', '/strict/Case/', '/none', '/', '', '//res/json'].map(failing),
  { path: '/chain', method: 'DELETE', statusOnly: true },
  ...['/error/throw', '/error/async', '/error/status', '/error/response-status'].map(failing),
  ...gets('/error/handled', '/error/param/x'),
];
const HEADER_SETS: readonly (readonly [name: string, headers: Record<string, string>])[] = [
  ['no headers', {}],
  [
    'a browser’s',
    {
      accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      'accept-encoding': 'gzip, deflate',
      'accept-language': 'de,en;q=0.5',
      referer: 'http://x/y',
    },
  ],
  [
    'a script’s',
    {
      accept: 'application/json',
      'x-requested-with': 'XMLHttpRequest',
      cookie: 'a=1; b=j%3A%7B%22c%22%3A2%7D',
      connection: 'close',
    },
  ],
  ['conditional', { 'if-none-match': '*', 'accept-encoding': 'identity' }],
  [
    'conditional and refreshed',
    {
      'if-none-match': 'W/"x", "v1"',
      'if-modified-since': 'Fri, 01 Jan 2038 00:00:00 GMT',
      'cache-control': 'no-cache',
    },
  ],
  ['a range', { range: 'bytes=2-5', accept: 'text/plain' }],
  [
    'a proxy’s',
    {
      'x-forwarded-for': '203.0.113.9, 10.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.b.example.org',
    },
  ],
];

let host: GatewayUnderTest;
let plain: http.Server | undefined;
let plainPort = 0;
beforeAll(async () => {
  host = await startGateway();
  host.seat('acme.parity', {
    ...router('/', () => undefined),
    serve: { router: parityRouter(), owns: () => false },
  });
  const app = express();
  app.disable('x-powered-by').use(BASE, parityRouter());
  // Silences Express's own log of unhandled errors; its answer to them stays Express's.
  app.set('env', 'test');
  host.gateway.server.keepAliveTimeout = 5_000;
  const server = http.createServer(app).listen(0, '127.0.0.1');
  plain = server;
  await new Promise((done) => server.once('listening', done));
  plainPort = (server.address() as { port: number }).port;
});
afterAll(async () => {
  plain?.closeAllConnections();
  plain?.close();
  await host.close();
});

interface Raw {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}
function ask(
  port: number,
  { path, method = 'GET', body }: Case,
  headers: Record<string, string>,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path: BASE + path,
      method,
      agent: false,
      headers: { host: 'sub.example.org', connection: 'keep-alive', ...headers },
    };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: withoutNow(response.headers),
          body: Buffer.concat(chunks).toString('latin1'),
        }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Both were asked one after the other: a second may lie between what they say of the time. */
function withoutNow({
  'set-cookie': cookies,
  ...headers
}: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  const year = String(new Date().getUTCFullYear());
  const timeless = cookies?.map((cookie) =>
    cookie.replace(/Expires=[^;]+/, (told) => (told.includes(year) ? 'Expires=now' : told)),
  );
  return { ...headers, date: typeof headers.date, ...(timeless !== undefined && { 'set-cookie': timeless }) };
}

describe.each(HEADER_SETS)('with %s headers, Express and the gateway agree on', (_name, common) => {
  test.each(CASES.map((one) => [`${one.method ?? 'GET'} ${one.path}`, one] as const))(
    '%s',
    async (_case, one) => {
      const headers = { ...common, ...one.headers };
      const [expected, actual] = await Promise.all([
        ask(plainPort, one, headers),
        ask(host.port, one, headers),
      ]);
      expect(actual.headers['x-request-id']).toEqual(expect.any(String));
      delete actual.headers['x-request-id'];
      if (one.statusOnly === true) expect(actual.status).toBe(expected.status);
      else expect(actual).toEqual(expected);
    },
  );
});

test('there are enough cases', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(60);
});
