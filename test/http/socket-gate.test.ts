import { connect } from 'node:net';
import { createAccessLog } from '../../src/http/access-log';
import { HttpError } from '../../src/core/http-error';
import type { Guards } from '../../src/core/ports/guards';
import { PassThrough } from 'node:stream';
import { endpoint, eventually, sendRaw, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { dial, handshakeText, refusalOf, socket } from './socket-client';

const P = '/api/plugin/acme.live';
const greet = (peer: { send(message: unknown): unknown }) => void peer.send('hello');

let host: GatewayUnderTest;
let lines = '';
beforeAll(async () => {
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => (lines += chunk.toString()));
  host = await startGateway({ accessLog: createAccessLog(stream, { flushMs: 1 }) });
});
afterAll(() => host.close());
const lineOf = (id: string) =>
  lines
    .split('\n')
    .filter((line) => line.includes(`"requestId":"${id}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a handshake goes through the same gate', () => {
  test('one that may not ask is refused as a problem, one that may connects', async () => {
    host.seat('acme.live', socket('/guarded', greet, {}, { access: 'operator' }));
    const refused = await refusalOf(host.port, `${P}/guarded`);
    expect(refused).toMatchObject({ status: 401, body: { code: 'request/unverified', status: 401 } });
    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      connection: 'close',
    });
    const client = await dial(host.port, `${P}/guarded`, [], {
      headers: { authorization: 'Bearer operator-token' },
    });
    await client.until(1);
    client.raw.close();
  });

  test('unknown plugins, unknown paths, other endpoints and the host’s own addresses serve none', async () => {
    host.seat(
      'acme.live',
      endpoint('GET', '/page', () => 'page'),
      endpoint('POST', '/post', () => 'posted'),
    );
    const code = async (path: string) => (await refusalOf(host.port, path)).body.code as string;
    expect(await code('/api/plugin/acme.nobody/x')).toBe('request/not-found');
    expect(await code(`${P}/none`)).toBe('request/not-found');
    expect(await code(`${P}/page`)).toBe('request/upgrade-refused');
    expect(await code(`${P}/post`)).toBe('request/method-not-allowed');
    expect(await code('/readyz')).toBe('request/upgrade-refused');
    expect(await code(`${P}/%zz`)).toBe('request/bad-path');
  });

  test('a malformed handshake is 400, an unknown version 426 with the one that is known', async () => {
    host.seat('acme.live', socket('/x', greet));
    const answer = (text: string) => sendRaw(host.port, text, '}');
    const bare = handshakeText(`${P}/x`);
    const malformed = await answer(bare.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'));
    expect(malformed).toMatch(/^HTTP\/1\.1 400 /);
    expect(malformed).toContain('"code":"request/bad-handshake"');
    const version = await answer(bare.replace('Version: 13', 'Version: 12'));
    expect(version).toMatch(/^HTTP\/1\.1 426 [^]*request\/upgrade-required/);
    expect(version.toLowerCase()).toContain('sec-websocket-version: 13');
    expect(await answer(handshakeText(`${P}/x`, ['Sec-WebSocket-Protocol: a,,b']))).toMatch(
      /^HTTP\/1\.1 400 [^]*request\/bad-handshake/,
    );
    expect(await answer(bare.replace('Host: x\r\n', ''))).toMatch(/^HTTP\/1\.1 400 [^]*request\/no-host/);
  });

  test('quotas count handshakes, and show what is left on the 101', async () => {
    host.seat(
      'acme.live',
      socket('/few', greet, {}, { quotas: { perEndpoint: { requests: 1, perMs: 60_000 } } }),
    );
    const first = await sendRaw(host.port, handshakeText(`${P}/few`, ['X-Request-Id: few-1']), 'hello');
    expect(first).toMatch(/^HTTP\/1\.1 101 /);
    expect(first).toContain('ratelimit: "endpoint";r=0');
    expect(first).toContain('x-request-id: few-1');
    const refused = await refusalOf(host.port, `${P}/few`);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBeDefined();
  });

  test('pages of other origins are refused where a browser alone would prove who asks', async () => {
    const withBasic: Pick<Guards, 'guardOf'> = { guardOf: () => undefined };
    const open = await startGateway({ guards: withBasic });
    const access = { allowFrom: ['127.0.0.0/8'] };
    open.seat(
      'acme.live',
      socket('/near', greet, {}, { access }),
      socket('/named', greet, { origins: ['https://app.example.org'] }),
      socket('/any', greet, { origins: ['*'] }, { access }),
      socket('/open', greet),
    );
    const from = (origin: string) => ({ headers: { origin } });
    const status = (path: string, origin: string) =>
      dial(open.port, P + path, [], from(origin)).then(
        (client) => (client.raw.close(), 101),
        (error: Error) => Number(/\d+$/.exec(error.message)?.[0]),
      );
    expect(await status('/near', 'https://evil.example')).toBe(403);
    expect(await status('/near', 'null')).toBe(403);
    const refused = await refusalOf(open.port, `${P}/near`, from('https://evil.example'));
    expect(refused.body.code).toBe('request/origin-refused');
    expect(await status('/near', `http://127.0.0.1:${open.port}`)).toBe(101);
    expect(await status('/named', 'https://evil.example')).toBe(403);
    expect(await status('/named', 'https://app.example.org')).toBe(101);
    expect(await status('/any', 'https://evil.example')).toBe(101);
    expect(await status('/open', 'https://evil.example')).toBe(101);
    await open.close();
  });

  test('the log has one line of it, with 101, when the connection ends', async () => {
    host.seat('acme.live', socket('/logged', greet));
    const headers = { 'x-request-id': 'logged-1' };
    const client = await dial(host.port, `${P}/logged?secret=1`, [], { headers });
    await client.until(1);
    expect(lineOf('logged-1')).toEqual([]);
    client.raw.close();
    await client.ended;
    await eventually(() => lineOf('logged-1').length > 0);
    expect(lineOf('logged-1')).toEqual([
      expect.objectContaining({ method: 'GET', path: `${P}/logged`, status: 101, plugin: 'acme.live' }),
    ]);
  });

  test('a client that leaves at once leaves no lease behind', async () => {
    const live = host.seat('acme.live', socket('/gone', greet));
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const peer = connect(host.port, '127.0.0.1');
        peer.on('error', () => undefined);
        await new Promise<void>((resolve) => peer.write(handshakeText(`${P}/gone`), () => resolve()));
        peer.resetAndDestroy();
      }),
    );
    await eventually(() => live.leases === 0);
    const client = await dial(host.port, `${P}/gone`);
    await client.until(1);
    client.raw.close();
    await eventually(() => live.leases === 0);
  });
});

