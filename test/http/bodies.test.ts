import http from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { BodyPolicy } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import { readBuffered } from '../../src/http/body';
import type { GateRequest } from '../../src/http/messages';
import {
  endpoint,
  eventually,
  json,
  sendRaw,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
let calls = 0;
beforeEach(async () => {
  calls = 0;
  host = await startGateway({ settings: { limits: { bodyBytes: 2_000, jsonBytes: 1_000 } } });
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const serve = (handle: (exchange: Exchange) => unknown, body: BodyPolicy = { kind: 'auto' }) =>
  host.seat(
    'acme.demo',
    endpoint(
      'ALL',
      '/',
      (exchange) => {
        calls += 1;
        return handle(exchange);
      },
      { body },
    ),
  );
const post = (
  body: NonNullable<RequestInit['body']>,
  type: string | undefined,
  headers: Record<string, string> = {},
) =>
  host.call(D, {
    method: 'POST',
    body,
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
  });

describe('a buffered body', () => {
  test('is there as bytes, text and JSON, destructured or not', async () => {
    serve(({ raw, text, json: parse }) => ({ bytes: raw.length, text: text(), value: parse() }));
    expect((await host.call(D, json('{"a": "é"}'))).body).toEqual({
      bytes: 11,
      text: '{"a": "é"}',
      value: { a: 'é' },
    });
  });

  test('that is empty is undefined as JSON and no bytes', async () => {
    serve((exchange) => ({ none: exchange.json() === undefined, bytes: exchange.raw.length }));
    expect((await post('', 'application/json')).body).toEqual({ none: true, bytes: 0 });
    expect((await host.call(D)).body).toEqual({ none: true, bytes: 0 });
  });

  test('may start with a byte order mark', async () => {
    serve((exchange) => exchange.json());
    expect((await post(Buffer.from('\ufeff{"a":1}'), 'application/json')).body).toEqual({ a: 1 });
  });

  test('that is not JSON is 400 when asked for as JSON', async () => {
    serve((exchange) => exchange.json());
    expect((await host.call(D, json('{'))).body).toMatchObject({ status: 400, code: 'body/invalid-json' });
  });

  test('larger than the JSON limit is 413 when parsed, but not as bytes', async () => {
    const large = JSON.stringify('x'.repeat(1_500));
    serve((exchange) => exchange.json());
    expect((await host.call(D, json(large))).body.code).toBe('body/too-large');
    serve((exchange) => exchange.raw.length);
    expect((await host.call(D, json(large))).body).toBe(1_502);
  });

  test('may be as large as the endpoint says', async () => {
    serve((exchange) => exchange.json<string>().length, { kind: 'json', limitBytes: 5_000 });
    expect((await host.call(D, json('x'.repeat(4_000)))).status).toBe(400);
    expect((await host.call(D, json(JSON.stringify('x'.repeat(4_000))))).body).toBe(4_000);
  });

  test('as a form has its fields, repeated ones as arrays', async () => {
    serve((exchange) => exchange.form());
    expect((await post('a=1&b=2&b=3&c=%C3%A9+x&bad=%zz', 'application/x-www-form-urlencoded')).body).toEqual({
      a: '1',
      b: ['2', '3'],
      c: 'é x',
      bad: '%zz',
    });
  });

  test('of another kind than the endpoint takes is 415', async () => {
    serve(() => 'in', { kind: 'json' });
    const refused = await post('a=1', 'application/x-www-form-urlencoded');
    expect(refused.body).toMatchObject({ status: 415, code: 'body/wrong-type' });
    expect((await post('{}', 'application/vnd.acme+json; charset=utf-8')).status).toBe(200);
    serve(() => 'in', { kind: 'form' });
    expect((await post('{}', 'application/json')).status).toBe(415);
    serve(() => 'in', { kind: 'multipart' });
    expect((await post('{}', 'application/json')).status).toBe(415);
  });
});

describe('a content encoding', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s is undone', async (encoding, compress) => {
    serve((exchange) => exchange.json());
    const answer = await post(compress(Buffer.from('{"a":1}')), 'application/json', {
      'content-encoding': encoding,
    });
    expect(answer.body).toEqual({ a: 1 });
  });

  test('cannot get past the limit', async () => {
    serve(() => 'in');
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    expect(bomb.length).toBeLessThan(2_000);
    expect((await post(bomb, 'application/json', { 'content-encoding': 'gzip' })).status).toBe(413);
    expect(calls).toBe(0);
  });

  test('that is unknown is 415, that is not what the body has is 400', async () => {
    serve(() => 'in');
    expect((await post('x', 'text/plain', { 'content-encoding': 'zstd' })).body).toMatchObject({
      status: 415,
      code: 'body/unsupported-encoding',
    });
    expect((await post('not gzip', 'text/plain', { 'content-encoding': 'gzip' })).body.code).toBe(
      'body/undecodable',
    );
    const cut = gzipSync('cut').subarray(0, 15);
    expect((await post(cut, 'text/plain', { 'content-encoding': 'gzip' })).body).toMatchObject({
      status: 400,
      code: 'body/undecodable',
    });
    expect(calls).toBe(0);
  });
});

