import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { createAccessLog, type AccessLog } from '../../src/http/access-log';
import { endpoint, eventually, router, startGateway, type GatewayUnderTest } from './gateway-under-test';

const D = '/api/plugin/acme.demo';
const GET = `GET ${D}/slow HTTP/1.1\r\nHost: x\r\n\r\n`;
const TUNNEL = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n';
const NOISE = '\x01\x02 noise\r\n\r\n';

let host: GatewayUnderTest;
let accessLog: AccessLog;
let written: string;
/** One for each call of `/slow` that waits: lets it answer. */
let answerSlow: (() => void)[];
beforeEach(async () => {
  written = '';
  answerSlow = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  accessLog = createAccessLog(stream, { flushMs: 5 });
  host = await startGateway({ accessLog, settings: { timeouts: { headersMs: 100, requestMs: 200 } } });
  host.seat(
    'acme.demo',
    endpoint('GET', '/slow', () => new Promise((done) => answerSlow.push(() => done('slow')))),
    endpoint('POST', '/in', (exchange) => exchange.raw.length),
  );
});
afterEach(() => host.close());

const lines = () =>
  written
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as any);

interface Conversation {
  readonly socket: Socket;
  received(): string;
  /** Everything that came until the server closed. */
  readonly whole: Promise<string>;
}
function converse(bytes: string): Conversation {
  const socket = connect(host.port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  const whole = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  return { socket, received: () => received, whole };
}
/** The statuses in what was received, in order. */
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** What the log has once it has `count` lines, and still has after the gateway is closed. */
async function logged(count: number): Promise<any[]> {
  await eventually(() => lines().length >= count);
  await host.close();
  await accessLog.close();
  return lines();
}

describe('what is refused before dispatch writes one line with the status that was sent', () => {
  test.each([
    ['noise', NOISE, 400, 'request/malformed'],
    [
      'a head too large',
      `GET / HTTP/1.1\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'request/headers-too-large',
    ],
    ['a head that never ends', 'GET / HTTP/1.1\r\nHo', 408, 'request/timeout'],
    ['a connection that never asks', '', 408, 'request/timeout'],
  ])('%s', async (_name, bytes, status, code) => {
    const answer = await converse(bytes).whole;
    expect(statuses(answer)).toEqual([status]);
    const [line, ...more] = await logged(1);
    const requestId = /x-request-id: (\S+)/.exec(answer)?.[1];
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: 'info',
      message: 'request',
      requestId,
      status,
      bytes: Number(/content-length: (\d+)/.exec(answer)?.[1]),
      ip: '127.0.0.1',
      code,
    });
    expect(more).toEqual([]);
  });

  test('a tunnel, with the authority that was asked for', async () => {
    const bytes = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nx-request-id: mine\r\n\r\n';
    const answer = await converse(bytes).whole;
    expect(statuses(answer)).toEqual([405]);
    expect(answer).toContain('x-request-id: mine\r\n');
    const all = await logged(1);
    expect(all).toEqual([
      expect.objectContaining({
        requestId: 'mine',
        method: 'CONNECT',
        path: 'example.com:443',
        status: 405,
        ip: '127.0.0.1',
      }),
    ]);
  });

  test.each([
    ['that never ends', 'Content-Length: 9\r\n\r\nabc', 408],
    ['that is malformed', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ])('a body %s, of the plugin that was asked', async (_name, rest, status) => {
    const answer = await converse(`POST ${D}/in?token=secret HTTP/1.1\r\nHost: x\r\n${rest}`).whole;
    expect(statuses(answer)).toEqual([status]);
    const all = await logged(1);
    expect(all).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: `${D}/in`,
        status,
        plugin: 'acme.demo',
        ip: '127.0.0.1',
      }),
    ]);
    expect(answer).toContain(`x-request-id: ${all[0].requestId}\r\n`);
    expect(written).not.toContain('secret');
  });

  test('a connection that closes without a word writes none', async () => {
    const { socket } = converse('');
    await once(socket, 'connect');
    socket.destroy();
    await host.call(`${D}/none`);
    expect(await logged(1)).toMatchObject([{ status: 404 }]);
  });
});

describe('a refusal waits for its turn', () => {
  test.each([
    ['noise', NOISE, [200, 400]],
    ['a tunnel', TUNNEL, [200, 405]],
    ['a head that never ends', 'GET / HTTP/1.1\r\nHo', [200, 408]],
    [
      'a body that is malformed',
      `POST ${D}/in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      [200, 400],
    ],
  ])('%s behind a request that is still being answered', async (_name, bytes, expected) => {
    const { socket, received, whole } = converse(GET + bytes);
    await eventually(() => answerSlow.length === 1);
    // The next request on the server is answered: what stood before it in the event loop has been looked at.
    await host.call(`${D}/none`);
    await new Promise((done) => setTimeout(done, expected[1] === 408 ? 400 : 50));
    expect([received(), socket.destroyed]).toEqual(['', false]);
    answerSlow[0]?.();
    const answer = await whole;
    expect(statuses(answer)).toEqual(expected);
    expect(answer).toMatch(/content-length: 6\r\n[^]*\r\n\r\n"slow"HTTP\/1\.1/i);
    expect((await logged(3)).map(({ status }) => status).sort()).toEqual([404, ...expected].sort());
  });

  test('noise behind several requests follows the last of their answers', async () => {
    const { whole } = converse(GET + GET + NOISE + NOISE);
    await eventually(() => answerSlow.length === 2);
    answerSlow[1]?.();
    answerSlow[0]?.();
    expect(statuses(await whole)).toEqual([200, 200, 400]);
    expect((await logged(3)).map(({ status }) => status)).toEqual([200, 200, 400]);
  });

  test('noise behind an answer that closes the connection is nobody’s request', async () => {
    const { whole } = converse(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n') + NOISE);
    await eventually(() => answerSlow.length === 1);
    answerSlow[0]?.();
    expect(statuses(await whole)).toEqual([200]);
    expect((await logged(1)).map(({ status }) => status)).toEqual([200]);
  });

  test('noise behind an answer that has begun does not cut it', async () => {
    const parts: (() => void)[] = [];
    host.seat(
      'acme.demo',
      router('/', (r) =>
        r.get('/parts', (_request, response) => {
          response.write('one ');
          parts.push(() => response.end('two'));
        }),
      ),
    );
    const { socket, received, whole } = converse(`GET ${D}/parts HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually(() => received().includes('one '));
    socket.write(NOISE, 'latin1');
    await host.call(`${D}/none`);
    await new Promise((done) => setTimeout(done, 50));
    parts[0]?.();
    const answer = await whole;
    expect(statuses(answer)).toEqual([200, 400]);
    expect(answer).toContain('3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 400');
    await logged(3);
  });

  test.each([
    ['noise', NOISE],
    ['a tunnel', TUNNEL],
  ])('a client that leaves meanwhile was told nothing of %s', async (_name, bytes) => {
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      const { socket } = converse(GET + bytes);
      await eventually(() => answerSlow.length === 1);
      answerSlow = [];
      socket[leave]();
    }
    expect((await logged(4)).map(({ status }) => status)).toEqual([499, 499, 499, 499]);
  });
});
