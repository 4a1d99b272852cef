import { truncateSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readlink, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { file, type FileOptions } from '../../src/core/file-body';
import {
  endpoint,
  eventually,
  router,
  sendRaw,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-files-'));
  await writeFile(path.join(folder, 'ten.txt'), '0123456789');
  host = await startGateway();
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

const D = '/api/plugin/acme.demo';
const serving = (name: string, options?: FileOptions) =>
  host.seat(
    'acme.demo',
    endpoint('ALL', '/', () => file(path.join(folder, name), options)),
  );
/** Left alone, `fetch` asks with `no-cache` as soon as there is a condition. */
const asking = (headers: Record<string, string>, method = 'GET') =>
  host.call(D, { method, headers: { 'cache-control': 'max-age=0', ...headers } });
const errors = () => host.log.filter(({ level }) => level === 'error');

/** How many files below the folder this process has open. */
async function openFiles(): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const names = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return names.filter((name) => name.startsWith(folder)).length;
}
const allClosed = async () => {
  for (let turn = 0; turn < 400 && (await openFiles()) > 0; turn += 1) await new Promise(setImmediate);
  expect(await openFiles()).toBe(0);
};

describe('a file', () => {
  test('is sent whole with its type, length, age and tag', async () => {
    serving('ten.txt');
    const answer = await host.call(D);
    expect([answer.status, answer.text]).toEqual([200, '0123456789']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^W\/"/),
      'last-modified': (await stat(path.join(folder, 'ten.txt'))).mtime.toUTCString(),
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/./),
    });
    expect(answer.headers.get('cache-control')).toBeNull();
    await allClosed();
  });

  test('of HEAD has the same headers and no body, ranges or not', async () => {
    serving('ten.txt');
    const answer = await asking({ range: 'bytes=0-1' }, 'HEAD');
    expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([200, '', '10']);
    await allClosed();
  });

  test('without a byte is one', async () => {
    await writeFile(path.join(folder, 'empty.json'), '');
    serving('empty.json');
    const answer = await host.call(D);
    expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([200, '', '0']);
    expect((await asking({ range: 'bytes=0-' })).status).toBe(416);
    await allClosed();
  });

  test.each([
    ['bytes=2-4', 'bytes 2-4/10', '234'],
    ['bytes=7-', 'bytes 7-9/10', '789'],
    ['bytes=-3', 'bytes 7-9/10', '789'],
    ['bytes=8-100', 'bytes 8-9/10', '89'],
  ])('is sent in part for %s', async (range, contentRange, text) => {
    serving('ten.txt');
    const answer = await asking({ range });
    expect([answer.status, answer.headers.get('content-range'), answer.text]).toEqual([
      206,
      contentRange,
      text,
    ]);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  test.each(['bytes=20-30', 'bytes=-0'])('has no part %s: 416 says how long it is', async (range) => {
    serving('ten.txt');
    const answer = await asking({ range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.headers.get('etag'), errors()]).toEqual([null, []]);
    await allClosed();
  });

  test.each(['bytes=a-b', 'items=0-1', 'bytes=0-1,4-5'])('is sent whole for %s', async (range) => {
    serving('ten.txt');
    const answer = await asking({ range });
    expect([answer.status, answer.text]).toEqual([200, '0123456789']);
  });

  test('is sent in part only while it is the one the client has a part of', async () => {
    serving('ten.txt');
    const { headers } = await host.call(D);
    const range = 'bytes=0-3';
    const same = { range, 'if-range': headers.get('etag') ?? '' };
    const since = { range, 'if-range': headers.get('last-modified') ?? '' };
    expect((await asking(same)).status).toBe(206);
    expect((await asking(since)).status).toBe(206);
    expect((await asking({ range, 'if-range': 'W/"other"' })).text).toBe('0123456789');
    expect((await asking({ range, 'if-range': new Date(0).toUTCString() })).status).toBe(200);
  });

  test('is not sent again to who has it', async () => {
    serving('ten.txt', { maxAgeMs: 90_500 });
    const { headers } = await host.call(D);
    const etag = headers.get('etag') ?? '';
    const same = await asking({ 'if-none-match': etag });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    expect(same.headers.get('cache-control')).toBe('max-age=90');
    expect((await asking({ 'if-modified-since': headers.get('last-modified') ?? '' }, 'HEAD')).status).toBe(
      304,
    );
    expect((await asking({ 'if-none-match': '"other"' })).status).toBe(200);
    expect((await asking({ 'if-none-match': etag, 'cache-control': 'no-cache' })).status).toBe(200);
    await allClosed();
  });

  test('that is not the one meant is 412', async () => {
    serving('ten.txt');
    expect((await asking({ 'if-match': '"other"' })).status).toBe(412);
    expect((await asking({ 'if-unmodified-since': new Date(0).toUTCString() })).status).toBe(412);
    expect((await asking({ 'if-match': '*' })).status).toBe(200);
    await allClosed();
  });

  test.each([
    ['asked for by POST', 'POST', 200],
    ['with a status of its own', 'GET', 203],
  ])('%s has no parts and no conditions', async (_name, method, status) => {
    serving('ten.txt', { status });
    const answer = await asking({ range: 'bytes=0-1', 'if-none-match': '*' }, method);
    expect([answer.status, answer.text]).toEqual([status, '0123456789']);
    expect(answer.headers.get('accept-ranges')).toBeNull();
  });

  test('keeps the headers its author gave, framing aside', async () => {
    serving('ten.txt', {
      maxAgeMs: 1000,
      headers: {
        'content-type': 'text/x-mine',
        'Cache-Control': 'private',
        etag: '"mine"',
        'content-length': '3',
      },
    });
    const { headers, text } = await host.call(D);
    expect(['content-type', 'cache-control', 'etag'].map((name) => headers.get(name))).toEqual([
      'text/x-mine',
      'private',
      '"mine"',
    ]);
    expect(text).toBe('0123456789');
    expect((await asking({ 'if-none-match': '"mine"' })).status).toBe(304);
  });

  test.each([
    ['report.pdf', 'attachment; filename=report.pdf', 'application/pdf'],
    [
      'Müller "1".txt',
      `attachment; filename="M?ller \\"1\\".txt"; filename*=UTF-8''M%C3%BCller%20%221%22.txt`,
      'text/plain; charset=utf-8',
    ],
    ['../../etc/passwd', 'attachment; filename=passwd', 'text/plain; charset=utf-8'],
    [
      'a\r\nx-evil: 1.txt',
      `attachment; filename="a??x-evil: 1.txt"; filename*=UTF-8''a%0D%0Ax-evil%3A%201.txt`,
      'text/plain; charset=utf-8',
    ],
    [
      'half \ud800.txt',
      `attachment; filename="half ?.txt"; filename*=UTF-8''half%20%EF%BF%BD.txt`,
      'text/plain; charset=utf-8',
    ],
  ])('is saved as %j', async (downloadAs, disposition, type) => {
    serving('ten.txt', { downloadAs });
    const { status, headers, text } = await host.call(D);
    expect([status, text, headers.get('content-type'), headers.get('x-evil')]).toEqual([
      200,
      '0123456789',
      type,
      null,
    ]);
    expect(headers.get('content-disposition')).toBe(disposition);
  });
});

describe('a file that cannot be sent', () => {
  const problem = async () => {
    const { status, body } = await host.call(D);
    return [status, body.code];
  };

  test.each([['gone.txt'], ['ten.txt/below'], ['n'.repeat(300)], ['nul\0.txt'], ['']])(
    'is not there: %j',
    async (name) => {
      serving(name);
      expect(await problem()).toEqual([404, 'request/not-found']);
      expect(errors()).toEqual([]);
      await allClosed();
    },
  );

  test('because it may not be read is 404, and the log says why', async () => {
    await chmod(path.join(folder, 'ten.txt'), 0);
    serving('ten.txt');
    // Who owns the system may read everything.
    const isOwner = process.geteuid?.() === 0;
    if (isOwner) process.seteuid?.(65_534);
    try {
      expect(await problem()).toEqual([404, 'request/not-found']);
    } finally {
      if (isOwner) process.seteuid?.(0);
    }
    expect(host.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('EACCES') }),
    );
  });

  test('because it is not there is told in the log, where the author named it', async () => {
    serving('gone.txt');
    expect(await problem()).toEqual([404, 'request/not-found']);
    expect(host.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: `ALL / did not send a file: "${path.join(folder, 'gone.txt')}" is not there, hidden, or no ordinary file`,
      }),
    );
    host.log.length = 0;
    host.seat(
      'acme.demo',
      endpoint('ALL', '/', () => file('gone.txt', { root: folder })),
    );
    expect(await problem()).toEqual([404, 'request/not-found']);
    expect(host.log).toEqual([]);
  });

  test('with a path that is relative to nothing is a mistake that the log tells', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => file('page.html')),
    );
    expect(await problem()).toEqual([500, 'endpoint/relative-file']);
    expect(errors()[0]?.message).toContain('path.join(__dirname, …)');
    expect(() => file('page.html', { root: 'pages' })).toThrow('relative to nothing');
    expect(() => file('/page.html', { maxAgeMs: Number.NaN })).toThrow(RangeError);
    expect(() => file('/page.html', { status: 99 })).toThrow(RangeError);
  });

  test('because it became shorter meanwhile is cut, not passed for whole', async () => {
    const name = path.join(folder, 'long.bin');
    await writeFile(name, Buffer.alloc(8_000_000));
    serving('long.bin');
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`);
    let received = 0;
    await new Promise<void>((resolve) =>
      socket.once('data', (chunk) => {
        received += chunk.length;
        socket.pause();
        truncateSync(name, 1_000_000);
        resolve();
      }),
    );
    socket.on('data', (chunk) => (received += chunk.length)).resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBeLessThan(8_000_000);
    await allClosed();
  });
});

describe('a folder', () => {
  beforeEach(async () => {
    await mkdir(path.join(folder, 'pages', 'sub.d'), { recursive: true });
    await writeFile(path.join(folder, 'pages', 'index.html'), '<p>index');
  });

  test('is not there without an index, and not when the index is a folder', async () => {
    serving('pages');
    expect((await host.call(D)).status).toBe(404);
    serving('pages', { index: 'sub.d' });
    expect((await host.call(`${D}/`)).status).toBe(404);
    await allClosed();
  });

  test('is its index once the address ends with a slash', async () => {
    serving('pages', { index: 'index.html' });
    const there = await host.call(`${D}?a=1`);
    expect([there.status, there.headers.get('location')]).toEqual([302, './acme.demo/?a=1']);
    const page = await host.call(`${D}/?a=1`);
    expect([page.status, page.text, page.headers.get('content-type')]).toEqual([
      200,
      '<p>index',
      'text/html; charset=utf-8',
    ]);
    await allClosed();
  });
});

describe('who asks for a file', () => {
  beforeEach(() => writeFile(path.join(folder, 'big.bin'), Buffer.alloc(16_000_000, 7)));

  test('and leaves, leaves nothing open and no lease', async () => {
    const live = serving('big.bin');
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    expect([live.leases, await openFiles()]).toEqual([1, 1]);
    socket.destroy();
    await eventually(() => live.leases === 0);
    await allClosed();
  });

  test('and leaves while others wait on the connection, leaves nothing open either', async () => {
    const live = serving('big.bin');
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3));
    await new Promise((resolve) => socket.once('data', resolve));
    await eventually(() => live.leases === 3);
    socket.destroy();
    await eventually(() => live.leases === 0);
    await allClosed();
  });

  test('has all of it although the plugin is reloaded meanwhile', async () => {
    const old = serving('big.bin');
    const response = await fetch(host.base + D);
    serving('ten.txt');
    const retired = old.retire(5_000, 'reload');
    expect((await response.arrayBuffer()).byteLength).toBe(16_000_000);
    expect(await retired).toMatchObject({ overdue: 0 });
  });

  test('several times on one connection has each in turn', async () => {
    serving('ten.txt');
    const one = `GET ${D} HTTP/1.1\r\nHost: x\r\n`;
    const answers = await sendRaw(host.port, `${one}\r\n${one}Range: bytes=0-0\r\nConnection: close\r\n\r\n`);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 206']);
    expect(answers.endsWith('\r\n\r\n0')).toBe(true);
  });
});

test('an ordinary Router of a plugin may use its own file sending beside it', async () => {
  host.seat(
    'acme.demo',
    endpoint('GET', '/ours', () => file(path.join(folder, 'ten.txt'))),
    router('/', (r) => r.get('/theirs', (_q, response) => response.sendFile(path.join(folder, 'ten.txt')))),
  );
  const [ours, theirs] = await Promise.all([host.call(`${D}/ours`), host.call(`${D}/theirs`)]);
  for (const name of ['etag', 'last-modified', 'content-type', 'content-length'])
    expect(ours.headers.get(name)).toBe(theirs.headers.get(name));
});