describe('a body over the limit', () => {
  test('is 413 before the handler, by its length or while it is read', async () => {
    serve(() => 'in');
    expect((await post('x'.repeat(3_000), 'text/plain')).status).toBe(413);
    const chunked = `POST ${D} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'400\r\n'}${'x'.repeat(1_024)}\r\n`;
    const answer = await sendRaw(host.port, chunked + `400\r\n${'x'.repeat(1_024)}\r\n`);
    expect(answer).toContain('HTTP/1.1 413');
    expect(calls).toBe(0);
  });

  test('is refused before `100 Continue`', async () => {
    serve(() => 'in');
    const ask = (length: number) =>
      `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
    const refused = await sendRaw(host.port, ask(3_000));
    expect(refused).toMatch(/^HTTP\/1\.1 413/);
    expect(await sendRaw(host.port, ask(3), 'Continue')).toMatch(/^HTTP\/1\.1 100 Continue/);
  });

  test('does not keep the client from reading the answer', async () => {
    serve(() => 'in');
    for (let turn = 0; turn < 5; turn += 1)
      expect((await post('x'.repeat(5_000_000), 'text/plain')).status).toBe(413);
  });
});

describe('a body that does not arrive', () => {
  test('in time is 408', async () => {
    const impatient = await startGateway({ settings: { timeouts: { headersMs: 200, requestMs: 200 } } });
    impatient.seat(
      'acme.demo',
      endpoint('POST', '/', () => 'in'),
    );
    const slow = await sendRaw(
      impatient.port,
      `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`,
    );
    expect(slow).toMatch(/^HTTP\/1\.1 408/);
    expect(slow).toContain('"code":"request/timeout"');
    const noHeaders = await sendRaw(impatient.port, `GET ${D} HTTP/1.1\r\nHost: x\r\n`);
    expect(noHeaders).toMatch(/^HTTP\/1\.1 408/);
    await impatient.close();
  });

  test('whole never reaches the handler and ends the lease', async () => {
    const live = serve(() => 'in');
    const pending = sendRaw(
      host.port,
      `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`,
      'never',
    );
    await eventually(() => live.leases === 1);
    host.gateway.server.closeAllConnections();
    await pending.catch(() => undefined);
    await eventually(() => live.leases === 0);
    expect(calls).toBe(0);
  });
});

describe('a streamed body', () => {
  test('is left to the handler', async () => {
    serve(
      async ({ stream }) => {
        let size = 0;
        for await (const chunk of stream) size += (chunk as Buffer).length;
        return { size };
      },
      { kind: 'stream' },
    );
    expect((await post('x'.repeat(100_000), 'text/plain')).body).toEqual({ size: 100_000 });
  });

  test('that nobody reads does not disturb the connection', async () => {
    serve(() => 'unread', { kind: 'stream' });
    for (let turn = 0; turn < 3; turn += 1)
      expect((await post('x'.repeat(100_000), 'text/plain')).body).toBe('unread');
  });

  test('is an author’s mistake to ask for where it was not declared, and raw where it was', async () => {
    serve((exchange) => exchange.stream);
    expect((await host.call(D)).body.code).toBe('body/not-a-stream');
    serve((exchange) => exchange.raw, { kind: 'stream' });
    expect((await host.call(D)).body.code).toBe('body/not-buffered');
  });
});

describe('the rest of an exchange', () => {
  test('has headers in any case, duplicates kept, and where it was reached', async () => {
    serve(({ headers, url, path, baseUrl, method, ip, key }) => ({
      one: headers.get('X-One'),
      all: headers.getAll('x-many'),
      joined: headers.get('X-Many'),
      has: headers.has('x-none'),
      listed: [...headers].filter(([name]) => name.startsWith('x-')).length,
      where: [url, path, baseUrl, method, ip, key],
    }));
    const bytes = `GET ${D}/?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-ONE: 1\r\nX-Many: a\r\nx-many: b\r\n\r\n`;
    const answer = await sendRaw(host.port, bytes);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
      one: '1',
      all: ['a', 'b'],
      joined: 'a, b',
      has: false,
      listed: 3,
      where: [`${D}/?a=1`, '/', D, 'GET', '127.0.0.1', 'acme.demo'],
    });
  });

  test('believes X-Forwarded-For only behind a trusted proxy', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    serve(({ ip }) => ip);
    expect((await host.call(D, { headers })).body).toBe('127.0.0.1');
    const trusting = await startGateway({ settings: { trustProxy: true } });
    trusting.seat(
      'acme.demo',
      endpoint('GET', '/', ({ ip }) => ip),
    );
    expect((await trusting.call(D, { headers })).body).toBe('203.0.113.9');
    await trusting.close();
  });
});

test('an encoded body whose sender leaves in the middle ends its reading as incomplete', async () => {
  const failures: unknown[] = [];
  const server = http.createServer((request) => {
    readBuffered(request as unknown as GateRequest, 1_000, (failure) => failures.push(failure));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const part = gzipSync('x'.repeat(100)).subarray(0, 12);
  socket.write(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 90\r\n\r\n',
  );
  socket.write(part, () => setTimeout(() => socket.destroy(), 50));
  await eventually(() => failures.length === 1);
  expect(failures).toMatchObject([{ code: 'body/incomplete' }]);
  await new Promise((closed) => server.close(closed));
});
