import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import express, { type Response } from 'express';
import { WebSocket } from 'ws';
import { reply } from '../../src/core/reply';
import { requestRaw } from './console-under-test';
import { endpoint, router, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { dial, socket } from './socket-client';

const SESSION = 'gatehouse_session';
/** What browsers of the console send where plugins answer too. */
const SENT = { cookie: `a=1; ${SESSION}=hidden; b=2`, 'x-gatehouse-csrf': 'hidden', 'x-own': 'kept' };
/** What the host tells itself. */
const OF_HOST = Object.fromEntries(
  ['check', 'check-method', 'pulled', 'replay'].map((name) => [`x-gatehouse-${name}`, 'hidden']),
);

let host: GatewayUnderTest;
const seen: string[][] = [];
beforeAll(async () => {
  host = await startGateway();
  const echo = ({ headers }: { headers: Iterable<[string, string]> }) => [...headers];
  host.seat(
    'acme.seer',
    endpoint('GET', '/plain', echo),
    endpoint('GET', '/webhook-like', echo, { isWebhook: true }),
    endpoint('GET', '/around', () => 'ok', {
      use: [
        (request, response, next) => {
          seen.push(request.rawHeaders);
          response.cookie(SESSION, 'x');
          next();
        },
      ],
    }),
    router('/routed', (made) => made.use((request, response) => void response.json(shapesOf(request)))),
    socket('/live', (connection, exchange) => connection.send(JSON.stringify([...exchange.headers]))),
    socket(
      '/greedy',
      () => undefined,
      {},
      {
        use: [
          (_request, response, next) => {
            response.setHeader('set-cookie', [`${SESSION}=x`, 'own=1']);
            next();
          },
        ],
      },
    ),
  );
  host.seat(
    'acme.greedy',
    endpoint('GET', '/reply', () =>
      reply(200, 'x', { 'Set-Cookie': [`${SESSION}=x; Path=/`, 'own=1'], 'Service-Worker-Allowed': '/' }),
    ),
    ...Object.entries(ANSWERS).map(([name, answer]) =>
      router(`/${name}`, (made) => made.get('/', (_request, response) => answer(response))),
    ),
    router('/mounted', (made) => {
      const app = express();
      app.get('/', (_request, response) => {
        response.cookie(SESSION, 'x').cookie('own', '1').send('x');
      });
      made.use(app);
    }),
  );
});
afterAll(() => host.close());

/** Ways to write a head, each with a cookie of the plugin's own. */
const ANSWERS: Readonly<Record<string, (response: Response) => void>> = {
  'a-cookie': (response) => void response.cookie(SESSION, '', { maxAge: 0 }).cookie('own', '1').json({}),
  'a-head': (response) => void response.writeHead(200, { 'SET-COOKIE': [`${SESSION}=x`, 'own=1'] }).end(),
  'a-head-with-words': (response) =>
    void response.writeHead(200, 'Fine', { 'set-cookie': [`${SESSION}=x`, 'own=1'] }).end(),
  'a-list': (response) =>
    void response
      .writeHead(200, ['Set-Cookie', `${SESSION}=x`, 'Set-Cookie', 'own=1', 'Clear-Site-Data', '*'])
      .end(),
  reached: (response) =>
    void response
      .set({ 'x-gatehouse-reached': 'x', 'x-gatehouse-check-detail': 'x', 'set-cookie': 'own=1' })
      .end(),
  'a-reached-head': (response) =>
    void response.writeHead(200, { 'X-Gatehouse-Reached': 'x', 'set-cookie': 'own=1' }).end(),
  appended: (response) => {
    response.appendHeader('set-cookie', 'own=1').appendHeader('set-cookie', `${SESSION}=x`);
    response.flushHeaders();
    response.end();
  },
  'no-name': (response) =>
    void response.set('set-cookie', [`=${SESSION}=x`, ` ${SESSION} =x`, `${SESSION}`, 'own=1']).send('x'),
  streamed: (response) => {
    response.setHeaders(
      new Map<string, string | string[]>([
        ['set-cookie', [`${SESSION}=x`, 'own=1']],
        ['cross-origin-opener-policy', 'same-origin'],
      ]),
    );
    response.write('x');
    response.end();
  },
};

function shapesOf({ headers, rawHeaders, headersDistinct }: express.Request) {
  return { headers, rawHeaders, headersDistinct };
}

test.each(['plain', 'webhook-like', 'routed'])(
  'the console’s cookie and header never reach %s',
  async (path) => {
    const { status, body } = await requestRaw(`${host.base}/api/plugin/acme.seer/${path}`, SENT);
    expect(status).toBe(200);
    expect(body.toString()).toContain('x-own');
    expect(body.toString()).not.toMatch(/hidden|gatehouse/i);
  },
);

test.each(['plain', 'webhook-like', 'routed'])(
  'what the host tells itself under its own headers is nobody’s to tell %s',
  async (path) => {
    const sent = { ...OF_HOST, 'x-own': 'kept' };
    const { body } = await requestRaw(`${host.base}/api/plugin/acme.seer/${path}`, sent);
    expect(body.toString()).toContain('x-own');
    expect(body.toString()).not.toMatch(/hidden|gatehouse/i);
  },
);

test('nor does a plugin answer as a check of addresses would', async () => {
  for (const path of ['reached', 'a-reached-head']) {
    const { headers } = await requestRaw(`${host.base}/api/plugin/acme.greedy/${path}`);
    const ours = Object.keys(headers).filter((name) => name.startsWith('x-gatehouse-'));
    expect([headers['set-cookie'], ours]).toEqual([['own=1'], []]);
  }
});

test('other cookies reach a Router', async () => {
  const { body } = await requestRaw(`${host.base}/api/plugin/acme.seer/routed`, SENT);
  expect(JSON.parse(body.toString()).headers.cookie).toBe('a=1; b=2');
});

test('middleware sees neither, and sets no such cookie', async () => {
  const { status, headers } = await requestRaw(`${host.base}/api/plugin/acme.seer/around`, SENT);
  expect([status, headers['set-cookie']]).toEqual([200, undefined]);
  expect(seen[0]).toContain('x-own');
  expect(seen.join()).not.toMatch(/hidden|gatehouse/i);
});

test('nor does a WebSocket, whose 101 sets no such cookie', async () => {
  const client = await dial(host.port, '/api/plugin/acme.seer/live', [], { headers: SENT });
  await client.until(1);
  expect(String(client.received[0])).toContain('x-own');
  expect(String(client.received[0])).not.toMatch(/hidden|gatehouse/i);
  client.raw.terminate();
  const greedy = new WebSocket(`ws://127.0.0.1:${host.port}/api/plugin/acme.seer/greedy`);
  const [answer] = (await once(greedy, 'upgrade')) as [IncomingMessage];
  expect(answer.headers['set-cookie']).toEqual(['own=1']);
  greedy.terminate();
});

test.each(['reply', 'mounted', ...Object.keys(ANSWERS)])(
  'an answer by %s keeps the plugin’s own cookie, and nothing that is the console’s',
  async (path) => {
    const { status, headers } = await requestRaw(`${host.base}/api/plugin/acme.greedy/${path}`);
    expect(status).toBe(200);
    expect(headers['set-cookie']?.map((line) => line.split(';')[0])).toEqual(['own=1']);
    for (const name of ['service-worker-allowed', 'clear-site-data', 'cross-origin-opener-policy'])
      expect(headers[name]).toBeUndefined();
  },
);

test('that is said in the log, once', () => {
  const said = host.log.filter(({ message }) => message.includes('withheld from an answer'));
  expect(said.map((line) => (line as any).plugin ?? line.level)).toHaveLength(2);
  expect(JSON.stringify(said)).not.toContain(`${SESSION}=x`);
});
