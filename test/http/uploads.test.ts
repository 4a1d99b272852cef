import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { BodyPolicy } from '../../src/core/declaration';
import type { Exchange, UploadedFile } from '../../src/core/exchange';
import { reply } from '../../src/core/reply';
import type { StandardSchema } from '../../src/core/standard-schema';
import { sanitiseFilename } from '../../src/http/uploaded-file';
import {
  endpoint,
  eventually,
  oldAddresses,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
let calls = 0;
/** Fills every file here, so that what other processes spool is not mistaken for ours. */
const MARK = `uploads-test-${process.pid}-`;
const STARTED_MS = Date.now() - 1_000;
const left = () =>
  readdirSync(tmpdir())
    .filter((name) => /^gatehouse-[A-Za-z0-9]{6}$/.test(name))
    .filter((name) => {
      try {
        const folder = join(tmpdir(), name);
        if (statSync(folder).mtimeMs < STARTED_MS) return false;
        return readdirSync(folder).some(
          (name) => name.startsWith('part-') && readFileSync(join(folder, name)).includes(MARK),
        );
      } catch {
        return false;
      }
    });
beforeEach(async () => {
  calls = 0;
  host = await startGateway({ settings: { limits: { fileBytes: 10_000, files: 3, jsonBytes: 2_000 } } });
});
const closing: GatewayUnderTest[] = [];
afterEach(async () => {
  await Promise.all([host, ...closing.splice(0)].map((one) => one.close()));
  await eventually(() => left().length === 0);
});

const D = '/api/plugin/acme.demo';
const serve = (handle: (exchange: Exchange) => unknown, body: BodyPolicy = { kind: 'auto' }) =>
  host.seat(
    'acme.demo',
    endpoint(
      'POST',
      '/',
      (exchange) => {
        calls += 1;
        return handle(exchange);
      },
      { body },
    ),
  );
const form = (...parts: [name: string, value: string | Blob, filename?: string][]) => {
  const data = new FormData();
  for (const [name, value, filename] of parts)
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  return data;
};
const file = (bytes: number, type = 'application/octet-stream') =>
  new Blob([Buffer.alloc(bytes, MARK)], { type });
const send = (body: NonNullable<RequestInit['body']>) => host.call(D, { method: 'POST', body });
const rules: BodyPolicy = {
  kind: 'multipart',
  files: { report: { required: true, maxBytes: 100, types: ['image/png', 'text/*'] }, many: { maxCount: 2 } },
  fields: { name: { required: true }, note: {} },
};

describe('an upload', () => {
  test('is files on disk and fields in memory, gone after the answer', async () => {
    let path = '';
    serve(async ({ files, fields, form: read }) => {
      const upload = files.report as UploadedFile;
      path = upload.path;
      const bytes = await upload.read();
      let streamed = 0;
      for await (const chunk of upload.stream()) streamed += (chunk as Buffer).length;
      const { filename, contentType, content_type, size } = upload;
      return {
        filename,
        contentType,
        content_type,
        size,
        read: bytes.length,
        streamed,
        fields,
        same: read(),
        onDisk: existsSync(path),
      };
    });
    const answer = await send(
      form(['report', file(500, 'image/png'), 'r.png'], ['a', '1'], ['a', '2'], ['b[c]', 'x']),
    );
    const fields = { a: ['1', '2'], 'b[c]': 'x' };
    expect(answer.body).toEqual({
      filename: 'r.png',
      contentType: 'image/png',
      content_type: 'image/png',
      size: 500,
      read: 500,
      streamed: 500,
      fields,
      same: fields,
      onDisk: true,
    });
    await eventually(() => !existsSync(path));
  });

  test('stays until the background work of its request is done', async () => {
    let path = '';
    let finish: () => void = () => undefined;
    serve(({ files, background }) => {
      path = (files.f as UploadedFile).path;
      return { id: background(() => new Promise<void>((done) => (finish = done))) };
    });
    expect((await send(form(['f', file(10), 'f']))).status).toBe(200);
    expect((await host.call('/healthz')).status).toBe(200);
    expect(existsSync(path)).toBe(true);
    finish();
    await eventually(() => !existsSync(path));
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\win.ini', 'win.ini'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['日本.txt', '日本.txt'],
    ['x'.repeat(400), 'x'.repeat(255)],
  ])('named %j is called %j', async (name, safe) => {
    serve(({ files }) => (files.f as UploadedFile).filename);
    expect((await send(form(['f', file(1), name]))).body).toBe(safe);
  });

  test('name that is nothing but dots, or control characters, becomes a plain one', () => {
    expect(['..', '.', '', '/', 'a/..', 'a\u0000b\n'].map(sanitiseFilename)).toEqual([
      'file',
      'file',
      'file',
      'file',
      'file',
      'ab',
    ]);
  });

  test('has no raw bytes', async () => {
    serve(({ raw }) => raw);
    expect((await send(form(['f', file(1), 'f']))).body.code).toBe('body/not-buffered');
  });

  test('is kept as it came where the endpoint wants the bytes', async () => {
    serve(({ raw }) => raw.toString().includes('form-data'), { kind: 'raw' });
    expect((await send(form(['f', file(1), 'f']))).body).toBe(true);
  });
});

test('an upload whose handler never settles goes when its time is up', async () => {
  let path = '';
  const never = ({ files }: Exchange) => {
    path = (files['f'] as UploadedFile).path;
    return new Promise(() => undefined);
  };
  host.seat('acme.demo', endpoint('POST', '/', never, { timeoutMs: 50 }));
  expect((await send(form(['f', file(10), 'f']))).status).toBe(503);
  expect(path).not.toBe('');
  await eventually(() => !existsSync(path));
});

test('an upload that several share stays for one of them though another begins work when its time is long up', async () => {
  const opened: Record<string, () => void> = {};
  const opening = (name: string) => new Promise<void>((open) => (opened[name] = open));
  let path = '';
  let isLate = false;
  const together = await startGateway({
    shared: { choose: (_path, keys) => keys, gather: (outcomes) => reply(200, outcomes.length) },
  });
  closing.push(together);
  const seat = (key: string, handle: (exchange: Exchange) => unknown, timeoutMs: number) =>
    together.seat(key, endpoint('POST', '/up', handle, { aliases: oldAddresses(key, '/up'), timeoutMs }));
  seat('a.one', ({ background }) => opening('late').then(() => background(() => (isLate = true))), 50);
  const reader = ({ files, background }: Exchange) => {
    path = (files['f'] as UploadedFile).path;
    background(() => opening('read'));
  };
  const live = seat('b.two', reader, 5_000);
  const body = form(['f', file(10), 'f']);
  expect((await together.call('/api/webhook/up', { method: 'POST', body })).text).toBe('2');
  await eventually(() => live.leases === 0);
  opened['late']?.();
  await eventually(() => isLate);
  expect((await together.call('/healthz')).status).toBe(200);
  expect(existsSync(path)).toBe(true);
  opened['read']?.();
  await eventually(() => !existsSync(path));
});

describe('what an upload must be', () => {
  beforeEach(() => {
    serve(
      ({ files, fields }) => ({
        many: (files.many as UploadedFile[] | undefined)?.length,
        name: fields.name,
      }),
      rules,
    );
  });
  const png = (bytes = 10) => file(bytes, 'image/png');

  test.each([
    [
      'complete',
      form(['report', png(), 'r'], ['name', 'x'], ['many', file(1), 'a'], ['many', file(1), 'b']),
      200,
      undefined,
      undefined,
    ],
    ['without a required file', form(['name', 'x']), 400, 'body/missing-part', 'report'],
    ['without a required field', form(['report', png(), 'r']), 400, 'body/missing-part', 'name'],
    [
      'with a field nobody declared',
      form(['report', png(), 'r'], ['name', 'x'], ['extra', 'y']),
      400,
      'body/unexpected-part',
      'extra',
    ],
    [
      'with a file nobody declared',
      form(['report', png(), 'r'], ['name', 'x'], ['extra', file(1), 'y']),
      400,
      'body/unexpected-part',
      'extra',
    ],
    [
      'with a file of another type',
      form(['report', file(1), 'r'], ['name', 'x']),
      415,
      'body/wrong-file-type',
      'report',
    ],
    [
      'with a file over its limit',
      form(['report', png(101), 'r'], ['name', 'x']),
      413,
      'body/too-large',
      '100',
    ],
    [
      'with too many of one file',
      form(['report', png(), 'r'], ['report', png(), 'r'], ['name', 'x']),
      413,
      'body/too-many-parts',
      'report',
    ],
    [
      'named after the object prototype',
      form(['report', png(), 'r'], ['name', 'x'], ['__proto__', 'y']),
      400,
      undefined,
      undefined,
    ],
  ])('%s', async (_name, body, status, code, words) => {
    const answer = await send(body);
    expect(answer.status).toBe(status);
    if (code !== undefined)
      expect(answer.body).toMatchObject({ code, detail: expect.stringContaining(words ?? '') });
    expect(calls).toBe(status === 200 ? 1 : 0);
  });

  test('with one file where several are allowed is still an array', async () => {
    const answer = await send(form(['report', png(), 'r'], ['name', 'x'], ['many', file(1), 'a']));
    expect(answer.body).toEqual({ many: 1, name: 'x' });
  });
});

describe('fields that a schema declares', () => {
  const schema = { fields: z.object({ name: z.string(), count: z.coerce.number().optional() }) };
  const serveWith = (
    kind: BodyPolicy['kind'],
    unknown: 'ignore' | 'refuse' | undefined,
    fields: StandardSchema = schema.fields,
  ) => {
    const handle = async (exchange: Exchange) => {
      if (kind === 'multipart') return exchange.fields;
      const names: string[] = [];
      for await (const part of exchange.parts()) names.push(`${part.name}=${await part.text()}`);
      return names;
    };
    const body: BodyPolicy = { kind, files: { f: {} } };
    const more = { body, schema: { fields, ...(unknown && { unknown }) } };
    host.seat('acme.demo', endpoint('POST', '/', handle, more));
  };

  test('are judged by it where the form is read whole; others go by the policy for unknown names', async () => {
    serveWith('multipart', undefined);
    const extra = () => form(['name', 'x'], ['count', '2'], ['extra', 'y'], ['f', file(1), 'f']);
    expect((await send(extra())).body).toEqual({ name: 'x', count: 2 });
    expect((await send(form(['count', 'two']))).status).toBe(422);
    serveWith('multipart', 'refuse');
    expect((await send(extra())).status).toBe(422);
  });

  test('are known by name where the form is taken in parts', async () => {
    serveWith('parts', undefined);
    expect((await send(form(['name', 'x'], ['count', '2'], ['f', file(1), 'f']))).body).toHaveLength(3);
    expect((await send(form(['name', 'x'], ['extra', 'y']))).body.code).toBe('body/unexpected-part');
    expect((await send(form(['count', '2']))).body.code).toBe('body/missing-part');
  });

  test.each([
    ['takes any', z.looseObject({ name: z.string() })],
    ['cannot say its names', z.record(z.string(), z.string())],
  ])('may have any name where the schema %s', async (_name, fields) => {
    serveWith('parts', undefined, fields);
    expect((await send(form(['name', 'x'], ['extra', 'y']))).body).toEqual(['name=x', 'extra=y']);
    expect((await send(form(['name', 'x'], ['g', file(1), 'g']))).body.code).toBe('body/unexpected-part');
  });
});

describe('the host’s own limits', () => {
  beforeEach(() => serve(() => 'in'));
  const files = (count: number) =>
    form(
      ...Array.from({ length: count }, (_, index) => [`f${index}`, file(1), 'f'] as [string, Blob, string]),
    );

  test.each([
    ['a file too large', form(['f', file(10_001), 'f']), 413],
    ['too many files', files(4), 413],
    ['as many files as allowed', files(3), 200],
    ['fields too large together', form(['a', 'x'.repeat(1_500)], ['b', 'x'.repeat(1_500)]), 413],
    ['one field too large', form(['a', 'x'.repeat(5_000)]), 413],
    ['names nested too deep', form([`a${'[b]'.repeat(50)}`, '1']), 400],
  ])('%s', async (_name, body, status) => {
    expect((await send(body)).status).toBe(status);
  });

  test('a large upload is refused without reading all of it', async () => {
    const body = form(['f', file(20_000_000), 'f']);
    expect((await send(body)).status).toBe(413);
  });

  test.each([
    ['without a boundary', 'multipart/form-data', 'x'],
    [
      'that ends in the middle',
      'multipart/form-data; boundary=B',
      '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\nx',
    ],
    ['that is no form', 'multipart/form-data; boundary=B', 'nonsense'],
  ])('a form %s is 400', async (_name, type, body) => {
    const answer = await host.call(D, { method: 'POST', body, headers: { 'content-type': type } });
    expect([answer.status, answer.body.code]).toEqual([400, 'body/invalid-form']);
    expect(calls).toBe(0);
  });
});

test('a client that leaves in the middle leaves no file and no lease', async () => {
  const live = serve(() => 'in');
  const socket = connect(host.port, '127.0.0.1');
  const head = `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\nContent-Type: multipart/form-data; boundary=B\r\n\r\n`;
  socket.write(
    `${head}--B\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n${MARK.repeat(100)}`,
  );
  await eventually(() => left().length === 1);
  socket.destroy();
  await eventually(() => left().length === 0 && live.leases === 0);
  expect(calls).toBe(0);
});
