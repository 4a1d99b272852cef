import { endpoint, eventually, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { dial, frame, rawPeer, socket } from './socket-client';

const P = '/api/plugin/acme.live';
let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

test('a handler that sends without end to a client that left keeps nobody else waiting', async () => {
  let isDone = false;
  let turns = 0;
  host.seat(
    'acme.live',
    socket('/v', async (peer) => {
      while (!isDone && turns < 1_000_000) {
        await peer.send('tick');
        if (!peer.isOpen) turns += 1;
      }
    }),
    endpoint('GET', '/other', () => 'fine'),
  );
  const client = await dial(host.port, `${P}/v`);
  await client.until(1);
  client.raw.terminate();
  await eventually(() => turns > 10);
  expect((await host.call(`${P}/other`)).body).toBe('fine');
  expect(turns).toBeLessThan(1_000_000);
  isDone = true;
});

test('a client that vanishes while nothing is read is noticed by the heartbeat', async () => {
  const live = host.seat(
    'acme.live',
    socket('/v', (peer) => new Promise((resolve) => peer.onClose(resolve)), { heartbeatMs: 50 }),
  );
  const peer = await rawPeer(host.port, `${P}/v`);
  const message = frame(2, Buffer.alloc(60_000));
  for (let turn = 0; turn < 40; turn += 1) peer.socket.write(message);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(live.leases).toBe(1);
  peer.socket.destroy();
  await eventually(() => live.leases === 0);
});

test('a handler that sends without end leaves others their turn while its client takes all of it', async () => {
  let sends = 0;
  let sendsUntilTurn: number | undefined;
  host.seat(
    'acme.live',
    socket('/v', async (peer) => {
      setImmediate(() => (sendsUntilTurn = sends));
      for (; sends < 1_000; sends += 1) await peer.send('tick');
    }),
  );
  const client = await dial(host.port, `${P}/v`);
  await client.until(1_000);
  expect(sendsUntilTurn).toBeLessThan(200);
  client.raw.terminate();
});
