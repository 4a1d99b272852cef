import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { isLocalOperator } from '../../src/core/ports/operator-auth';
import {
  endpoint,
  eventually,
  router,
  sendRaw,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const overSocket = (socketPath: string, path: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    http
      .get({ socketPath, path }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
      .on('error', reject);
  });

describe('a taken address', () => {
  test('is an error that names it', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await eventually(() => blocker.listening);
    const { port } = blocker.address() as { port: number };
    await host.close();
    await expect(host.gateway.listen(port, '127.0.0.1')).rejects.toMatchObject({
      code: 'host/address-in-use',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    blocker.close();
  });
});

describe('the operator’s own socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gw-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is its owner’s only, serves the same, and marks its requests local', async () => {
    const app = express();
    app.get('/local', (request, response) => void response.json(isLocalOperator(request)));
    const local = await startGateway({ app });
    const path = join(folder, 'a.sock');
    await local.gateway.listenSocket(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await overSocket(path, '/local')).toEqual({ status: 200, text: 'true' });
    expect((await local.call('/local')).text).toBe('false');
    local.seat(
      'acme.demo',
      endpoint('GET', '/', ({ ip }) => ip),
    );
    expect((await overSocket(path, D)).text).toBe('""');
    await local.close();
    await expect(overSocket(path, '/local')).rejects.toThrow();
  });

  test('is refused where a live process listens, where a file stands, and where its path is too long', async () => {
    const path = join(folder, 'b.sock');
    await host.gateway.listenSocket(path);
    const second = await startGateway();
    await expect(second.gateway.listenSocket(path)).rejects.toMatchObject({ code: 'host/address-in-use' });
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    await expect(second.gateway.listenSocket(file)).rejects.toMatchObject({ code: 'host/address-in-use' });
    await expect(second.gateway.listenSocket(`/tmp/${'x'.repeat(120)}`)).rejects.toMatchObject({
      code: 'host/socket-path-too-long',
    });
    await second.close();
  });
});

describe('closing', () => {
  test('does not wait for connections that ask nothing, or never finish asking', async () => {
    const silent = connect(host.port, '127.0.0.1');
    const halfway = connect(host.port, '127.0.0.1');
    for (const socket of [silent, halfway]) socket.on('error', () => undefined);
    await Promise.all([silent, halfway].map((socket) => once(socket, 'connect')));
    halfway.write('GET / HTTP/1.1\r\nHo');
    const ended = [silent, halfway].map((socket) => new Promise((done) => socket.once('close', done)));
    // Far beyond the test's own time limit: it ends only if nobody is waited for.
    await host.gateway.close(600_000);
    await Promise.all(ended);
  });

  test('lets open requests finish, closes idle connections and accepts no new one', async () => {
    let go: () => void = () => undefined;
    host.seat(
      'acme.demo',
      endpoint('GET', '/slow', () => new Promise((done) => (go = () => done('done')))),
      endpoint('GET', '/', () => 'x'),
    );
    await host.call(D);
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/slow', () => new Promise((done) => (go = () => done('done')))),
    );
    const pending = host.call(`${D}/slow`);
    await eventually(() => live.leases === 1);
    const closed = host.gateway.close(5_000);
    await expect(sendRaw(host.port, 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow();
    go();
    const answer = await pending;
    expect([answer.status, answer.body]).toEqual([200, 'done']);
    await closed;
  });

  test('cuts at the deadline what does not finish', async () => {
    const live = host.seat(
      'acme.demo',
      router('/', (r) => r.get('/', () => undefined)),
    );
    const pending = host.call(D).catch(() => 'cut');
    await eventually(() => live.leases === 1);
    await host.gateway.close(50);
    expect(await pending).toBe('cut');
    await eventually(() => live.leases === 0);
  });

  test('answers what still arrives on an open connection, and says that the connection ends', async () => {
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', (exchange) => exchange.raw.length),
    );
    const socket = connect(host.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.write(`POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na`);
    await eventually(() => live.leases === 1);
    const closed = host.gateway.close(5_000);
    socket.write('bc');
    await closed;
    await eventually(() => received.includes('\r\n\r\n3'));
    expect(received).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['noise', 'noise\r\n\r\n', 400, 'request/malformed'],
    [
      'a header too large',
      `GET / HTTP/1.1\r\nHost: x\r\nx-a: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'request/headers-too-large',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'request/malformed',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nab',
      400,
      'request/malformed',
    ],
  ])('%s is answered with a problem and the connection closed', async (_name, bytes, status, code) => {
    const answer = await sendRaw(host.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer).toContain('connection: close');
  });
});
