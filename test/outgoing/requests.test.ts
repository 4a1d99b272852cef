import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { codeOf, LOCAL, outgoingOf, releaseAll } from './outgoing-under-test';
import { closeServers, webServer } from './web-server';

afterEach(async () => {
  releaseAll();
  await closeServers();
});

describe('a request', () => {
  test('carries what its author gave, and names the content type where the author does not', async () => {
    const server = await webServer();
    const { http } = outgoingOf();
    await http.post(`${server.base}/a%2Fb?q=1`, {
      json: { n: 1 },
      headers: { 'X-One': 'a', traceparent: '00-1' },
    });
    await http.request(server.base, { method: 'PUT', body: 'é' });
    await http.request(server.base, {
      method: 'PATCH',
      body: new Uint8Array([0, 255]),
      headers: { accept: 'x/y' },
    });
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/a%2Fb?q=1',
        headers: {
          'content-type': 'application/json',
          'x-one': 'a',
          traceparent: '00-1',
          'user-agent': 'gatehouse',
        },
        body: Buffer.from('{"n":1}'),
      },
      { method: 'PUT', headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from('é') },
      { method: 'PATCH', headers: { accept: 'x/y' }, body: Buffer.from([0, 255]) },
    ]);
    expect(server.seen[2]?.headers['content-type']).toBeUndefined();
  });

  test('answers whatever the status, headers by any case, several lines of one name kept', async () => {
    const server = await webServer((_seen, response) =>
      response.writeHead(418, { 'set-cookie': ['a=1', 'b=2'], 'X-Up': 'Y' }).end('{"a":"é"}'),
    );
    const { status, ok, url, headers, raw, text, json } = await outgoingOf().http.get(server.base);
    expect({ status, ok, url }).toEqual({ status: 418, ok: false, url: `${server.base}/` });
    expect([
      headers.get('x-up'),
      headers.getAll('Set-Cookie'),
      headers.has('nope'),
      headers.get('__proto__'),
    ]).toEqual(['Y', ['a=1', 'b=2'], false, undefined]);
    expect([raw.length, text(), json()]).toEqual([10, '{"a":"é"}', { a: 'é' }]);
  });

  test('whose answer is no JSON says so without repeating it', async () => {
    const server = await webServer((_seen, response) => response.end('<secret>'));
    const answer = await outgoingOf().http.get(`${server.base}/path?token=geheim`);
    expect(() => answer.json()).toThrow(
      `GET ${server.base} answered something that cannot be used: its body is no JSON.`,
    );
  });

  test.each([
    ['no url', {}, 'the URL is no absolute one'],
    ['http://x.test', { method: 'CONNECT' }, 'the method is none of GET'],
    ['http://x.test', { body: 'x' }, 'a GET has no body'],
    ['http://x.test', { method: 'POST', body: 'x', json: 1 }, 'give either body or json'],
    ['http://x.test', { method: 'POST', body: { a: 1 } }, 'use json for objects'],
    ['http://x.test', { method: 'POST', json: 1n }, 'json is not what JSON can say'],
    ['http://x.test', { method: 'POST', retries: 1 }, 'repeated only with an Idempotency-Key'],
    ['http://x.test', { headers: { host: 'other' } }, 'the header "host" is the host\'s to give'],
    ['http://x.test', { headers: { 'Transfer-Encoding': 'chunked' } }, "is the host's to give"],
    ['http://x.test', { headers: { a: 'b\r\nc: d' } }, 'the header "a" cannot be sent'],
    ['http://x.test', { headers: { 'a b': 'c' } }, 'the header "a b" cannot be sent'],
    ['http://x.test', { headers: { a: '1', A: '2' } }, 'the header "A" is given twice'],
    ['http://x.test', { headers: { a: 1 } }, 'the header "a" is no text'],
    [
      'http://x.test',
      { timeoutMs: 0, maxBytes: 1.5, retries: -1 },
      'timeoutMs is no whole number from 1 to 600000; maxBytes',
    ],
    ['http://x.test', { timeout: 5 }, 'there is no option "timeout"'],
    ['http://x.test', { signal: {} }, 'signal is no AbortSignal'],
    ['http://x.test', { redirect: 'maybe' }, 'redirect is none of follow, manual, error'],
    ['http://x.test', null, 'the options are no object'],
  ])('to %s with %p is not sent', async (url, options, why) => {
    await expect(outgoingOf().http.request(url, options as never)).rejects.toMatchObject({
      code: 'outgoing/bad-request',
      message: expect.stringContaining(why),
    });
  });

  test('that cannot be connected tells the origin alone', async () => {
    const server = await webServer();
    await server.close();
    await expect(
      outgoingOf().http.get(`${server.base}/p?token=geheim`, { retries: 0 }),
    ).rejects.toMatchObject({
      code: 'outgoing/unreachable',
      message: `GET ${server.base} gave no answer: nothing listens there.`,
    });
  });
});

