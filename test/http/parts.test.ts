import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { BodyPolicy, Endpoint } from '../../src/core/declaration';
import { HostError } from '../../src/core/errors';
import type { Exchange, UploadPart } from '../../src/core/exchange';
import {
  collect,
  D,
  formOf,
  postForm,
  serveParts,
  sizeOf,
  startForForms,
  TYPE,
  type Piece,
} from './form-under-test';
import { endpoint, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startForForms();
});
afterEach(() => host.close());

const serve = (...given: Tail<Parameters<typeof serveParts>>) => serveParts(host, ...given);
const post = (...given: Tail<Parameters<typeof postForm>>) => postForm(host, ...given);
type Tail<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

describe('the parts of a form', () => {
  test('come in order, fields and files alike', async () => {
    serve(collect);
    const body = formOf(['a', '1'], ['f', 'bytes', '../../é.txt', 'text/csv'], ['b', 'ü'], ['a', '2']);
    expect((await post(body)).body).toEqual([
      ['a', null, 'text/plain', '1'],
      ['f', 'é.txt', 'text/csv', 'bytes'],
      ['b', null, 'text/plain', 'ü'],
      ['a', null, 'text/plain', '2'],
    ]);
  });

  test('are the same however the bytes are cut', async () => {
    serve(collect);
    const body = formOf(['a', '1'], ['f', '\r\n--\r\n', 'f', 'text/csv'], ['b', '2']);
    const whole = (await post(body)).text;
    expect(JSON.parse(whole)).toHaveLength(3);
    const answer = await new Promise<string>((resolve, reject) => {
      const request = http.request(
        host.base + D,
        { method: 'POST', headers: { 'content-type': TYPE } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve(text));
        },
      );
      request.on('error', reject);
      request.setNoDelay(true);
      const step = (at: number) => {
        if (at === body.length) request.end();
        else request.write(body.subarray(at, at + 1), () => setImmediate(() => step(at + 1)));
      };
      step(0);
    });
    expect(answer).toBe(whole);
  });

  test('are read as they arrive: the first is there before the last was sent', async () => {
    let arrived: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (arrived = resolve));
    serve(async ({ parts }) => {
      const names: string[] = [];
      for await (const part of parts()) {
        names.push(part.name);
        await part.text();
        arrived();
      }
      return names;
    });
    const answer = new Promise<string>((resolve, reject) => {
      const request = http.request(
        host.base + D,
        { method: 'POST', headers: { 'content-type': TYPE } },
        (response) => {
          response.setEncoding('utf8').once('data', resolve);
        },
      );
      request.on('error', reject);
      const body = formOf(['a', '1', 'a'], ['b', '2', 'b']);
      const cut = body.indexOf('name="b"');
      request.write(body.subarray(0, cut));
      void first.then(() => request.end(body.subarray(cut)));
    });
    expect(await answer).toBe('["a","b"]');
  });

  test('may be gzipped', async () => {
    serve(collect);
    const body = gzipSync(formOf(['a', '1']));
    expect((await post(body, { 'content-encoding': 'gzip' })).body).toHaveLength(1);
    expect((await post(body.subarray(0, -9), { 'content-encoding': 'gzip' })).body.code).toMatch(/^body\//);
    expect((await post(body, { 'content-encoding': 'zstd' })).body.code).toBe('body/unsupported-encoding');
  });

  test('go to disk whole, though nobody else holds them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parts-test-'));
    try {
      serve(async ({ parts }) => {
        for await (const part of parts())
          await pipeline(part.stream, createWriteStream(join(folder, part.filename ?? part.name)));
        return 'kept';
      });
      const bytes = Buffer.alloc(150_000, 'abcdefg');
      expect((await post(formOf(['f', bytes, 'one'], ['g', bytes, 'two'], ['n', 'x']))).body).toBe('kept');
      expect(readFileSync(join(folder, 'one')).equals(bytes)).toBe(true);
      expect(readFileSync(join(folder, 'two')).equals(bytes)).toBe(true);
      expect(readFileSync(join(folder, 'n'), 'utf8')).toBe('x');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('that nobody reads are passed over', async () => {
    serve(async ({ parts }) => {
      const sizes: unknown[] = [];
      for await (const part of parts()) if (part.name !== 'skip') sizes.push(await sizeOf(part));
      return sizes;
    });
    const big = Buffer.alloc(190_000, 1);
    const body = formOf(['skip', big, 'a'], ['take', big, 'b'], ['skip', '1'], ['skip', big, 'c']);
    expect((await post(body)).body).toEqual([190_000]);
  });

  test('that were begun may go on while the next one comes', async () => {
    serve(async ({ parts }) => {
      const sizes: Promise<number>[] = [];
      for await (const part of parts()) sizes.push(sizeOf(part));
      return Promise.all(sizes);
    });
    const body = formOf(['a', Buffer.alloc(150_000), 'a'], ['b', Buffer.alloc(9), 'b']);
    expect((await post(body)).body).toEqual([150_000, 9]);
  });

  test('are none where there is no body', async () => {
    serve(collect);
    expect((await host.call(D, { method: 'POST' })).body).toEqual([]);
    serve(collect, { fields: { name: { required: true } } });
    expect((await host.call(D, { method: 'POST' })).body.code).toBe('body/missing-part');
  });

  test.each<[string, (exchange: Exchange) => unknown, string]>([
    ['taken twice', (x) => (x.parts(), x.parts()), new HostError('body/parts-taken', []).message],
    ['as bytes', ({ raw }) => raw, 'not available for a parts body'],
    ['as a stream', ({ stream }) => stream, 'exchange.stream is available only'],
  ])('%s are an error that says so', async (_name, handle, message) => {
    serve(handle);
    expect((await post(formOf(['a', '1']))).status).toBe(500);
    expect(host.log.map((line) => line.message).join()).toContain(message);
  });

  test('are not there on other endpoints', async () => {
    host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ parts }) => parts()),
    );
    expect((await post(formOf(['a', '1']))).status).toBe(500);
    expect(host.log.map((line) => line.message).join()).toContain("declare body: { kind: 'parts' }");
  });

  test.each<[string, Partial<Endpoint>]>([
    ['stored first', { answer: 'accept' }],
    ['given the same answer twice', { idempotency: { required: true } }],
    ['judged by the body', { access: { signature: 'github', secret: 'S' } }],
    ['shared with other plugins', { aliases: [{ base: '/api/webhook', path: '/x', share: 'all' }] }],
  ])('cannot be %s: the plugin is not loaded', (_name, more) => {
    expect(() => serve(collect, {}, more)).toThrow(/a body of kind "parts"/);
  });

  test('of another type are refused before anything runs', async () => {
    let calls = 0;
    serve(() => (calls += 1));
    expect((await host.call(D, { method: 'POST', body: 'x' })).body.code).toBe('body/wrong-type');
    expect(calls).toBe(0);
  });

  test('have texts of at most a mebibyte', async () => {
    await host.close();
    host = await startGateway();
    const texts: string[] = [];
    serve(async ({ parts }) => {
      for await (const part of parts())
        texts.push(
          await part.text().then(
            (text) => `${text.length}`,
            (error: { code?: string }) => error.code ?? '',
          ),
        );
    });
    const mebibyte = Buffer.alloc(1_048_576, 'x');
    const more = Buffer.alloc(1_048_577, 'x');
    expect((await post(formOf(['a', mebibyte, 'a'], ['b', more, 'b'], ['c', more]))).status).toBe(204);
    expect(texts).toEqual(['1048576', 'body/too-large', 'body/too-large']);
  });

  test('read after their time say so', async () => {
    serve(async ({ parts }) => {
      const kept: UploadPart[] = [];
      for await (const part of parts()) kept.push(part);
      await kept[0]?.text();
    });
    expect((await post(formOf(['f', 'x', 'f'], ['g', 'y', 'g']))).status).toBe(500);
    expect(host.log.map((line) => line.message).join()).toContain('The part "f" was read too late');
  });
});

