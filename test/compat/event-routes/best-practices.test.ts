import path from 'node:path';
import { sender, startRoutesHost, type RoutesHost } from './routes-host';

const SECRET = 'wss_your_signing_secret';
let host: RoutesHost;
let services: Awaited<ReturnType<RoutesHost['load']>>;
beforeAll(async () => {
  host = await startRoutesHost({ SIGNING_SECRET: SECRET });
  services = await host.load(path.join(__dirname, 'best-practices'));
});
afterAll(() => host.close());

const send = (
  at: string,
  eventId: string,
  { secret = SECRET, moment }: { secret?: string; moment?: string } = {},
) =>
  host.call(
    `/api/plugin/dev.best_practices/${at}`,
    sender.extend(secret, { eventId, eventType: 'run.completed' }, moment),
  );
const processed = async () =>
  (await services.store.list<{ of: string }>('processed')).map(({ data }) => data.of).sort();

describe('the advice of a sender', () => {
  test('quick acknowledgment: signed is queued and answered, forged is 401 and nothing is queued', async () => {
    expect(await send('quick', 'q1')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const forged = await send('quick', 'q2', { secret: 'wss_another' });
    expect(forged).toMatchObject({ status: 401, body: { error: 'Invalid signature' } });
    await host.engine.idle();
    expect(await processed()).toEqual(['q1']);
  });

  test('asynchronous processing: the good way answers before the work, the other one after it', async () => {
    expect((await send('quick', 'a1')).status).toBe(200);
    expect((await send('synchronous', 'a2')).status).toBe(200);
    expect(await services.store.get('reports', 'a2')).toBeDefined();
    expect((await send('synchronous', 'a3', { secret: 'wss_another' })).status).toBe(401);
    expect(await services.store.get('reports', 'a3')).toBeUndefined();
  });

  test('idempotency with event ids: an event is processed once, for seven days', async () => {
    for (let time = 0; time < 3; time += 1) {
      expect((await send('quick', 'evt_abc123')).status).toBe(200);
      await host.engine.idle();
    }
    const times = async () => (await processed()).filter((id) => id === 'evt_abc123').length;
    expect(await times()).toBe(1);
    const day = 86_400_000;
    await host.clock.advance(7 * day - 60_000);
    await send('quick', 'evt_abc123');
    await host.engine.idle();
    expect(await times()).toBe(1);
    await host.clock.advance(120_000);
    await send('quick', 'evt_abc123');
    await host.engine.idle();
    expect(await times()).toBe(2);
  });

  test('always verify signatures: another body and another time are refused', async () => {
    const old = String(Math.floor(Date.now() / 1_000) - 301);
    expect((await send('quick', 's1', { moment: old })).status).toBe(401);
    const request = sender.extend(SECRET, { eventId: 's2' });
    const tampered = { ...request, body: `${String(request.body)} ` };
    expect((await host.call('/api/plugin/dev.best_practices/quick', tampered)).status).toBe(401);
  });

  test('retry strategy: while the queue is down the sender hears 503, forged requests 401', async () => {
    expect((await send('reliable', 'r1')).status).toBe(200);
    await host.engine.stop(1_000);
    const refused = await send('reliable', 'r2');
    expect(refused).toMatchObject({ status: 503, body: { error: 'Service temporarily unavailable' } });
    expect((await send('reliable', 'r3', { secret: 'wss_another' })).status).toBe(401);
    const plain = await send('plain', 'r4');
    expect(plain.status).toBe(503);
    expect(plain.headers.get('retry-after')).toBeTruthy();
  });
});
