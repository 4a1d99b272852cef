import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange, UploadedFile } from '../../src/core/exchange';
import { durable, Latch, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn } from './guards-under-test';

const MIB = 2 ** 20;
const D = '/api/plugin/acme.demo';
const LARGE = randomBytes(3 * MIB);

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost({
    settings: { limits: { bodyBytes: 9 * MIB, storedBodyBytes: 8 * MIB } },
    guards: guardsOn(),
  });
});
afterEach(async () => {
  await host.close();
  expect(spooled()).toEqual([]);
});

/** Sizes of the bodies this process has on disk. */
function spooled(): number[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      return name.includes('gatehouse-body-') ? [statSync(`/proc/self/fd/${fd}`).size] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const send = (path: string, body: Buffer | FormData | ReadableStream, headers: Record<string, string> = {}) =>
  host.call(D + path, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
const form = (bytes: Buffer) => {
  const data = new FormData();
  data.append('note', 'hello');
  data.append('upload', new Blob([bytes], { type: 'image/png' }), 'a.png');
  return data;
};

/** What a handler makes of a form. */
async function lookAt({ files, fields, raw }: Exchange) {
  const upload = files['upload'] as UploadedFile;
  return {
    note: fields['note'],
    name: upload.filename,
    upload: digest(await upload.read()),
    raw: raw.includes('form-data'),
  };
}
const SEEN = { note: 'hello', name: 'a.png', upload: digest(LARGE), raw: true };

describe('a large body that is stored', () => {
  test('reaches the store and its handler byte for byte, as a form too', async () => {
    const seen: unknown[] = [];
    host.seat(
      'acme.demo',
      durable('accept', '/later', async (exchange) => seen.push(await lookAt(exchange))),
      durable({ ackWithinMs: 10_000 }, '/within', lookAt),
      durable('accept', '/bytes', ({ raw }) => seen.push(digest(raw))),
    );
    expect((await send('/within', form(LARGE))).body).toEqual(SEEN);
    await host.receipt(await send('/later', form(LARGE)), ({ state }) => state === 'succeeded');
    expect(seen.splice(0)).toEqual([SEEN]);
    await host.receipt(await send('/bytes', LARGE), ({ state }) => state === 'succeeded');
    expect(seen).toEqual([digest(LARGE)]);
    const rows = await host.store.reader
      .selectFrom('receipt')
      .select(['body_bytes', 'body_digest'])
      .execute();
    expect(rows[2]).toEqual({ body_bytes: LARGE.length, body_digest: digest(LARGE) });
  });

  test.each([
    ['without a length', () => new Blob([LARGE]).stream(), {}],
    ['compressed', () => gzipSync(LARGE, { level: 1 }), { 'content-encoding': 'gzip' }],
    ['that expands', () => gzipSync(Buffer.alloc(LARGE.length)), { 'content-encoding': 'gzip' }],
  ])('may come %s', async (_name, body, headers) => {
    host.seat(
      'acme.demo',
      durable({ ackWithinMs: 10_000 }, '/', ({ raw }) => raw.length),
    );
    expect((await send('/', body(), headers as Record<string, string>)).body).toBe(LARGE.length);
  });

  test.each([
    ['by its length', () => Buffer.alloc(8 * MIB + 1), {}],
    ['while it arrives', () => new Blob([Buffer.alloc(9 * MIB)]).stream(), {}],
    ['while it expands', () => gzipSync(Buffer.alloc(9 * MIB)), { 'content-encoding': 'gzip' }],
  ])('above what is stored is refused %s, and leaves nothing', async (_name, body, headers) => {
    let runs = 0;
    host.seat(
      'acme.demo',
      durable('accept', '/', () => (runs += 1)),
      endpoint('POST', '/other', () => 'in'),
    );
    const answer = await send('/', body(), headers as Record<string, string>);
    expect([answer.status, answer.body.code]).toEqual([413, 'body/too-large']);
    expect(answer.text).toContain(String(8 * MIB));
    expect((await send('/other', Buffer.alloc(8 * MIB + 1))).body).toBe('in');
    expect([runs, spooled()]).toEqual([0, []]);
  });

  test('that is not what its encoding says is refused', async () => {
    host.seat(
      'acme.demo',
      durable('accept', '/', () => 1),
    );
    const answer = await send('/', LARGE, { 'content-encoding': 'gzip' });
    expect([answer.status, answer.body.code]).toEqual([400, 'body/undecodable']);
  });

  test('is told apart from another one under the same Idempotency-Key', async () => {
    let runs = 0;
    const once: Partial<Endpoint> = { idempotency: { required: true } };
    host.seat(
      'acme.demo',
      endpoint('POST', '/', () => ({ run: (runs += 1) }), once),
    );
    const other = Buffer.concat([LARGE, Buffer.from('x')]);
    const headers = { 'idempotency-key': 'k' };
    expect((await send('/', LARGE, headers)).body).toEqual({ run: 1 });
    await eventually(() => spooled().length === 0);
    expect((await send('/', LARGE, headers)).body).toEqual({ run: 1 });
    expect((await send('/', other, headers)).status).toBe(422);
    expect(runs).toBe(1);
  });

  test('is judged, and recorded, as a whole', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ raw }) => digest(raw), GITHUB),
    );
    expect((await send('/', LARGE, githubHeaders(LARGE))).body).toBe(digest(LARGE));
    const forged = Buffer.from(LARGE);
    forged[LARGE.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect((await send('/', forged, githubHeaders(LARGE))).status).toBe(401);
    const recorded = () =>
      host.store.reader.selectFrom('receipt').select(['body_digest', 'answer_status']).execute();
    let rows = await recorded();
    await eventually(async () => (rows = await recorded()).length > 0);
    expect(rows).toEqual([{ body_digest: digest(LARGE), answer_status: 200 }]);
  });

  test('can be read until the background work of its request is done, and no longer', async () => {
    const latch = new Latch();
    const kept: Exchange[] = [];
    let late: string | undefined;
    host.seat(
      'acme.demo',
      durable({ ackWithinMs: 10_000 }, '/', (exchange) => {
        kept.push(exchange);
        exchange.background(async () => {
          await latch.pass(undefined);
          late = digest(exchange.raw);
        });
        return 'done';
      }),
    );
    expect((await send('/', LARGE)).body).toBe('done');
    expect(spooled()).toEqual([LARGE.length]);
    latch.open();
    await eventually(() => spooled().length === 0);
    expect(late).toBe(digest(LARGE));
    expect(() => kept[0]?.raw).toThrow(expect.objectContaining({ code: 'body/removed' }));
  });
});

