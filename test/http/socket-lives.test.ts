import { z } from 'zod';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import type { ServerSocket, SocketEnd } from '../../src/core/server-socket';
import { endpoint, eventually, sendRaw, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { dial, frame, handshakeText, rawPeer, refusalOf, socket, type Client } from './socket-client';

const P = '/api/plugin/acme.live';
const echo = async (peer: ServerSocket) => {
  for await (const message of peer) await peer.send(message);
};

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway({ settings: { timeouts: { handlerMs: 300 } } });
});
afterEach(() => host.close());

describe('reload and stop', () => {
  test('a reload tells clients to come back, and the next generation serves them', async () => {
    const ends: SocketEnd[] = [];
    const old = host.seat(
      'acme.live',
      socket('/v', (peer) => {
        peer.onClose((end) => ends.push(end));
        void peer.send('old');
      }),
    );
    const first = await dial(host.port, `${P}/v`);
    await first.until(1);
    host.seat(
      'acme.live',
      socket('/v', (peer) => void peer.send('new')),
    );
    const retired = old.retire(5_000, 'reload');
    expect(await first.ended).toEqual({ code: 1012, reason: 'reload' });
    expect((await retired).overdue).toBe(0);
    expect(ends).toEqual([{ code: 1012, reason: 'reload' }]);
    const second = await dial(host.port, `${P}/v`);
    await second.until(1);
    expect(second.received).toEqual(['new']);
    second.raw.close();
  });

  test('a client that does not answer is cut at the drain deadline, and the plugin knows by then', async () => {
    const ends: SocketEnd[] = [];
    const live = host.seat(
      'acme.live',
      socket('/v', (peer) => peer.onClose((end) => ends.push(end))),
    );
    const peer = await rawPeer(host.port, `${P}/v`);
    const { overdue } = await live.retire(100, 'disable');
    expect(overdue).toBe(1);
    expect(ends).toEqual([{ code: 1001, reason: 'disable' }]);
    await peer.closed;
    expect(peer.bytes()[0]).toBe(0x88);
  });

  test('a handler that takes nothing does not keep its client from hearing of the reload', async () => {
    const live = host.seat(
      'acme.live',
      socket('/deaf', (_peer, { signal }) => new Promise((resolve) => (signal.onabort = resolve))),
    );
    const client = await dial(host.port, `${P}/deaf`);
    for (let index = 0; index < 100; index += 1) client.raw.send('x'.repeat(10_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const retired = live.retire(20_000, 'reload');
    expect((await client.ended).code).toBe(1012);
    expect((await retired).overdue).toBe(0);
  });

  test('a stop says goodbye to all, cuts who does not answer, and leaves nothing open', async () => {
    const live = host.seat('acme.live', socket('/v', echo));
    const polite = await dial(host.port, `${P}/v`);
    const deaf = await rawPeer(host.port, `${P}/v`);
    const closed = host.gateway.close(300);
    expect(await polite.ended).toEqual({ code: 1012, reason: 'shutdown' });
    await closed;
    await deaf.closed;
    await eventually(() => live.leases === 0);
  });

  test('two hundred connections come through five reloads, each to a generation that serves', async () => {
    const serve = (version: number) =>
      socket('/v', async (peer) => {
        await peer.send(String(version));
        await echo(peer);
      });
    let live = host.seat('acme.live', serve(0));
    let clients: Client[] = await Promise.all(Array.from({ length: 200 }, () => dial(host.port, `${P}/v`)));
    for (let version = 1; version <= 5; version += 1) {
      const old = live;
      live = host.seat('acme.live', serve(version));
      const retired = old.retire(10_000, 'reload');
      const ends = await Promise.all(clients.map((client) => client.ended));
      expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
      expect((await retired).overdue).toBe(0);
      clients = await Promise.all(clients.map(() => dial(host.port, `${P}/v`)));
      await Promise.all(clients.map((client) => client.until(1)));
      expect(new Set(clients.map(({ received }) => received[0]))).toEqual(new Set([String(version)]));
    }
    expect(live.leases).toBe(200);
    for (const client of clients) client.raw.close();
    await eventually(() => live.leases === 0);
  });
});

describe('clients that misbehave', () => {
  test('a receiver that takes nothing is cut once more waits than the limit', async () => {
    const ends: SocketEnd[] = [];
    let most = 0;
    host.seat(
      'acme.live',
      socket(
        '/flood',
        async (peer) => {
          peer.onClose((end) => ends.push(end));
          while (peer.isOpen) {
            void peer.send(Buffer.alloc(65_536));
            most = Math.max(most, peer.bufferedBytes);
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
        { bufferedBytes: 1_000_000 },
      ),
    );
    const peer = await rawPeer(host.port, `${P}/flood`);
    peer.socket.pause();
    await eventually(() => ends.length > 0);
    expect(ends).toEqual([{ code: 1013, reason: 'too slow' }]);
    expect(most).toBeLessThan(1_200_000);
    peer.socket.destroy();
  });

  test('send waits until the system took it', async () => {
    let sent = 0;
    host.seat(
      'acme.live',
      socket('/paced', async (peer) => {
        for (let index = 0; index < 200 && peer.isOpen; index += 1) {
          await peer.send(Buffer.alloc(1_000_000));
          sent += 1;
        }
        peer.close();
      }),
    );
    const client = await dial(host.port, `${P}/paced`);
    client.raw.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = sent;
    expect(held).toBeLessThan(50);
    client.raw.resume();
    expect((await client.ended).code).toBe(1000);
    expect(client.received).toHaveLength(200);
  });

  test('a message above the limit is 1009, text that is none 1007, a frame that is none 1002', async () => {
    const ends: SocketEnd[] = [];
    host.seat(
      'acme.live',
      socket('/x', (peer) => peer.onClose((end) => ends.push(end)), { messageBytes: 1_000 }),
    );
    const client = await dial(host.port, `${P}/x`);
    client.raw.send('x'.repeat(1_001));
    expect((await client.ended).code).toBe(1009);
    const send = async (...frames: Buffer[]) => {
      const peer = await rawPeer(host.port, `${P}/x`);
      peer.socket.write(Buffer.concat(frames));
      await eventually(() => peer.bytes()[0] === 0x88);
      peer.socket.destroy();
      await peer.closed;
      return peer.bytes().readUInt16BE(2);
    };
    expect(await send(frame(1, Buffer.from([0xff, 0xfe])))).toBe(1007);
    expect(await send(frame(3, 'reserved'))).toBe(1002);
    expect(await send(Buffer.from([0x81, 0x01, 0x61]))).toBe(1002);
    expect(await send(frame(8, Buffer.from([0x03, 0xed])))).toBe(1002);
    await eventually(() => ends.length === 5);
    expect(ends.map(({ code }) => code)).toEqual([1009, 1007, 1002, 1002, 1002]);
  });

  test('one that vanished is noticed by its silence, one that answers stays', async () => {
    const ends: SocketEnd[] = [];
    host.seat(
      'acme.live',
      socket('/beat', (peer) => peer.onClose((end) => ends.push(end)), { heartbeatMs: 30 }),
    );
    const alive = await dial(host.port, `${P}/beat`);
    const silent = await rawPeer(host.port, `${P}/beat`);
    await silent.closed;
    await eventually(() => ends.length === 1);
    expect(ends).toEqual([{ code: 1006, reason: '' }]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(alive.raw.readyState).toBe(alive.raw.OPEN);
    alive.raw.close();
  });

  test('a busy handler does not make its client look dead', async () => {
    let isRead = false;
    host.seat(
      'acme.live',
      socket(
        '/busy',
        async (peer) => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          for await (const message of peer) if (String(message) === 'last') break;
          isRead = true;
          peer.close();
        },
        { heartbeatMs: 30 },
      ),
    );
    const client = await dial(host.port, `${P}/busy`);
    for (let index = 0; index < 50; index += 1) client.raw.send('x'.repeat(10_000));
    client.raw.send('last');
    expect((await client.ended).code).toBe(1000);
    expect(isRead).toBe(true);
  });
});

describe('closing', () => {
  test('a code that may not be sent is refused, a long reason is cut, and later sends do nothing', async () => {
    const refused: unknown[] = [];
    let isLate = false;
    host.seat(
      'acme.live',
      socket('/close', async (peer) => {
        for (const code of [999, 1005, 1006, 1015, 2999, 5000, 1000.5])
          try {
            peer.close(code);
          } catch (thrown) {
            refused.push((thrown as Error).name);
          }
        peer.close(4000, 'a'.repeat(200));
        await peer.send('too late');
        isLate = !peer.isOpen;
      }),
    );
    const client = await dial(host.port, `${P}/close`);
    expect(await client.ended).toEqual({ code: 4000, reason: 'a'.repeat(123) });
    expect([refused, client.received, isLate]).toEqual([Array(7).fill('RangeError'), [], true]);
  });

  test('respond and a late throw touch nothing on the connection', async () => {
    host.seat(
      'acme.live',
      socket('/odd', async (peer, exchange) => {
        exchange.respond({ status: 418 });
        await peer.send('still here');
      }),
    );
    const client = await dial(host.port, `${P}/odd`);
    await client.until(1);
    client.raw.close();
    expect((await client.ended).code).toBe(1005);
  });
});

describe('what is declared around it', () => {
  test('schemas check the head before the 101, providers reach the handler', async () => {
    host.seat(
      'acme.live',
      socket(
        '/n/:id',
        (peer, exchange) => void peer.send([exchange.params, (exchange as any).user]),
        {},
        {
          schema: { params: z.object({ id: z.coerce.number().int() }) },
          provide: [{ name: 'user', needsBody: false, make: () => ({ name: 'ada' }) }],
        },
      ),
    );
    const refused = await refusalOf(host.port, `${P}/n/x`);
    expect(refused.status).toBe(422);
    const client = await dial(host.port, `${P}/n/7`);
    await client.until(1);
    expect(JSON.parse(client.received[0] as string)).toEqual([{ id: 7 }, { name: 'ada' }]);
    client.raw.close();
  });

  test('a provider may refuse, with what its plugin maps, or be too late', async () => {
    const provide = (make: () => unknown) => ({
      provide: [{ name: 'user', needsBody: false, make }],
      mapError: (thrown: unknown) => (thrown === 'mine' ? reply(402, 'pay') : thrown),
    });
    const refuses = () => {
      throw new HttpError(403, 'not you');
    };
    host.seat(
      'acme.live',
      socket('/refused', echo, {}, provide(refuses)),
      socket(
        '/late',
        echo,
        {},
        provide(() => new Promise(() => undefined)),
      ),
      socket(
        '/mapped',
        () => Promise.reject('mine'),
        {},
        provide(() => 1),
      ),
    );
    expect(await refusalOf(host.port, `${P}/refused`)).toMatchObject({
      status: 403,
      body: { detail: 'not you' },
    });
    expect((await refusalOf(host.port, `${P}/late`)).body.code).toBe('endpoint/timeout');
    const client = await dial(host.port, `${P}/mapped`);
    expect(await client.ended).toEqual({ code: 1008, reason: 'pay' });
  });

  test('middleware may refuse, answer itself, or put headers on the 101', async () => {
    host.seat(
      'acme.live',
      endpoint('GET', '/page', () => 'page'),
      socket(
        '/mid',
        echo,
        {},
        {
          isWebhook: true,
          use: [
            (request, response, next) => {
              if (request.query['answer'] !== undefined) response.status(409).json({ own: true });
              else if (request.query['refuse'] !== undefined) next(new HttpError(400, 'no'));
              else next();
            },
            (_request, response, next) => {
              response.setHeader('X-Seen', ['1', '2']);
              next();
            },
          ],
        },
      ),
    );
    expect(await refusalOf(host.port, `${P}/mid?answer`)).toMatchObject({ status: 409, body: { own: true } });
    expect((await refusalOf(host.port, `${P}/mid?refuse`)).status).toBe(400);
    const lines = await sendRaw(host.port, handshakeText(`${P}/mid`), '\r\n\r\n');
    expect(lines).toContain('x-seen: 1\r\nx-seen: 2\r\n');
    const client = await dial(host.port, `${P}/mid`);
    client.raw.send('x');
    await client.until(1);
    client.raw.close();
  });
});
