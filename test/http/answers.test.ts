import { Readable } from 'node:stream';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import { endpoint, eventually, router, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const answering = async (value: unknown, init?: RequestInit) => {
  host.seat(
    'acme.demo',
    endpoint('ALL', '/', () => value),
  );
  return host.call(D, init);
};
const throwing = async (thrown: unknown) => {
  host.seat(
    'acme.demo',
    endpoint('GET', '/', () => Promise.reject(thrown)),
  );
  return host.call(`${D}?token=secret-token`);
};
const errors = () => host.log.filter(({ level }) => level === 'error');

describe('what a handler returns', () => {
  test.each([
    ['an object', { a: 1 }, 200, '{"a":1}'],
    ['an array', [1, 2], 200, '[1,2]'],
    ['a string', 'hé', 200, '"hé"'],
    ['null', null, 200, 'null'],
    ['zero', 0, 200, '0'],
    ['a pair of body and status', [{ a: 1 }, 201], 201, '{"a":1}'],
    ['a reply', reply(202, { ok: true }), 202, '{"ok":true}'],
    ['a promise', Promise.resolve({ later: true }), 200, '{"later":true}'],
  ])('%s goes out as JSON', async (_name, value, status, text) => {
    const answer = await answering(value);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  });

  test('undefined is 204 without a body', async () => {
    const answer = await answering(undefined);
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([204, '', null]);
  });

  test('bytes go out as they are', async () => {
    const answer = await answering(Buffer.from('bytes'));
    expect([answer.text, answer.headers.get('content-type')]).toEqual(['bytes', 'application/octet-stream']);
  });

  test('a string with a type of its own is sent as it is; framing headers are the host’s', async () => {
    const answer = await answering(
      reply(200, '<p>', { 'Content-Type': 'text/html', 'content-length': '999', 'x-a': ['1', '2'] }),
    );
    expect([answer.text, answer.headers.get('content-type'), answer.headers.get('x-a')]).toEqual([
      '<p>',
      'text/html',
      '1, 2',
    ]);
    expect(answer.headers.get('content-length')).toBe('3');
  });

  test('a stream is streamed, and HEAD of it has no body', async () => {
    const stream = () => reply(200, Readable.from(['a', 'b', 'c']), { 'content-type': 'text/plain' });
    host.seat('acme.demo', endpoint('GET', '/', stream));
    expect((await host.call(D)).text).toBe('abc');
    expect((await host.call(D, { method: 'HEAD' })).text).toBe('');
  });

  test('a stream that fails before its first byte is a 500, later it cuts the connection', async () => {
    const failing = (chunks: string[]) =>
      Readable.from(
        (function* () {
          yield* chunks;
          throw new Error('secret detail');
        })(),
      );
    host.seat(
      'acme.demo',
      endpoint('GET', '/early', () => failing([])),
      endpoint('GET', '/late', () => failing(['a'])),
    );
    const early = await host.call(`${D}/early`);
    expect([early.status, early.body?.code]).toEqual([500, 'internal/unexpected']);
    await expect(host.call(`${D}/late`)).rejects.toThrow();
    // The client may hear of it before the stream's own end is told.
    await eventually(() => errors().length === 2);
  });

  test('304 has no body, 205 has length 0', async () => {
    expect((await answering(reply(304, undefined, { etag: '"x"' }))).headers.get('etag')).toBe('"x"');
    const reset = await answering(reply(205, { a: 1 }));
    expect([reset.text, reset.headers.get('content-length')]).toEqual(['', '0']);
  });

  test.each([
    [
      'circular',
      (() => {
        const loop: Record<string, unknown> = {};
        loop.self = loop;
        return loop;
      })(),
    ],
    ['a bigint', { n: 1n }],
    ['a function', () => 1],
    ['an informational status', reply(101)],
  ])('%s cannot be said: 500 and a log line', async (_name, value) => {
    const answer = await answering(value);
    expect([answer.status, answer.body.code]).toEqual([500, 'endpoint/unserializable']);
    expect(errors()).toHaveLength(1);
  });

  test('a header that HTTP cannot carry is a 500, not a split response', async () => {
    const answer = await answering(reply(200, {}, { 'x-a': 'a\r\nx-evil: 1' }));
    expect([answer.status, answer.headers.get('x-evil')]).toEqual([500, null]);
  });
});

describe('what a handler throws', () => {
  test('HttpError is its status, detail and headers', async () => {
    const answer = await throwing(new HttpError(403, 'Invalid signature', { 'x-why': 'mac' }));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-why')).toBe('mac');
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'Invalid signature',
      instance: D,
      code: 'http/403',
      requestId: answer.headers.get('x-request-id'),
    });
    expect(errors()).toEqual([]);
  });

  test('structure in an HttpError stays structure', async () => {
    const detail = [{ loc: ['body', 'a'], msg: 'required' }];
    expect((await throwing(new HttpError(422, detail))).body.detail).toEqual(detail);
  });

  test.each([
    ['an Error', new Error('secret detail')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'secret detail'],
    ['an object without a prototype', Object.create(null)],
    ['an error that claims a 5xx', Object.assign(new Error('secret detail'), { status: 503 })],
    [
      'a 4xx that is not to be exposed',
      Object.assign(new Error('secret detail'), { status: 400, expose: false }),
    ],
  ])('%s leaks nothing', async (_name, thrown) => {
    const answer = await throwing(thrown);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain('secret');
  });

  test('an error nobody meant is logged once, with its mapped stack and without the query', async () => {
    await throwing(new Error('boom', { cause: new Error('root cause') }));
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.stack).toMatch(/^mapped: Error: boom[\s\S]*caused by Error: root cause/);
    expect(JSON.stringify(host.log)).not.toContain('secret-token');
  });

  test('a synchronous throw is the same', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => {
        throw new HttpError(418);
      }),
    );
    expect((await host.call(D)).status).toBe(418);
  });

  test('a thenable that answers twice or throws in `then` is contained', async () => {
    const twice = { then: (done: (value: unknown) => void) => (done({ n: 1 }), done({ n: 2 })) };
    const evil = Object.defineProperty({}, 'then', {
      get: () => {
        throw new Error('gotcha');
      },
    });
    expect((await answering(twice)).body).toEqual({ n: 1 });
    expect((await answering(evil)).status).toBe(500);
  });
});

