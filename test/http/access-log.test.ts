import { PassThrough, Writable } from 'node:stream';
import { createAccessLog } from '../../src/http/access-log';
import { endpoint, eventually, router, startGateway } from './gateway-under-test';

const D = '/api/plugin/acme.demo';

function lines() {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return {
    stream,
    writes: () => written.filter((chunk) => chunk !== '').length,
    parsed: () =>
      written
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as any),
  };
}

test('one line for each request, written in batches', async () => {
  const out = lines();
  const accessLog = createAccessLog(out.stream, { flushMs: 60_000 });
  const host = await startGateway({ accessLog });
  host.seat(
    'acme.demo',
    endpoint('GET', '/j', () => ({ a: 1 })),
    router('/', (r) => r.get('/r', (_q, s) => void s.json({ a: 1 }))),
  );
  const headers = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'x-request-id': 'mine',
  };
  await host.call(`${D}/j?token=secret`, { headers });
  await host.call(`${D}/r?token=secret`);
  await host.call('/none"quoted"');
  await host.call('/healthz');
  expect(out.writes()).toBe(0);
  await host.close();
  await accessLog.close();
  expect(out.writes()).toBe(1);
  const [declared, routed, missing, health] = out.parsed();
  expect(declared).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    level: 'info',
    message: 'request',
    requestId: 'mine',
    method: 'GET',
    path: `${D}/j`,
    status: 200,
    durationMs: expect.any(Number),
    bytes: 7,
    plugin: 'acme.demo',
    ip: '127.0.0.1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
  });
  expect(routed).toMatchObject({ path: `${D}/r`, status: 200, bytes: 7, plugin: 'acme.demo' });
  expect(missing).toMatchObject({ status: 404, path: '/none%22quoted%22' });
  expect(health).toMatchObject({ status: 200, path: '/healthz' });
  expect(JSON.stringify(out.parsed())).not.toContain('secret');
});

test('lines are written as soon as enough are queued, and after a while', async () => {
  const out = lines();
  const host = await startGateway({
    accessLog: createAccessLog(out.stream, { flushMs: 60_000, flushBytes: 300 }),
  });
  await host.call('/healthz');
  expect(out.writes()).toBe(0);
  await host.call('/healthz');
  await eventually(() => out.writes() === 1);
  const soon = lines();
  const other = await startGateway({ accessLog: createAccessLog(soon.stream, { flushMs: 10 }) });
  await other.call('/healthz');
  await eventually(() => soon.writes() === 1);
  await Promise.all([host.close(), other.close()]);
});

test('a client that left is 499', async () => {
  const out = lines();
  const accessLog = createAccessLog(out.stream, { flushMs: 10 });
  const host = await startGateway({ accessLog });
  const live = host.seat(
    'acme.demo',
    router('/', (r) => r.get('/', () => undefined)),
  );
  const leaving = new AbortController();
  const pending = host.call(D, { signal: leaving.signal }).catch(() => undefined);
  await eventually(() => live.leases === 1);
  leaving.abort();
  await pending;
  await eventually(() => out.parsed().length === 1);
  expect(out.parsed()[0]).toMatchObject({ status: 499, plugin: 'acme.demo', ip: '127.0.0.1' });
  await host.close();
});

test('a stream that takes nothing costs bounded memory and the loss is said', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const accessLog = createAccessLog(stream, { flushBytes: 1, mostBytes: 400 });
  const host = await startGateway({ accessLog });
  for (let turn = 0; turn < 12; turn += 1) await host.call('/healthz');
  let text = '';
  stream.on('data', (chunk) => (text += String(chunk)));
  await eventually(() => text.includes('were dropped'));
  await host.close();
  const messages = text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { message: string }).message);
  const dropped = Number(
    /^(\d+) access lines/.exec(messages.find((message) => message.includes('dropped')) ?? '')?.[1],
  );
  expect(messages.filter((message) => message === 'request').length + dropped).toBe(12);
});
