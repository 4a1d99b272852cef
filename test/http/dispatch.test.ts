import express from 'express';
import { reply } from '../../src/core/reply';
import { endpoint, keyOf, OPERATOR, router, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';

describe('seats', () => {
  test('an unknown key is 404 with a problem', async () => {
    const answer = await host.call('/api/plugin/no.such/x');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({
      code: 'request/not-found',
      status: 404,
      title: 'Not Found',
      instance: '/api/plugin/no.such/x',
    });
  });

  test('a failed plugin is 503 with Retry-After at every address of its key', async () => {
    host.table.vacate(keyOf('acme.demo'), { key: keyOf('acme.demo'), why: 'failed' });
    for (const path of ['', '/x', '/webhook/gh']) {
      const answer = await host.call(D + path);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    }
  });

  test('a removed plugin is 404 and a swapped one answers at once', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/v', () => 1),
    );
    expect((await host.call(`${D}/v`)).body).toBe(1);
    host.seat(
      'acme.demo',
      endpoint('GET', '/v', () => 2),
    );
    expect((await host.call(`${D}/v`)).body).toBe(2);
    host.table.remove(keyOf('acme.demo'));
    expect((await host.call(`${D}/v`)).status).toBe(404);
  });
});

describe('declared endpoints', () => {
  beforeEach(() => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => 'root'),
      endpoint('GET', '/items/new', () => 'new'),
      endpoint('GET', '/items/:id', ({ params, method }) => ({ id: params.id, method })),
      endpoint('POST', '/items/:id', () => reply(201, { made: true })),
      endpoint('ALL', '/any', ({ method }) => method),
      endpoint('DELETE', '/any', () => reply(204)),
    );
  });

  test('the root is served with and without its slash', async () => {
    expect((await host.call(D)).body).toBe('root');
    expect((await host.call(`${D}/`)).body).toBe('root');
    expect((await host.call(`${D}?x=1`)).body).toBe('root');
  });

  test('a literal segment wins over a parameter, a trailing slash does not matter', async () => {
    expect((await host.call(`${D}/items/new`)).body).toBe('new');
    expect((await host.call(`${D}/items/new/`)).body).toBe('new');
    expect((await host.call(`${D}/items/5/`)).body).toEqual({ id: '5', method: 'GET' });
  });

  test('a wrong method is 405 with Allow', async () => {
    const answer = await host.call(`${D}/items/5`, { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(answer.body.code).toBe('request/method-not-allowed');
  });

  test('HEAD is GET without its body', async () => {
    const head = await host.call(`${D}/items/5`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String('{"id":"5","method":"HEAD"}'.length));
    expect(head.text).toBe('');
  });

  test('OPTIONS is answered with Allow', async () => {
    const answer = await host.call(`${D}/items/5`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  });

  test('ALL takes every method that no other endpoint at the path declares', async () => {
    expect((await host.call(`${D}/any`, { method: 'PATCH' })).body).toBe('PATCH');
    expect((await host.call(`${D}/any`, { method: 'DELETE' })).status).toBe(204);
  });

  test('a method nobody knows is 405, not a crash', async () => {
    expect((await host.call(`${D}/items/5`, { method: 'PROPFIND' })).status).toBe(405);
  });

  test('the body of a request nobody reads does not disturb the next on the connection', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await host.call(`${D}/none`, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(404);
      expect((await host.call(`${D}/items/1`)).status).toBe(200);
    }
  });
});

