import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import express from 'express';
import multer from 'multer';
import {
  eventually,
  json,
  OPERATOR,
  router,
  sendRaw,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn, quarantine, SECRET, TICKET } from './guards-under-test';

const D = '/api/plugin/acme.demo';
const MIB = 2 ** 20;
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
let host: GatewayUnderTest;
let refused: ReturnType<typeof quarantine>;
let entered: string[];
beforeEach(async () => {
  refused = quarantine();
  entered = [];
  host = await startGateway({
    guards: guardsOn({ KEY: SECRET, TOKEN: 'a token' }),
    quarantine: refused,
    settings: { limits: { bodyBytes: 8 * MIB } },
  });
  host.seat('acme.demo', router('/', build, GITHUB));
});
afterEach(() => host.close());

/** Routes that read bodies as plugins do. */
function build(made: express.Router): void {
  made.use((request, _response, next) => {
    entered.push(request.path);
    next();
  });
  made.post('/json', express.json({ limit: '8mb' }), (request, response) => void response.json(request.body));
  made.post('/raw', express.raw({ type: () => true, limit: '8mb' }), (request, response) => {
    response.json(Buffer.isBuffer(request.body) ? digest(request.body) : 'none');
  });
  made.post('/form', multer().single('upload'), (request, response) => {
    response.json({ ...request.body, upload: digest(request.file?.buffer ?? Buffer.alloc(0)) });
  });
  made.all('/stream', (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.json({ bytes, complete: request.complete }));
  });
  made.post('/later', (request, response) => {
    setTimeout(() => request.pipe(response), 20);
  });
  made.post('/headers', (request, response) => {
    response.json([
      request.headers,
      request.headersDistinct,
      request.rawHeaders,
      request.url,
      request.originalUrl,
    ]);
  });
  made.post('/who', (_request, response) => void response.json(response.locals['verified'] ?? 'nobody'));
  made.post('/deaf', (_request, response) => void response.json('not read'));
}

const send = (
  path: string,
  body: Buffer | string,
  more: Record<string, string> = {},
  key: Buffer | string = body,
) =>
  host.call(D + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...githubHeaders(key), ...more },
  });