describe('what parts must be is held against them as they come', () => {
  const rules: Omit<BodyPolicy, 'kind'> = {
    files: { report: { required: true, maxBytes: 100, types: ['text/*'] }, many: { maxCount: 2 } },
    fields: { name: { required: true }, note: {} },
  };
  const report: Piece = ['report', 'x', 'r', 'text/csv'];
  const name: Piece = ['name', 'x'];
  const seen: string[] = [];
  beforeEach(() => {
    seen.length = 0;
    serve(async ({ parts }) => {
      for await (const part of parts()) {
        seen.push(part.name);
        await sizeOf(part);
      }
      return 'in';
    }, rules);
  });

  test.each<[string, Piece[], number, string | undefined, string[]]>([
    ['complete', [report, name, ['many', '1', 'a'], ['many', '2', 'b']], 200, undefined, []],
    ['without a required file', [name], 400, 'body/missing-part', ['name']],
    ['without a required field', [report], 400, 'body/missing-part', ['report']],
    ['with an unknown field', [name, ['x', '1'], report], 400, 'body/unexpected-part', ['name']],
    ['with an unknown file', [name, ['x', '1', 'x'], report], 400, 'body/unexpected-part', ['name']],
    ['with a file as a field', [name, ['report', '1']], 400, 'body/unexpected-part', ['name']],
    ['of another type', [['report', 'x', 'r', 'image/png'], name], 415, 'body/wrong-file-type', []],
    ['too many of one', [report, report, name], 413, 'body/too-many-parts', ['report']],
    [
      'too large',
      [['report', 'x'.repeat(101), 'r', 'text/csv'], name],
      413,
      'body/too-large',
      ['report', 'report,name'],
    ],
    ['with fields too large', [['name', 'x'.repeat(2_001)]], 413, 'body/too-large', []],
    ['with a name too long', [['n'.repeat(201), 'x']], 400, 'body/invalid-form', []],
    ['named after the object prototype', [['__proto__', 'x']], 400, 'body/unexpected-part', []],
  ])('%s', async (_name, pieces, status, code, before) => {
    const answer = await post(formOf(...pieces));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (before.length > 0) expect(before).toContain(seen.join());
  });

  test('of the host too', async () => {
    serve(collect);
    const many = Array.from({ length: 6 }, (_, at): Piece => [`f${at}`, 'x', 'f']);
    expect((await post(formOf(...many))).body.code).toBe('body/too-many-parts');
    const fields = Array.from({ length: 1_001 }, (): Piece => ['', '']);
    expect((await post(formOf(...fields.map((): Piece => ['n', ''])))).body.code).toBe('body/too-many-parts');
    serve(({ parts }) => parts()[Symbol.asyncIterator]().next());
    expect((await post(formOf(['f', Buffer.alloc(200_001), 'f']))).status).toBe(200);
  });

  test('of parts that nobody reads too', async () => {
    serve(async ({ parts }) => {
      for await (const part of parts()) seen.push(part.name);
    });
    expect((await post(formOf(['f', Buffer.alloc(200_001), 'f']))).body.code).toBe('body/too-large');
    expect(seen).toEqual(['f']);
  });
});
