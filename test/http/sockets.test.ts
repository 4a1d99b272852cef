import { connect } from 'node:net';
import type { ServerSocket, SocketEnd } from '../../src/core/server-socket';
import { endpoint, eventually, router, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { dial, frame, handshakeText, rawPeer, socket } from './socket-client';

const P = '/api/plugin/acme.live';
const echo = async (peer: ServerSocket) => {
  for await (const message of peer) await peer.send(message);
};

let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway();
});
afterAll(() => host.close());

describe('messages', () => {
  test('texts and bytes come back as they were sent, in order', async () => {
    host.seat('acme.live', socket('/echo', echo));
    const client = await dial(host.port, `${P}/echo`);
    client.raw.send('héllo');
    client.raw.send(Buffer.from([0, 1, 255]));
    client.raw.send('');
    await client.until(3);
    expect(client.received).toEqual(['héllo', Buffer.from([0, 1, 255]), '']);
    client.raw.close();
    expect((await client.ended).code).toBe(1005);
  });

  test('what is neither text nor bytes is sent as JSON, a view as its own bytes', async () => {
    host.seat(
      'acme.live',
      socket('/send', async (peer) => {
        await peer.send({ a: [1, null] });
        await peer.send(7);
        await peer.send(new Uint16Array([1, 2, 3]).subarray(1));
        await peer.send(new Uint8Array([9]).buffer);
        await peer.send(undefined).catch((thrown: { code: string }) => peer.send(thrown.code));
        peer.close();
      }),
    );
    const client = await dial(host.port, `${P}/send`);
    expect((await client.ended).code).toBe(1000);
    expect(client.received).toEqual([
      '{"a":[1,null]}',
      '7',
      Buffer.from([2, 0, 3, 0]),
      Buffer.from([9]),
      'endpoint/unserializable',
    ]);
  });

  test('a message in fragments is one message', async () => {
    host.seat('acme.live', socket('/echo', echo));
    const peer = await rawPeer(host.port, `${P}/echo`);
    peer.socket.write(frame(1, 'one ', false));
    peer.socket.write(frame(9, 'ping between'));
    peer.socket.write(frame(0, 'message'));
    await eventually(() => peer.bytes().includes('one message'));
    peer.socket.destroy();
  });

  test('what was sent with the handshake itself is not lost', async () => {
    host.seat('acme.live', socket('/echo', echo));
    const raw = connect(host.port, '127.0.0.1');
    let text = '';
    raw.on('data', (chunk) => (text += chunk.toString('latin1')));
    raw.write(Buffer.concat([Buffer.from(handshakeText(`${P}/echo`)), frame(1, 'early bird')]));
    await eventually(() => text.includes('early bird'));
    expect(text).toContain('HTTP/1.1 101 ');
    raw.destroy();
  });

  test('a flood before anybody listens is held back at its sender, and nothing of it is lost', async () => {
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const sizes: number[] = [];
    host.seat(
      'acme.live',
      socket('/late', async (peer) => {
        await started;
        for await (const message of peer) if (sizes.push(message.length) === 400) break;
        peer.close();
      }),
    );
    const client = await dial(host.port, `${P}/late`);
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 400; index += 1) client.raw.send(Buffer.alloc(100_000));
    await eventually(() => client.raw.bufferedAmount > 20_000_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.raw.bufferedAmount).toBeGreaterThan(20_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80_000_000);
    start();
    await client.ended;
    expect(sizes).toHaveLength(400);
    expect(new Set(sizes)).toEqual(new Set([100_000]));
  });

  test('listeners get what came before they listened, and never more at once than they can work on', async () => {
    let most = 0;
    let atWork = 0;
    const seen: string[] = [];
    const ends: SocketEnd[] = [];
    host.seat(
      'acme.live',
      socket('/listen', async (peer) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        peer.onClose((end) => ends.push(end));
        peer.onMessage(async (message) => {
          most = Math.max(most, (atWork += 1));
          await new Promise((resolve) => setTimeout(resolve, 1));
          atWork -= 1;
          seen.push(String(message));
        });
      }),
    );
    const client = await dial(host.port, `${P}/listen`);
    for (let index = 0; index < 500; index += 1) client.raw.send(String(index));
    await eventually(() => seen.length === 500);
    client.raw.close(4001, 'done');
    await eventually(() => ends.length > 0);
    expect(most).toBeLessThanOrEqual(64);
    expect(ends).toEqual([{ code: 4001, reason: 'done' }]);
  });

  test('a socket that only sends notices its client leave, whatever that client sent', async () => {
    const ends: SocketEnd[] = [];
    host.seat(
      'acme.live',
      socket('/push', (peer) => peer.onClose((end) => ends.push(end))),
    );
    const client = await dial(host.port, `${P}/push`);
    for (let index = 0; index < 100; index += 1) client.raw.send('nobody listens');
    client.raw.close(1000);
    expect((await client.ended).code).toBe(1000);
    await eventually(() => ends.length === 1);
  });

  test('iterating ends with the connection, and the lease after it', async () => {
    let isThrough = false;
    let signal: AbortSignal | undefined;
    const live = host.seat(
      'acme.live',
      socket('/count', async (peer, exchange) => {
        signal = exchange.signal;
        for await (const message of peer) void message;
        isThrough = true;
      }),
    );
    const client = await dial(host.port, `${P}/count`);
    await eventually(() => live.leases === 1);
    client.raw.terminate();
    await eventually(() => isThrough);
    expect(signal?.aborted).toBe(true);
    await eventually(() => live.leases === 0);
  });
});

