import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import { createAccessLog } from '../../src/http/access-log';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, OPERATOR, router, sendRaw } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn, TICKET } from './guards-under-test';

const D = '/api/plugin/acme.demo';
let host: DurableHost;
let logged: string;
beforeEach(async () => {
  logged = '';
  const sink = new Writable({ write: (line, _encoding, done) => ((logged += line), done()) });
  host = await startDurableHost({ guards: guardsOn(), accessLog: createAccessLog(sink, { flushMs: 1 }) });
});
afterEach(() => host.close());

const HOSTILE = [
  'Cookie: session=1; gatehouse_session=2',
  'Proxy-Authorization: Basic eDp5',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'TE: trailers',
  'Trailer: X-Sum',
  'X-Hop: 1',
  'Connection: close, X-Hop, content-type',
];
const KEPT = ['Authorization: Bearer for the handler', 'Content-Type: text/plain', 'Content-Length: 2'];
const post = (path: string, lines: string[] = []) =>
  sendRaw(
    host.port,
    [`POST ${D}${path} HTTP/1.1`, 'Host: x', ...HOSTILE, ...KEPT, ...lines, '', 'hi'].join('\r\n'),
  );
const signature = Object.entries(githubHeaders('hi')).map((line) => line.join(': '));

/** What a handler sees of a request beyond its body. */
const seenBy = ({ url, query, headers, text }: Exchange) => ({
  url,
  query: { ...query },
  names: [...headers].map(([name]) => name).sort(),
  text: text(),
});
const clean = (more: string[] = []) =>
  ['host', 'authorization', 'content-type', 'content-length', ...more].sort();

describe('the handler of a webhook', () => {
  test.each([
    [
      'whose sender is verified',
      GITHUB as Partial<Endpoint>,
      '/?a=%20&app_token=1&b',
      ['x-hub-signature-256'],
    ],
    [
      'behind a signed address',
      { access: { signedUrl: true } },
      `/?a=%20&token=${TICKET}&app%5ftoken=1&b`,
      [],
    ],
    ['of the old kind, verified by nobody', { isWebhook: true }, '/?a=%20&app_token=1&b', []],
  ] as const)(
    '%s sees no cookie, no token of the gate and nothing of the connection',
    async (_who, more, path, own) => {
      const seen: ReturnType<typeof seenBy>[] = [];
      host.seat(
        'acme.demo',
        endpoint('POST', '/', (exchange) => void seen.push(seenBy(exchange)), more),
        durable('accept', '/stored', (exchange) => void seen.push(seenBy(exchange)), more),
      );
      const sign = own.length === 0 ? [] : signature;
      expect(await post(path, sign)).toContain('HTTP/1.1 204');
      expect(await post(`/stored${path.slice(1)}`, sign)).toContain('HTTP/1.1 202');
      await eventually(() => seen.length === 2);
      const expected = { url: `${D}/?a=%20&b`, query: { a: ' ', b: '' }, names: clean([...own]), text: 'hi' };
      expect(seen).toEqual([expected, { ...expected, url: `${D}/stored?a=%20&b` }]);
      const rows = await host.store.reader.selectFrom('receipt').selectAll().execute();
      expect(rows.map(({ target }) => target)).toContain(`${D}/stored?a=%20&b`);
      expect(JSON.stringify(rows)).not.toMatch(/cookie|x-hop|ticket|app_token/i);
      await eventually(() => logged.includes('/stored'));
      expect(logged).not.toMatch(/ticket|app_token/);
    },
  );

  test('gets a query as it came where nothing in it is the gate’s', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ url }) => url, { isWebhook: true }),
    );
    expect(await post('/?token=mine&&x=%zz&=')).toContain('?token=mine&&x=%zz&=');
  });
});

