import { connect } from 'node:net';
import express from 'express';
import { z } from 'zod';
import { HostError } from '../../src/core/errors';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import { eventually, json, router, sendRaw, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { step, typed } from './typed-under-test';

let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway();
});
afterAll(() => host.close());
const at = '/api/plugin/acme.w/x';
const seat: GatewayUnderTest['seat'] = (key, ...declarations) => {
  host.log.length = 0;
  return host.seat(key, ...declarations);
};
const failures = () => host.log.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('middleware', () => {
  test('runs in order before the handler, and what it sets stays on the answer', async () => {
    const seen: unknown[] = [];
    const use: express.RequestHandler[] = [
      (req, res, next) => {
        seen.push([req.baseUrl, req.url, req.originalUrl, req.params, req.get('x-a'), req.query]);
        res.set('x-first', '1').locals.first = true;
        next();
      },
      async (_req, res, next) => {
        await Promise.resolve();
        res.set('x-second', String(res.locals.first));
        next();
      },
    ];
    seat('acme.w', { ...typed('GET', { use }, () => ({ ok: true })), path: '/x/:id' });
    const answer = await host.call(`${at}/7?q=1`, { headers: { 'x-a': 'a' } });
    expect([answer.status, answer.body]).toEqual([200, { ok: true }]);
    expect([answer.headers.get('x-first'), answer.headers.get('x-second')]).toEqual(['1', 'true']);
    expect(seen).toEqual([['/api/plugin/acme.w', '/x/7?q=1', `${at}/7?q=1`, { id: '7' }, 'a', { q: '1' }]]);
  });

  test.each([
    ['a value', () => ({ ok: true }), 200],
    ['a reply', () => reply(201, { ok: true }), 201],
    [
      'an error',
      () => {
        throw new HttpError(418, 'tea');
      },
      418,
    ],
  ])('that waits for the head of the answer adds its header to it: %s', async (_name, handle, status) => {
    const timed: express.RequestHandler = (_req, res, next) => {
      const startedAt = performance.now();
      const { writeHead } = res;
      res.writeHead = function (this: express.Response, ...args: any[]) {
        if (!res.headersSent) res.setHeader('X-Process-Time', String(performance.now() - startedAt));
        return (writeHead as (...args: any[]) => express.Response).apply(this, args);
      } as typeof res.writeHead;
      next();
    };
    seat('acme.w', typed('GET', { use: [timed] }, handle));
    const answer = await host.call(at);
    expect(answer.status).toBe(status);
    expect(Number(answer.headers.get('x-process-time'))).toBeGreaterThan(0);
  });

  test('that answers by itself ends it: no handler, no provider, and its lease is left', async () => {
    const called: string[] = [];
    const use: express.RequestHandler[] = [(_req, res) => void res.status(402).json({ pay: 'first' })];
    const provide = [step('user', () => called.push('provider'))];
    const live = seat(
      'acme.w',
      typed('POST', { use, provide }, () => called.push('handler')),
    );
    const answer = await host.call(at, json({ a: 1 }));
    expect([answer.status, answer.body]).toEqual([402, { pay: 'first' }]);
    await live.retire(2_000, 'reload');
    expect(called).toEqual([]);
  });

  test.each<[string, express.RequestHandler]>([
    [
      'throws',
      () => {
        throw new HttpError(403, 'not you');
      },
    ],
    [
      'rejects',
      async () => {
        await Promise.resolve();
        throw new HttpError(403, 'not you');
      },
    ],
    ['passes an error on', (_req, _res, next) => next(new HttpError(403, 'not you'))],
  ])('that %s refuses the request', async (_name, middleware) => {
    seat(
      'acme.w',
      typed('GET', { use: [middleware] }, () => 'never'),
    );
    const answer = await host.call(at);
    expect([answer.status, answer.body.detail]).toEqual([403, 'not you']);
  });

  test('that calls next twice goes on once', async () => {
    let calls = 0;
    const twice: express.RequestHandler = (_req, _res, next) => {
      next();
      next();
      next(new Error('late'));
    };
    seat(
      'acme.w',
      typed('GET', { use: [twice] }, () => ({ calls: (calls += 1) })),
    );
    expect((await host.call(at)).body).toEqual({ calls: 1 });
    expect(calls).toBe(1);
  });

  test('that fails after it went on is logged, and changes no answer', async () => {
    const late: express.RequestHandler = async (_req, _res, next) => {
      next();
      await Promise.resolve();
      throw new Error('afterwards');
    };
    seat(
      'acme.w',
      typed('GET', { use: [late] }, () => 'fine'),
    );
    expect((await host.call(at)).body).toBe('fine');
    await eventually(() => failures().some((message) => message.includes('afterwards')));
  });

  test('that reads the body is told off in the log, and the caller gets a bare 500', async () => {
    seat(
      'acme.w',
      typed('POST', { use: [express.json()] }, () => 'never'),
    );
    const answer = await host.call(at, json({ a: 1 }));
    expect(answer.body).toMatchObject({
      status: 500,
      code: 'internal/unexpected',
      detail: 'Internal Server Error',
    });
    expect(failures().join()).toContain(new HostError('endpoint/body-taken', []).message);
    expect((await host.call(at, { method: 'POST' })).body).toBe('never');
  });

  test('has the time that the answer has, and takes from the time of the handler', async () => {
    seat(
      'acme.w',
      typed('GET', { use: [() => undefined], timeoutMs: 200 }, () => 'never'),
    );
    expect((await host.call(at)).body.code).toBe('endpoint/timeout');
    let aborted: unknown;
    const slow = step(
      'slow',
      ({ signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve((aborted = true)))),
    );
    seat(
      'acme.w',
      typed('GET', { provide: [slow], timeoutMs: 200 }, () => 'never'),
    );
    expect((await host.call(at)).status).toBe(503);
    expect(aborted).toBe(true);
  });

  test('sees the request as a Router behind the same door does', async () => {
    const use: express.RequestHandler[] = [
      (req, res) => void res.json({ cookie: req.headers.cookie ?? 'none', url: req.originalUrl }),
    ];
    seat(
      'acme.w',
      typed('GET', { use, isWebhook: true }, () => 'never'),
    );
    const asked = { headers: { cookie: 'a=b; gatehouse_session=s' } };
    expect((await host.call(`${at}?app_token=t&b=1`, asked)).body).toEqual({
      cookie: 'none',
      url: `${at}?b=1`,
    });
    seat(
      'acme.w',
      typed('GET', { use }, () => 'never'),
    );
    expect((await host.call(at, asked)).body.cookie).toBe('a=b');
  });

  test('cannot stand where several plugins answer at one address', () => {
    const aliases = [{ base: '/api/webhook', path: '/x', share: 'all' as const }];
    expect(() =>
      host.seat(
        'acme.z',
        typed('POST', { use: [() => undefined], aliases }, () => 1),
      ),
    ).toThrow(/middleware \(use\)/);
  });
});