test('a large body whose generation had to go is gone when its request is recorded', async () => {
  const latch = new Latch();
  const live = host.seat(
    'acme.demo',
    endpoint('POST', '/', () => latch.pass(1), GITHUB),
  );
  const pending = send('/', LARGE, githubHeaders(LARGE)).catch(() => 'cut');
  await eventually(() => latch.entered === 1);
  await live.retire(20, 'reload');
  expect(await pending).toBe('cut');
  const recorded = () => host.store.reader.selectFrom('receipt').select(['body_bytes', 'meta']).execute();
  let rows = await recorded();
  await eventually(async () => (rows = await recorded()).length > 0);
  expect(rows).toEqual([{ body_bytes: 0, meta: expect.stringContaining('the body was not kept') }]);
  latch.open();
});

/** Sends all of a body but its last byte. */
async function sendAllButOne(path: string, bytes: number): Promise<Socket> {
  const piece = Buffer.alloc(64 * 1024);
  const socket = connect(host.port, '127.0.0.1');
  socket.write(
    `POST ${D}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  for (let left = bytes - 1; left > 0; left -= piece.length)
    await new Promise<void>((sent) =>
      socket.write(piece.subarray(0, Math.min(left, piece.length)), () => sent()),
    );
  return socket;
}

test('many large bodies at once wait on disk while they arrive, and are all stored', async () => {
  const [many, bytes] = [16, 8 * MIB];
  host.seat(
    'acme.demo',
    durable('accept', '/', () => 1),
  );
  const before = process.memoryUsage().arrayBuffers;
  const sockets = await Promise.all(Array.from({ length: many }, () => sendAllButOne('/', bytes)));
  await eventually(() => spooled().filter((size) => size === bytes - 1).length === many);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((many * bytes) / 2);
  const answers = sockets.map(
    (socket) =>
      new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('close', () => resolve(text));
        socket.write('x');
      }),
  );
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 202 /);
});

test('a client that leaves in the middle leaves no file', async () => {
  const live = host.seat(
    'acme.demo',
    durable('accept', '/', () => 1),
  );
  const socket = await sendAllButOne('/', 3 * MIB);
  await eventually(() => spooled().length === 1);
  socket.destroy();
  await eventually(() => spooled().length === 0 && live.leases === 0);
});