/** One request on its own connection, as it is written. */
const raw = (path: string, lines: string[], body: string) =>
  sendRaw(
    host.port,
    [`POST ${D}${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines, '', body].join('\r\n'),
  );

describe('a Router whose senders are verified', () => {
  test('gets the body of a verified request whole, however it reads', async () => {
    const text = '{"n":"é"}';
    expect((await send('/json', text)).body).toEqual({ n: 'é' });
    expect((await send('/raw', text)).body).toBe(digest(Buffer.from(text)));
    expect((await send('/stream', text)).body).toEqual({ bytes: Buffer.byteLength(text), complete: true });
    expect((await send('/later', text)).text).toBe(text);
    expect((await send('/deaf', text)).body).toBe('not read');
    expect((await send('/who', text)).body).toMatchObject({ scheme: 'github', secretId: 'KEY-0' });
  });

  test('gets a large one, and many at once, from disk', async () => {
    const large = randomBytes(5 * MIB);
    const answers = await Promise.all(Array.from({ length: 12 }, () => send('/raw', large)));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => digest(large)));
    expect((await send('/later', large)).status).toBe(200);
    expect((await send('/deaf', large)).body).toBe('not read');
    expect((await send('/stream', large)).body).toEqual({ bytes: large.length, complete: true });
  });

  test('gets forms with their files', async () => {
    const boundary = 'between';
    const bytes = randomBytes(1000).toString('hex');
    const body =
      `--${boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="upload"; filename="a"\r\n\r\n${bytes}\r\n--${boundary}--\r\n`;
    const answer = await send('/form', body, { 'content-type': `multipart/form-data; boundary=${boundary}` });
    expect(answer.body).toEqual({ note: 'hi', upload: digest(Buffer.from(bytes)) });
  });

  test('gets a compressed one as it came, and undoes that itself', async () => {
    const wire = gzipSync('{"n":1}');
    expect((await send('/json', wire, { 'content-encoding': 'gzip' })).body).toEqual({ n: 1 });
    expect((await send('/json', wire, { 'content-encoding': 'gzip' }, '{"n":1}')).status).toBe(401);
  });

  test('gets a chunked one, an empty one, and one that had to be asked for', async () => {
    const sign = Object.entries(githubHeaders('{"n":1}')).map((line) => line.join(': '));
    const type = 'Content-Type: application/json';
    const chunks = '4\r\n{"n"\r\n3\r\n:1}\r\n0\r\n\r\n';
    expect(await raw('/json', [type, 'Transfer-Encoding: chunked', ...sign], chunks)).toContain('{"n":1}');
    const empty = Object.entries(githubHeaders('')).map((line) => line.join(': '));
    expect(await raw('/stream', ['Content-Length: 0', ...empty], '')).toContain(
      '{"bytes":0,"complete":true}',
    );
    expect(await raw('/stream', ['Transfer-Encoding: chunked', ...empty], '0\r\n\r\n')).toContain(
      '"bytes":0',
    );
    const asked = await expecting(['Content-Length: 7', type, ...sign], '{"n":1}');
    expect(asked).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*\{"n":1\}/);
  });

  test('is never entered by what is refused, and the connection serves on', async () => {
    for (const path of ['/json', '/raw', '/stream'])
      expect((await send(path, '{"n":1}', {}, 'other')).body).toMatchObject({ code: 'request/unverified' });
    expect((await send('/raw', randomBytes(5 * MIB), {}, 'other')).status).toBe(401);
    expect((await host.call(`${D}/stream`)).status).toBe(401);
    expect(entered).toEqual([]);
    expect(refused.kept.map(({ request }) => request.wire?.length)).toEqual([7, 7, 7, 5 * MIB, 0]);
    expect((await send('/json', '{"n":1}')).status).toBe(200);
  });

  test('is not entered with a body above the limit, said or not', async () => {
    expect((await send('/raw', Buffer.alloc(9 * MIB))).body).toMatchObject({
      status: 413,
      code: 'body/too-large',
    });
    host.seat('acme.demo', router('/', build, { ...GITHUB, body: { kind: 'stream', limitBytes: 10 } }));
    const chunks = `b\r\n01234567890\r\n0\r\n\r\n`;
    expect(await raw('/raw', ['Transfer-Encoding: chunked'], chunks)).toContain('HTTP/1.1 413');
    expect(entered).toEqual([]);
  });

  test('holds no lease of a client that leaves in the middle', async () => {
    const live = host.seat('acme.demo', router('/', build, GITHUB));
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`POST ${D}/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`);
    await eventually(() => live.leases === 1);
    socket.destroy();
    await eventually(() => live.leases === 0);
    expect(entered).toEqual([]);
    expect((await send('/json', '{"n":1}')).status).toBe(200);
  });

  test('does not see cookies, hop-by-hop headers and the length of chunks', async () => {
    const sign = Object.entries(githubHeaders('{}')).map((line) => line.join(': '));
    const answer = await raw(
      '/headers?app_token=a&b=%20',
      [
        'Cookie: a=1',
        'TE: trailers',
        'X-Hop: 1',
        'Connection: x-hop',
        'Authorization: kept',
        'Transfer-Encoding: chunked',
        ...sign,
      ],
      '2\r\n{}\r\n0\r\n\r\n',
    );
    const [headers, distinct, lines, url, original] = JSON.parse(
      answer.slice(answer.indexOf('\r\n\r\n') + 4),
    );
    const names = ['host', 'authorization', 'x-hub-signature-256', 'content-length'].sort();
    expect(Object.keys(headers).sort()).toEqual(names);
    expect(Object.keys(distinct).sort()).toEqual(names);
    expect(
      (lines as string[])
        .filter((_line, index) => index % 2 === 0)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(names);
    expect([headers['content-length'], url, original]).toEqual(['2', '/headers?b=%20', `${D}/headers?b=%20`]);
  });
});

describe('Routers one after the other', () => {
  const passing = (read: boolean) => (made: express.Router) => {
    if (read) made.use(express.json());
    made.use((_request, _response, next) => void setTimeout(next, 20));
  };

  test('each by its own guard; one that does not read leaves the body to the next', async () => {
    host.seat('acme.demo', router('/', passing(false)), router('/', build, GITHUB));
    expect((await send('/json', '{"n":1}')).body).toEqual({ n: 1 });
    expect((await send('/json', '{"n":1}', {}, 'other')).status).toBe(401);
    const large = randomBytes(3 * MIB);
    expect((await send('/raw', large)).body).toBe(digest(large));
    host.seat('acme.demo', router('/', passing(false), GITHUB), router('/', build, GITHUB));
    expect((await send('/raw', large)).body).toBe(digest(large));
    expect((await send('/json', '{"n":1}')).body).toEqual({ n: 1 });
  });

  test('what an earlier one has read cannot be judged any more: 503, not open', async () => {
    host.seat('acme.demo', router('/', passing(true)), router('/', build, GITHUB));
    expect((await send('/json', '{"n":1}')).status).toBe(503);
    expect(entered).toEqual([]);
    expect(host.log.find(({ level }) => level === 'warn')?.message).toContain(
      'an earlier Router read the body',
    );
  });
});

describe('a Router behind a token', () => {
  test('reads its bodies itself, up to its limit, once the token was right', async () => {
    const access = { token: { header: 'x-token' }, secret: 'TOKEN' } as const;
    host.seat('acme.demo', router('/', build, { access, body: { kind: 'stream', limitBytes: 100 } }));
    const headers = { 'x-token': 'a token' };
    expect((await host.call(`${D}/json`, json({ n: 1 }, headers))).body).toEqual({ n: 1 });
    expect((await host.call(`${D}/json`, json({ n: 1 }))).status).toBe(401);
    const lines = ['X-Token: a token', 'Transfer-Encoding: chunked', 'Content-Type: text/plain'];
    expect(await raw('/raw', lines, '2\r\nhi\r\n0\r\n\r\n')).toContain(digest(Buffer.from('hi')));
    expect(await raw('/raw', lines, `70\r\n${'x'.repeat(112)}\r\n0\r\n\r\n`)).toContain('HTTP/1.1 413');
  });

  test('in the address, which no Router sees', async () => {
    host.seat('acme.demo', router('/', build, { access: { signedUrl: true } }));
    const answer = await host.call(`${D}/headers?a=1&token=${TICKET}&b=2`, json({}));
    expect(answer.body.slice(3)).toEqual(['/headers?a=1&b=2', `${D}/headers?a=1&b=2`]);
    expect((await host.call(`${D}/headers?token=other`, json({}))).status).toBe(401);
  });

  test('or the operator’s', async () => {
    host.seat('acme.demo', router('/', build, { access: 'operator' }));
    expect((await host.call(`${D}/json`, json({ n: 1 }, { authorization: OPERATOR }))).body).toEqual({
      n: 1,
    });
    expect((await host.call(`${D}/json`, json({ n: 1 }))).status).toBe(401);
  });
});

/** A client that sends its body only when it is told to go on. */
function expecting(lines: string[], body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(host.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      if (text === '') socket.write(body);
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text)).on('error', reject);
    socket.write(
      [
        `POST ${D}/json HTTP/1.1`,
        'Host: x',
        'Connection: close',
        'Expect: 100-continue',
        ...lines,
        '',
        '',
      ].join('\r\n'),
    );
  });
}