describe('other upgrades go on as the HTTP they are', () => {
  const offer = (protocol: string, rest: string, method = 'GET') =>
    `${method} ${P}/page HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
    `Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n${rest}`;
  beforeEach(() => {
    host.seat(
      'acme.live',
      endpoint('GET', '/page', () => 'page'),
      endpoint('POST', '/page', (exchange) => exchange.text()),
      socket('/live', greet),
    );
  });

  test('h2c and unknown protocols are ignored, and the connection is kept', async () => {
    for (const protocol of ['h2c', 'irc/6.9, websocket', 'TLS/1.2']) {
      const next = `GET ${P}/page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const peer = connect(host.port, '127.0.0.1');
      let text = '';
      peer.on('data', (chunk) => (text += chunk.toString()));
      peer.write(offer(protocol, '\r\n'));
      await eventually(() => text.includes('"page"'));
      peer.write(next);
      await eventually(() => text.split('HTTP/1.1 200 OK').length === 3);
      peer.destroy();
    }
  });

  test('with a body too, whole or in pieces', async () => {
    expect(
      await sendRaw(host.port, offer('h2c', 'Content-Length: 5\r\n\r\nhello', 'POST'), '"hello"'),
    ).toMatch(/^HTTP\/1\.1 200 /);
    const chunked = offer('h2c', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'POST');
    expect(await sendRaw(host.port, chunked, '"hello"')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a handshake with a body, by another method, over HTTP/1.0 or in a pipeline is none', async () => {
    const bare = handshakeText(`${P}/live`);
    const status = async (text: string) => Number((await sendRaw(host.port, text, '}')).slice(9, 12));
    expect(await status(handshakeText(`${P}/live`, ['Content-Length: 2']) + 'xx')).toBe(426);
    expect(await status(bare.replace('GET', 'POST'))).toBe(405);
    expect(await status(bare.replace('HTTP/1.1', 'HTTP/1.0'))).toBe(426);
    const slow = endpoint('GET', '/slow', () => new Promise((resolve) => setTimeout(resolve, 50, 'slow')));
    host.seat('acme.live', slow, socket('/live', greet));
    const first = `GET ${P}/slow HTTP/1.1\r\nHost: x\r\n\r\n`;
    const both = await sendRaw(host.port, first + bare, 'upgrade-required');
    expect(both).toMatch(/^HTTP\/1\.1 200 [^]*"slow"[^]*HTTP\/1\.1 426 /);
  });
});

describe('what a handler throws', () => {
  test('unexpected, it is logged with its mapped stack and the connection ends with 1011', async () => {
    host.seat(
      'acme.live',
      socket('/broken', () => {
        throw new Error('of its own');
      }),
      socket('/rejects', () => Promise.reject(new Error('a little later'))),
      socket('/listener', (peer) =>
        peer.onMessage(() => {
          throw new Error('at a message');
        }),
      ),
    );
    for (const [path, message] of [
      ['/broken', 'of its own'],
      ['/rejects', 'a little later'],
      ['/listener', 'at a message'],
    ] as const) {
      const client = await dial(host.port, P + path);
      client.raw.send('x');
      expect(await client.ended).toEqual({ code: 1011, reason: '' });
      const line = host.log.find((one) => one.message.includes(message));
      expect(line).toMatchObject({ level: 'error', message: `WEBSOCKET ${path} failed: ${message}` });
      expect(line?.stack).toMatch(/^mapped: /);
    }
  });

  test('an HttpError is told as a refusal, and is no failure', async () => {
    const long = 'ü'.repeat(100);
    host.seat(
      'acme.live',
      socket('/refuses', () => Promise.reject(new HttpError(403, long))),
    );
    const before = host.log.filter(({ level }) => level === 'error').length;
    const client = await dial(host.port, `${P}/refuses`);
    expect(await client.ended).toEqual({ code: 1008, reason: 'ü'.repeat(61) });
    expect(host.log.filter(({ level }) => level === 'error')).toHaveLength(before);
  });
});