describe('a redirect', () => {
  const redirecting = (status: number, location: string) =>
    webServer((_seen, response) => response.writeHead(status, { location }).end('moved'));

  test('to another origin leaves behind every header that was meant for the first', async () => {
    const target = await webServer();
    const server = await redirecting(307, `${target.base}/there`);
    const headers = { authorization: 'Bearer x', cookie: 'a', 'x-api-key': 'k', accept: 'text/plain' };
    const answer = await outgoingOf().http.post(server.base, { body: 'x', headers });
    expect(answer.url).toBe(`${target.base}/there`);
    expect(target.seen).toMatchObject([{ method: 'POST', body: Buffer.from('x') }]);
    const seen = target.seen[0]?.headers ?? {};
    expect(seen).toMatchObject({ accept: 'text/plain', 'content-type': 'text/plain; charset=utf-8' });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(seen).not.toHaveProperty(name);
  });

  test('on one origin keeps them', async () => {
    const server = await webServer(({ url }, response) =>
      url === '/' ? response.writeHead(302, { location: '/there' }).end() : response.end('here'),
    );
    expect((await outgoingOf().http.get(server.base, { headers: { authorization: 'x' } })).text()).toBe(
      'here',
    );
    expect(server.seen[1]).toMatchObject({ url: '/there', headers: { authorization: 'x' } });
  });

  test.each([
    [301, 'POST', 'GET'], [302, 'POST', 'GET'], [303, 'PUT', 'GET'], [303, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'], [308, 'PUT', 'PUT'], [301, 'PUT', 'PUT'],
  ] as const)('%d of a %s is followed by a %s', async (status, method, next) => {
    const server = await webServer(({ url }, response) =>
      url === '/' ? response.writeHead(status, { location: '/there' }).end() : response.end(),
    );
    await outgoingOf().http.request(server.base, { method, ...(method === 'HEAD' ? {} : { body: 'x' }) });
    expect(server.seen[1]).toMatchObject({ method: next, body: Buffer.from(next === 'GET' || next === 'HEAD' ? '' : 'x') });
    if (next === 'GET') expect(server.seen[1]?.headers['content-type']).toBeUndefined();
  }); // prettier-ignore

  test('is the answer where that is wanted, and an error where it is not', async () => {
    const server = await redirecting(302, 'http://elsewhere.test/');
    const { http } = outgoingOf();
    const answer = await http.get(server.base, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location'), answer.text()]).toEqual([302, 'http://elsewhere.test/', 'moved']); // prettier-ignore
    expect(await codeOf(http.get(server.base, { redirect: 'error' }))).toBe('outgoing/bad-answer');
  });

  test('is followed five times, not for ever, and not to nowhere', async () => {
    const round = await redirecting(302, '/');
    const { http } = outgoingOf();
    expect(await codeOf(http.get(round.base))).toBe('outgoing/bad-answer');
    expect(round.seen).toHaveLength(6);
    const nowhere = await redirecting(302, 'http://[');
    expect(await codeOf(http.get(nowhere.base))).toBe('outgoing/bad-answer');
    const silent = await webServer((_seen, response) => response.writeHead(302).end());
    expect((await http.get(silent.base)).status).toBe(302);
  });

  test('to a host that is not allowed is refused', async () => {
    const target = await webServer();
    const server = await redirecting(302, target.base.replace('127.0.0.1', 'localhost'));
    const { http } = outgoingOf({ settings: { ...LOCAL, allow: ['127.0.0.1'] } });
    expect(await codeOf(http.get(server.base))).toBe('outgoing/refused-url');
    expect(target.connections).toBe(0);
  });
});

describe('a body', () => {
  test.each([
    ['gzip', gzipSync], ['x-gzip', gzipSync], ['br', brotliCompressSync], ['deflate', deflateSync],
    ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))], ['identity', Buffer.from],
  ] as const)('encoded as %s is decoded', async (encoding, encode) => {
    const server = await webServer((_seen, response) =>
      response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/plain' }).end(encode('hello')),
    );
    const answer = await outgoingOf().http.get(server.base);
    expect(answer.text()).toBe('hello');
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip, br');
    if (encoding !== 'identity') expect([...answer.headers].map(([name]) => name)).not.toContain('content-encoding');
  }); // prettier-ignore

  test('at the limit is taken, and one byte above it is not', async () => {
    const server = await webServer((_seen, response) => response.end(Buffer.alloc(1_000)));
    const { http } = outgoingOf();
    expect((await http.get(server.base, { maxBytes: 1_000 })).raw).toHaveLength(1_000);
    expect(await codeOf(http.get(server.base, { maxBytes: 999 }))).toBe('outgoing/too-large');
  });

  test('that is small and unpacks to more than is wanted is given up while it unpacks', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2));
    const twice = gzipSync(bomb);
    const server = await webServer(({ url }, response) =>
      response
        .writeHead(200, { 'content-encoding': url === '/' ? 'gzip' : 'gzip, gzip' })
        .end(url === '/' ? bomb : twice),
    );
    const { http } = outgoingOf();
    expect(await codeOf(http.get(server.base, { maxBytes: 100_000 }))).toBe('outgoing/too-large');
    expect(await codeOf(http.get(`${server.base}/twice`, { maxBytes: 100_000 }))).toBe('outgoing/too-large');
    expect((await http.get(server.base, { maxBytes: 65 * 1024 ** 2 })).raw).toHaveLength(64 * 1024 ** 2);
  });

  test.each([
    ['gzip', Buffer.from('no gzip at all')], ['gzip', gzipSync('cut short').subarray(0, 15)],
    ['br', Buffer.from('no brotli')], ['zstd', Buffer.from('x')], ['gzip, gzip, gzip', Buffer.from('x')],
    ['__proto__', Buffer.from('x')],
  ])('that is not %s as it says is an error', async (encoding, body) => {
    const server = await webServer((_seen, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));
    expect(await codeOf(outgoingOf().http.get(server.base))).toBe('outgoing/bad-answer');
  }); // prettier-ignore

  test('that was read to its end, or that there is none of, leaves its connection to further requests', async () => {
    const server = await webServer(({ url }, response) =>
      url === '/none' ? response.writeHead(204).end() : response.end('hello'),
    );
    const { http } = outgoingOf();
    for (let turn = 0; turn < 5; turn += 1) {
      await http.get(server.base);
      await http.get(`${server.base}/none`);
    }
    expect(server.seen).toHaveLength(10);
    // A second one is opened where the first has not quite finished.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test.each(['HEAD', 'GET'] as const)('there is none, encoded or not: %s', async (method) => {
    const server = await webServer((_seen, response) =>
      response.writeHead(method === 'HEAD' ? 200 : 204, { 'content-encoding': 'gzip' }).end(),
    );
    expect((await outgoingOf().http.request(server.base, { method })).raw).toHaveLength(0);
  });

  test('that is cut off is no answer', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    expect(await codeOf(outgoingOf().http.get(server.base, { retries: 0 }))).toBe('outgoing/unreachable');
  });
});