describe('what goes wrong in a Router', () => {
  const served = (build: Parameters<typeof router>[1]) => host.seat('acme.demo', router('/', build));

  test('a rejected handler is a 500 that leaks nothing and is logged once', async () => {
    served((r) => r.get('/', () => Promise.reject(new Error('secret detail'))));
    const answer = await host.call(D);
    expect([answer.status, answer.text.includes('secret')]).toEqual([500, false]);
    expect(errors()).toHaveLength(1);
  });

  test('an error with a 4xx status keeps status, message and headers', async () => {
    served((r) =>
      r.get('/', (_request, _response, next) =>
        next(Object.assign(new Error('no teapot'), { statusCode: 418, headers: { 'x-t': '1' } })),
      ),
    );
    const answer = await host.call(D);
    expect([answer.status, answer.body.detail, answer.headers.get('x-t')]).toEqual([418, 'no teapot', '1']);
    expect(errors()).toEqual([]);
  });

  test('HttpError works there too', async () => {
    served((r) =>
      r.get('/', () => {
        throw new HttpError(409, { taken: true });
      }),
    );
    expect((await host.call(D)).body).toMatchObject({ status: 409, detail: { taken: true } });
  });

  test('a second answer is contained and the first arrives whole', async () => {
    served((r) =>
      r.get('/', (_request, response) => {
        response.json({ first: true });
        response.json({ second: true });
      }),
    );
    expect((await host.call(D)).body).toEqual({ first: true });
    expect((await host.call(D)).body).toEqual({ first: true });
  });

  test('writing after the end does not end the process', async () => {
    served((r) =>
      r.get('/', (_request, response) => {
        response.end('done');
        response.write('more');
      }),
    );
    expect((await host.call(D)).text).toBe('done');
  });

  test('an error after the answer began cuts it short', async () => {
    served((r) =>
      r.get('/', (_request, response) => {
        response.write('half');
        throw new Error('late');
      }),
    );
    await expect(host.call(D)).rejects.toThrow();
    expect((await host.call('/healthz')).status).toBe(200);
  });

  test('headers of the abandoned answer go, those a browser needs stay', async () => {
    served((r) =>
      r.get('/', (_request, response) => {
        response.set({
          'cache-control': 'max-age=99',
          etag: '"a"',
          'access-control-allow-origin': '*',
          'content-encoding': 'gzip',
        });
        throw new Error('x');
      }),
    );
    const { headers } = await host.call(D);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    for (const name of ['cache-control', 'etag', 'content-encoding']) expect(headers.get(name)).toBeNull();
  });
});

describe('the request id', () => {
  const idOf = async (given?: string) => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', ({ requestId }) => requestId),
      router('/r', (r) => r.get('/', (_q, s) => void s.send('x'))),
    );
    const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given };
    const answer = await host.call(D, { headers });
    expect(answer.headers.get('x-request-id')).toBe(answer.body);
    return answer.body as string;
  };

  test('of the caller is taken over when it is harmless', async () => {
    expect(await idOf('abc-1.2_3')).toBe('abc-1.2_3');
  });
  test('of the caller is replaced when it is not', async () => {
    expect(await idOf('a b')).not.toBe('a b');
    expect(await idOf('x'.repeat(129))).toHaveLength((await idOf()).length);
  });
  test('is new for each request and on a Router’s answer too', async () => {
    expect(await idOf()).not.toBe(await idOf());
    expect(
      (await host.call(`${D}/r`, { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id'),
    ).toBe('mine');
  });
});