describe('what is provided', () => {
  test('is made in order, once a request, and stands on the exchange for later steps and the handler', async () => {
    const calls: string[] = [];
    const provide = [
      step('tenant', (x) => (calls.push('tenant'), x.headers.get('x-tenant'))),
      step('late', (x) => (calls.push('late'), `${x.user}:${x.body.a}`), true),
      step('user', async (x) => (calls.push('user'), `${x.tenant}/ada`)),
    ];
    const schema = { body: z.object({ a: z.number() }) };
    seat(
      'acme.w',
      typed('POST', { provide, schema }, ({ user, late, tenant, body }) => ({ user, late, tenant, body })),
    );
    const answer = await host.call(at, json({ a: 1 }, { 'x-tenant': 't' }));
    expect(answer.body).toEqual({ user: 't/ada', late: 't/ada:1', tenant: 't', body: { a: 1 } });
    expect(calls).toEqual(['tenant', 'user', 'late']);
  });

  test('sees what the schemas made of the head', async () => {
    const schema = { query: z.object({ n: z.number() }) };
    seat(
      'acme.w',
      typed('GET', { provide: [step('twice', (x) => x.query.n * 2)], schema }, (x) => x.twice),
    );
    expect((await host.call(`${at}?n=4`)).body).toBe(8);
  });

  test('is not made while the head is wrong', async () => {
    const calls: string[] = [];
    const schema = { query: z.object({ n: z.number() }), body: z.object({ a: z.string() }) };
    const provide = [step('early', () => calls.push('early')), step('late', () => calls.push('late'), true)];
    seat(
      'acme.w',
      typed('POST', { provide, schema }, () => 'never'),
    );
    expect((await host.call(at, json({ a: 'x' }))).status).toBe(422);
    expect((await host.call(`${at}?n=1`, json({}))).status).toBe(422);
    expect(calls).toEqual(['early']);
  });

  test('early refuses before a byte of the body was read', async () => {
    let read = false;
    const provide = [
      step('user', async () => {
        await Promise.resolve();
        throw new HttpError(401, 'who?');
      }),
    ];
    seat(
      'acme.w',
      typed('POST', { provide, schema: { body: z.unknown().transform(() => (read = true)) } }, () => 'never'),
    );
    const head = `POST ${at} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    const answer = await sendRaw(host.port, head, 'who?');
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(read).toBe(false);
  });

  test.each(['raw', 'json', 'text', 'form', 'body', 'fields', 'files'])(
    'early is told in the log that %s is not there yet',
    async (name) => {
      seat(
        'acme.w',
        typed('POST', { provide: [step('user', (x) => x[name])] }, () => 'never'),
      );
      expect((await host.call(at, json({}))).body.code).toBe('internal/unexpected');
      expect(failures().join()).toContain(new HostError('endpoint/body-not-there', [name]).message);
    },
  );

  test('holds the generation while it is made, even when the caller left', async () => {
    let done = () => undefined as void;
    const slow = step('slow', () => new Promise<void>((resolve) => (done = resolve)));
    const live = seat(
      'acme.w',
      typed('GET', { provide: [slow] }, () => 'never'),
    );
    let isCalled = false;
    const before = done;
    const socket = connect(host.port, '127.0.0.1', () =>
      socket.write(`GET ${at} HTTP/1.1\r\nHost: x\r\n\r\n`),
    );
    await eventually(() => done !== before);
    socket.destroy();
    const retired = live.retire(10_000, 'reload').then(() => (isCalled = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isCalled).toBe(false);
    done();
    await retired;
  });

  test('under a name of any kind is data', async () => {
    seat(
      'acme.w',
      typed('GET', { provide: [step('__proto__', () => ({ query: 'mine' }))] }, (x) => [
        typeof x.query,
        Object.keys(x),
      ]),
    );
    expect((await host.call(at)).body).toEqual(['object', ['__proto__']]);
  });
});

describe("errors of the plugin's own", () => {
  class Missing {
    constructor(readonly id: string) {}
  }
  const mapError = (thrown: unknown) => {
    if (thrown instanceof Missing) return new HttpError(404, `no ${thrown.id}`);
    return thrown instanceof RangeError ? reply(409, { range: true }) : thrown;
  };
  const missing = () => {
    throw new Missing('x');
  };
  const range = () => {
    throw new RangeError('out');
  };

  test.each<[string, Parameters<typeof typed>[1], () => unknown]>([
    ['the handler', {}, missing],
    ['the handler, late', {}, async () => missing()],
    ['middleware', { use: [missing] }, () => 'never'],
    ['a provider', { provide: [step('a', missing)] }, () => 'never'],
    ['a late provider', { provide: [step('a', async () => missing(), true)] }, () => 'never'],
  ])('are answered as their plugin maps them: %s', async (_name, more, handle) => {
    seat('acme.w', typed('GET', { mapError, ...more }, handle));
    const answer = await host.call(at);
    expect([answer.status, answer.body.detail]).toEqual([404, 'no x']);
    expect(failures()).toEqual([]);
  });

  test.each<[string, Parameters<typeof typed>[1], () => unknown]>([
    ['the handler', {}, range],
    ['the handler, late', {}, async () => range()],
    ['middleware', { use: [range] }, () => 'never'],
    ['a provider', { provide: [step('a', range)] }, () => 'never'],
    ['an early provider in its time', { provide: [step('a', async () => range())] }, () => 'never'],
  ])('may be a reply: %s', async (_name, more, handle) => {
    seat(
      'acme.w',
      typed(
        'GET',
        { mapError, ...more, schema: { response: z.object({ never: z.string() }), status: 201 } },
        handle,
      ),
    );
    const answer = await host.call(at);
    expect([answer.status, answer.body]).toEqual([409, { range: true }]);
  });

  test('that nobody maps stay what they are, and a mapping that throws gives what it throws', async () => {
    seat(
      'acme.w',
      typed('GET', { mapError }, () => {
        throw new TypeError('secret');
      }),
    );
    expect((await host.call(at)).body.detail).toBe('Internal Server Error');
    seat(
      'acme.w',
      typed(
        'GET',
        {
          mapError: () => {
            throw new HttpError(410, 'gone');
          },
        },
        missing,
      ),
    );
    expect((await host.call(at)).status).toBe(410);
  });

  test('of Routers are mapped too', async () => {
    seat(
      'acme.w',
      router(
        '/',
        (made) => {
          made.get('/a', missing);
          made.get('/b', async () => range());
          made.get('/c', (_req, _res, next) => next(new TypeError('plain')));
        },
        { mapError },
      ),
    );
    expect((await host.call('/api/plugin/acme.w/a')).body.detail).toBe('no x');
    expect((await host.call('/api/plugin/acme.w/b')).body).toEqual({ range: true });
    expect((await host.call('/api/plugin/acme.w/c')).status).toBe(500);
  });
});