describe('matching', () => {
  test('stands beside a GET endpoint at the same path, with its parameters, protocol and aliases', async () => {
    host.seat(
      'acme.live',
      endpoint('GET', '/rooms/:room', ({ params }) => ({ page: params['room'] })),
      socket(
        '/rooms/:room',
        (peer, { params, query, url, method, baseUrl }) =>
          void peer.send({ params, query, url, method, baseUrl, protocol: peer.protocol }),
        { protocols: ['v1', 'v2'] },
        { aliases: [{ base: '/live', path: '/:room', share: 'sole' }] },
      ),
    );
    expect((await host.call(`${P}/rooms/a`)).body).toEqual({ page: 'a' });
    const client = await dial(host.port, `${P}/rooms/a%2Fb?x=1`, ['v9', 'v2', 'v1']);
    await client.until(1);
    expect(JSON.parse(client.received[0] as string)).toEqual({
      params: { room: 'a/b' },
      query: { x: '1' },
      url: `${P}/rooms/a%2Fb?x=1`,
      method: 'GET',
      baseUrl: P,
      protocol: 'v2',
    });
    const other = await dial(host.port, '/live/b');
    await other.until(1);
    expect(JSON.parse(other.received[0] as string)).toMatchObject({ baseUrl: '/live', protocol: '' });
    client.raw.close();
    other.raw.close();
  });

  test('asked for without a handshake it is 426, by another method 405, and OPTIONS names GET', async () => {
    host.seat(
      'acme.live',
      socket('/only', echo),
      endpoint('POST', '/only', () => 'posted'),
    );
    const plain = await host.call(`${P}/only`);
    expect(plain.status).toBe(426);
    expect(plain.headers.get('upgrade')).toBe('websocket');
    expect(plain.body.code).toBe('request/upgrade-required');
    expect((await host.call(`${P}/only`, { method: 'HEAD' })).status).toBe(426);
    expect((await host.call(`${P}/only`, { method: 'POST' })).text).toBe('"posted"');
    const put = await host.call(`${P}/only`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
    const options = await host.call(`${P}/only`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  });

  test('a Router that covers the path gets everything but handshakes', async () => {
    host.seat(
      'acme.live',
      socket('/wide', echo),
      router('/', (routes) => routes.get('/wide', (_request, response) => void response.send('page'))),
    );
    expect((await host.call(`${P}/wide`)).text).toBe('page');
    const client = await dial(host.port, `${P}/wide`);
    client.raw.send('x');
    await client.until(1);
    client.raw.close();
  });

  test('explain says what a handshake and an ordinary request would get', () => {
    host.seat(
      'acme.live',
      socket('/only', echo),
      endpoint('GET', '/page', () => 'page'),
    );
    const status = (method: string, path: string) => host.gateway.explain(method, P + path).status;
    expect(host.gateway.explain('websocket', `${P}/only`)).toMatchObject({
      status: 101,
      plugin: 'acme.live',
    });
    expect([status('GET', '/only'), status('WEBSOCKET', '/page'), status('WEBSOCKET', '/none')]).toEqual([
      426, 501, 404,
    ]);
    expect(host.gateway.explain('WEBSOCKET', '/readyz').status).toBe(501);
  });

  test('two declarations of one WebSocket are refused, and durable answers with it', () => {
    expect(() => host.seat('acme.twice', socket('/a', echo), socket('/a/', echo))).toThrow('both declare');
    expect(() => host.seat('acme.kept', socket('/a', echo, {}, { answer: 'accept' }))).toThrow(
      'nothing of a WebSocket is stored',
    );
    expect(() =>
      host.seat(
        'acme.shared',
        socket('/a', echo, {}, { aliases: [{ base: '/api/webhook', path: '/a', share: 'all' }] }),
      ),
    ).toThrow('a WebSocket cannot share');
  });
});