describe('Routers', () => {
  test('see the prefix as baseUrl, the rest as url, and the whole as originalUrl', async () => {
    const seen: express.RequestHandler = ({ baseUrl, url, originalUrl, path }, response) =>
      void response.json({ baseUrl, url, originalUrl, path });
    host.seat(
      'acme.demo',
      router('/', (r) => r.get(['/', '/a'], seen)),
      router('/sub', (r) => r.get('/', seen)),
    );
    expect((await host.call(`${D}?q=1`)).body).toEqual({
      baseUrl: D,
      url: '/?q=1',
      originalUrl: `${D}?q=1`,
      path: '/',
    });
    expect((await host.call(`${D}/a`)).body).toEqual({
      baseUrl: D,
      url: '/a',
      originalUrl: `${D}/a`,
      path: '/a',
    });
    expect((await host.call(`${D}/sub?q`)).body).toEqual({
      baseUrl: `${D}/sub`,
      url: '/?q',
      originalUrl: `${D}/sub?q`,
      path: '/',
    });
  });

  test('run in order: what the first passes on, the next may answer; what none answers is 404', async () => {
    host.seat(
      'acme.demo',
      router('/', (r) => r.get('/one', (_request, response) => void response.send('1'))),
      router('/', (r) => r.get(['/one', '/two'], (_request, response) => void response.send('2'))),
    );
    expect((await host.call(`${D}/one`)).text).toBe('1');
    expect((await host.call(`${D}/two`)).text).toBe('2');
    expect((await host.call(`${D}/three`)).body).toMatchObject({ status: 404, code: 'request/not-found' });
  });

  test('come after declared endpoints, also for other methods of the same path', async () => {
    host.seat(
      'acme.demo',
      router('/', (r) => r.all('/x', (request, response) => void response.send(`router ${request.method}`))),
      endpoint('GET', '/x', () => 'declared'),
    );
    expect((await host.call(`${D}/x`)).body).toBe('declared');
    expect((await host.call(`${D}/x`, { method: 'POST' })).text).toBe('router POST');
  });

  test('get OPTIONS untouched', async () => {
    host.seat(
      'acme.demo',
      router('/', (r) => r.get('/x', () => undefined).post('/x', () => undefined)),
    );
    const answer = await host.call(`${D}/x`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([200, 'GET, HEAD, POST']);
  });

  test('a prefix may hold parameters', async () => {
    const child = express.Router({ mergeParams: true });
    child.get('/leaf', (request, response) => void response.json(request.params));
    host.seat('acme.demo', {
      ...router('/team/:team', () => undefined),
      serve: { router: child, owns: () => false },
    });
    expect((await host.call(`${D}/team/a%20b/leaf`)).body).toEqual({ team: 'a b' });
    expect((await host.call(`${D}/team//leaf`)).status).toBe(404);
  });

  test('never get the segments that are the host’s', async () => {
    host.seat(
      'acme.demo',
      router('/', (r) => r.use((_request, response) => void response.send('router'))),
    );
    for (const segment of ['webhook', 'webhook/x', 'openapi.json', 'docs', '__webui__/a'])
      expect((await host.call(`${D}/${segment}`)).status).toBe(404);
    expect((await host.call(`${D}/webhooks`)).text).toBe('router');
  });

  test('an application inside a Router may swap prototypes: the lease still ends', async () => {
    const inner = express();
    inner.get('/x', (_request, response) => void response.json({ inner: true }));
    const live = host.seat(
      'acme.demo',
      router('/', (r) => r.use(inner)),
    );
    expect((await host.call(`${D}/x`)).body).toEqual({ inner: true });
    expect(live.leases).toBe(0);
  });

  test('of one plugin set settings that no other plugin sees', async () => {
    const show = (r: express.Router) =>
      r
        .get(
          '/set',
          (request, response) => void response.json(request.app.set('json spaces', 2).get('json spaces')),
        )
        .get('/', (_request, response) => void response.json({ a: 1 }));
    host.seat('acme.demo', router('/', show));
    host.seat('acme.other', router('/', show));
    expect((await host.call(D)).text).toBe('{"a":1}');
    await host.call(`${D}/set`);
    expect((await host.call(D)).text).toBe('{\n  "a": 1\n}');
    expect((await host.call('/api/plugin/acme.other')).text).toBe('{"a":1}');
  });
});

describe('access', () => {
  test('an operator’s endpoint or Router is 401 with a challenge to anybody else', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/e', () => 'in', { access: 'operator' }),
      router('/r', (r) => r.get('/', (_request, response) => void response.send('in')), {
        access: 'operator',
      }),
    );
    for (const path of ['/e', '/r']) {
      const refused = await host.call(D + path);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      const let_in = await host.call(D + path, { headers: { authorization: OPERATOR } });
      expect(let_in.status).toBe(200);
    }
  });
});

describe('the host’s own addresses', () => {
  test('health is served, the rest is a 404 problem', async () => {
    expect((await host.call('/healthz')).body).toEqual({ status: 'ok' });
    expect((await host.call('/readyz')).body).toEqual({ status: 'ready' });
    expect((await host.call('/elsewhere?secret=1')).body).toMatchObject({
      status: 404,
      instance: '/elsewhere',
    });
  });

  test('an error in the application ends in the problem writer and leaks nothing', async () => {
    const app = express();
    app.get('/boom', () => {
      throw new Error('secret detail');
    });
    const other = await startGateway({ app });
    const answer = await other.call('/boom');
    expect(answer.body).toMatchObject({ status: 500, code: 'internal/unexpected' });
    expect(answer.text).not.toContain('secret detail');
    await other.close();
  });
});
