import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import {
  endpoint,
  eventually,
  oldAddresses,
  router,
  sendRaw,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway({ settings: { timeouts: { headersMs: 200, requestMs: 200 } } });
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const errors = () => host.log.filter(({ level }) => level === 'error');

const circular: Record<string, unknown> = {};
circular.self = circular;
const thrown: readonly (readonly [name: string, thrown: unknown])[] = [
  ['an HttpError whose detail JSON cannot say', new HttpError(422, circular)],
  ['an HttpError whose detail is a bigint', new HttpError(422, { n: 1n })],
  [
    'something that throws when it is looked at',
    new Proxy(
      {},
      {
        get() {
          throw new Error('secret detail');
        },
      },
    ),
  ],
];

describe('what cannot be answered with', () => {
  test.each(thrown)('%s is a 500, one log line, and no lease is left', async (_name, value) => {
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/later', () => Promise.reject(value)),
      endpoint('GET', '/now', () => {
        throw value;
      }),
      router('/router', (r) => r.get('/', () => Promise.reject(value))),
    );
    for (const path of ['/later', '/now', '/router']) {
      const answer = await host.call(D + path);
      expect([path, answer.status, answer.body.status]).toEqual([path, 500, 500]);
      expect(answer.text).not.toContain('secret');
    }
    expect(errors().length).toBeGreaterThanOrEqual(3);
    await eventually(() => live.leases === 0);
  });

  test('headers that are null are none', async () => {
    const foreign = Object.assign(new Error('gone'), { status: 410, headers: null });
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => Promise.reject(foreign)),
    );
    expect((await host.call(D)).body).toMatchObject({ status: 410, detail: 'gone' });
  });
});

describe('a stream of objects', () => {
  test('may hold text and bytes', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => Readable.from(['a', Buffer.from('b')])),
    );
    expect((await host.call(D)).text).toBe('ab');
  });

  test('that holds anything else is a 500 naming the endpoint in the log', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => Readable.from([{ a: 1 }])),
    );
    const answer = await host.call(D);
    expect([answer.status, answer.body.code]).toEqual([500, 'endpoint/unserializable']);
    expect(errors()[0]?.message).toContain('GET / failed');
  });

  test('whose client left is no error of the plugin', async () => {
    const source = Readable.from(
      (async function* () {
        yield 'first';
        await new Promise(() => undefined);
      })(),
    );
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/', () => reply(200, source, { 'content-type': 'text/plain' })),
    );
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await eventually(() => live.leases === 0 && source.destroyed);
    expect(errors()).toEqual([]);
  });
});

describe('a refusal', () => {
  test.each([
    ['without a Host', `GET ${D} HTTP/1.1\r\n\r\n`, 400, 'request/no-host'],
    [
      'with an unknown expectation',
      `GET ${D} HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n`,
      417,
      'request/expectation-refused',
    ],
    ['that is malformed', `GET ${D} HTTP/1.1\r\nHo st: x\r\n\r\n`, 400, 'request/malformed'],
  ])('of a request %s is a problem with a request id', async (_name, bytes, status, code) => {
    const [head = '', body = ''] = (await sendRaw(host.port, bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    const problem = JSON.parse(body) as { requestId: string };
    expect(problem).toMatchObject({ status, code, detail: expect.any(String) });
    expect(head).toContain(`x-request-id: ${problem.requestId}`);
  });

  test('cuts a client that keeps its side open, and ends the lease', async () => {
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', () => 'in'),
    );
    const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(`POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`);
    await eventually(() => live.leases === 1);
    await eventually(() => live.leases === 0);
    expect(received).toContain('HTTP/1.1 408');
    socket.destroy();
  });

  test('of an unknown path below an old address says what old callers read', async () => {
    const aliases = oldAddresses('acme.demo', '/gh');
    host.seat('acme.demo', { ...endpoint('POST', '/gh', () => 'in'), aliases });
    for (const path of [`${D}/webhook/nope`, '/api/plugin/demo/webhook/nope', '/api/webhook/nope'])
      expect((await host.call(path)).body).toMatchObject({ status: 404, error: 'Not Found' });
    expect((await host.call(`${D}/nope`)).body).not.toHaveProperty('error');
  });
});

test('explain takes a whole URL', () => {
  host.seat(
    'acme.demo',
    endpoint('GET', '/a', () => 'in'),
  );
  const { plugin, status } = host.gateway.explain('GET', `${host.base}${D}/a?x=1`);
  expect([plugin, status]).toEqual(['acme.demo', 200]);
});