describe('anybody else’s handler', () => {
  const cookies = async (path: string, cookie: string) =>
    (await host.call(D + path, { headers: { cookie } })).body;

  test('sees all of the request but the console’s cookie', async () => {
    const seen: unknown[] = [];
    host.seat(
      'acme.demo',
      endpoint('POST', '/', (exchange) => void seen.push(seenBy(exchange))),
    );
    await post('/?token=1&app_token=2');
    const hops = [
      'connection',
      'cookie',
      'keep-alive',
      'proxy-authorization',
      'proxy-connection',
      'te',
      'trailer',
      'x-hop',
    ];
    expect(seen).toEqual([
      {
        url: `${D}/?token=1&app_token=2`,
        query: { token: '1', app_token: '2' },
        names: clean(hops),
        text: 'hi',
      },
    ]);
  });

  test.each(['/declared', '/router'])(
    'never sees the console’s cookie, and every other: %s',
    async (path) => {
      host.seat(
        'acme.demo',
        endpoint('GET', '/declared', ({ headers }) => headers.getAll('cookie')),
        router('/router', (made) =>
          made.get('/', ({ headers, headersDistinct, rawHeaders }, response) => {
            const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'cookie');
            const line = at === -1 ? undefined : rawHeaders[at + 1];
            const same = headers.cookie === line && headersDistinct['cookie']?.[0] === line;
            response.json(same ? [line].filter((one) => one !== undefined) : 'not the same');
          }),
        ),
      );
      expect(await cookies(path, 'gatehouse_session=secret')).toEqual([]);
      expect(await cookies(path, 'a=1; gatehouse_session=secret; b=2')).toEqual(['a=1; b=2']);
      expect(await cookies(path, 'not_gatehouse_session=1; a=gatehouse_session')).toEqual([
        'not_gatehouse_session=1; a=gatehouse_session',
      ]);
      expect(await cookies(path, 'a=1')).toEqual(['a=1']);
    },
  );
});

describe.each([['operator'], [{ scope: 'app:shop' }], [['operator', { allowFrom: ['127.0.0.1'] }]]] as const)(
  'where the access is %j',
  (access) => {
    const send = (path: string, authorization: string = OPERATOR, more: Record<string, string> = {}) =>
      host.call(D + path, json({}, { authorization, 'x-own': '1', ...more }));
    const own = { access } as Partial<Endpoint>;

    test('no handler holds the token that lets the caller in, and no receipt keeps it', async () => {
      const seen: [string | undefined, string | null, string | undefined][] = [];
      const look = ({ headers }: Exchange) =>
        void seen.push([headers.get('authorization'), headers.get('x-own') ?? null, headers.get('cookie')]);
      host.seat(
        'acme.demo',
        endpoint('POST', '/', look, own),
        endpoint('POST', '/recorded', look, { ...own, record: true }),
        durable('accept', '/stored', look, own),
      );
      for (const path of ['/', '/recorded', '/stored']) {
        expect((await send(path, OPERATOR, { cookie: 'mine=1' })).status).toBeLessThan(300);
        expect((await send(path, 'Bearer wrong')).status).toBe(401);
      }
      await eventually(() => seen.length === 3);
      expect(seen).toEqual(Array.from({ length: 3 }, () => [undefined, '1', 'mine=1']));
      const receipts = () => host.store.reader.selectFrom('receipt').selectAll().execute();
      await eventually(async () => (await receipts()).length >= 2);
      expect(JSON.stringify(await receipts())).not.toMatch(/authorization|operator-token/i);
    });

    test('no middleware and no Router holds it either, and each Router after the first still judges by it', async () => {
      const seen: unknown[] = [];
      const look = ({ headers, headersDistinct, rawHeaders }: IncomingMessage) =>
        void seen.push([
          headers.authorization ?? headersDistinct['authorization'] ?? rawHeaders.includes('authorization'),
          headers['x-own'],
        ]);
      const use = [(request: IncomingMessage, _: unknown, next: () => void) => (look(request), next())];
      host.seat(
        'acme.demo',
        endpoint('POST', '/used', ({ headers }) => ({ has: headers.has('authorization') }), {
          ...own,
          use: use as never,
        }),
        router('/', (made) => made.use((request, _, next) => (look(request), next())), own),
        router(
          '/',
          (made) => made.post('/r', (request, response) => (look(request), response.json('in'))),
          own,
        ),
      );
      expect((await send('/used')).body).toEqual({ has: false });
      expect((await send('/r')).body).toBe('in');
      expect((await send('/r', 'Bearer wrong')).status).toBe(401);
      expect(seen).toEqual(Array.from({ length: 3 }, () => [false, '1']));
    });

    test('an idempotency key is still each caller’s own', async () => {
      let runs = 0;
      host.seat(
        'acme.demo',
        endpoint('POST', '/pay', () => ({ run: (runs += 1) }), { ...own, idempotency: { required: true } }),
      );
      const pay = (authorization: string) => send('/pay', authorization, { 'idempotency-key': 'k' });
      expect((await pay(OPERATOR)).body).toEqual({ run: 1 });
      // As if by another token: the same one, spelled otherwise.
      expect((await pay(OPERATOR.replace('Bearer', 'BEARER'))).body).toEqual({ run: 2 });
      expect((await pay(OPERATOR)).body).toEqual({ run: 1 });
    });
  },
);
