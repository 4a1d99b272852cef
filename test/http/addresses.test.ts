import { HttpError } from '../../src/core/http-error';
import type { DeprecatedUse, Deprecations } from '../../src/core/ports/deprecations';
import type { Outcome, SharedAddress } from '../../src/core/ports/shared-address';
import { reply } from '../../src/core/reply';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange, UploadedFile } from '../../src/core/exchange';
import {
  endpoint,
  eventually,
  json,
  keyOf,
  oldAddresses,
  OPERATOR,
  router,
  startGateway,
  type GatewayUnderTest,
} from './gateway-under-test';

let host: GatewayUnderTest;
let uses: DeprecatedUse[];
let isGone: boolean;
let pinned: string | undefined;
const deprecations: Deprecations = {
  used(use) {
    uses.push(use);
    return {
      gone: isGone,
      headers: { Deprecation: '@1', Link: `<${use.successor}>; rel="successor-version"` },
    };
  },
};
const shared: SharedAddress = {
  choose: (_path, keys) => (pinned === undefined ? keys : keys.filter((key) => key === pinned)),
  gather: (outcomes: readonly Outcome[]) => {
    const isFine = outcomes.some(({ status }) => status < 400);
    return reply(isFine ? 200 : (outcomes[0]?.status ?? 404), { outcomes });
  },
};
beforeEach(async () => {
  uses = [];
  isGone = false;
  pinned = undefined;
  host = await startGateway({
    deprecations,
    shared,
    prefixAliases: [{ prefix: '/plugins/', deprecated: 'prefix' }],
  });
});
afterEach(() => host.close());

const legacy = (
  key: string,
  path: string,
  handle: (exchange: Exchange) => unknown,
  more: Partial<Endpoint> = {},
) => endpoint('ALL', path, handle, { aliases: oldAddresses(key, path), yields: true, ...more });
const echo = ({ path, baseUrl, method }: Exchange) => ({ path, baseUrl, method });

describe('the old addresses of a plugin', () => {
  beforeEach(() =>
    host.seat(
      'dev.demo',
      legacy('dev.demo', '/gh', echo),
      legacy('dev.demo', '/a/:b', ({ params }) => params),
    ),
  );

  test.each([
    ['/api/plugin/dev.demo/webhook/gh', '/api/plugin/dev.demo/webhook'],
    ['/api/plugin/dev.demo/webhook//gh', '/api/plugin/dev.demo/webhook'],
    ['/api/plugin/dev.demo/webhook/gh/', '/api/plugin/dev.demo/webhook'],
    ['/api/plugin/demo/webhook/gh', '/api/plugin/demo/webhook'],
    ['/plugins/dev.demo/webhook/gh?x=1', '/api/plugin/dev.demo/webhook'],
  ])('%s is served in place, with the headers of a deprecated address', async (path, baseUrl) => {
    const answer = await host.call(path, { method: 'PUT' });
    expect(answer.body).toEqual({ path: '/gh', baseUrl, method: 'PUT' });
    expect(answer.headers.get('deprecation')).toBe('@1');
    expect(answer.headers.get('link')).toBe('</api/plugin/dev.demo/gh>; rel="successor-version"');
    expect(uses).toMatchObject([{ key: 'dev.demo', endpoint: '/gh', caller: { ip: '127.0.0.1' } }]);
  });

  test('the endpoint’s own path is no deprecated address', async () => {
    const answer = await host.call('/api/plugin/dev.demo/gh');
    expect([answer.status, answer.headers.get('deprecation')]).toEqual([200, null]);
    expect(uses).toEqual([]);
  });

  test('may have several segments and parameters', async () => {
    expect((await host.call('/api/plugin/dev.demo/webhook/a/x%2Fy')).body).toEqual({ b: 'x/y' });
  });

  test.each([
    '/api/plugin/dev.demo//webhook/gh',
    '/api/plugin/dev.demo/webhook',
    '/api/plugin/dev.demo/webhook/none',
    '/api/webhook/none',
    '/api/webhook',
    '/api/plugin/none/webhook/gh',
  ])('%s is 404', async (path) => expect((await host.call(path)).status).toBe(404));

  test('many slashes cost nothing', async () => {
    expect((await host.call(`/api/webhook/${'/'.repeat(4_000)}gh`)).status).toBe(200);
    expect((await host.call(`/api/none/${'a/'.repeat(3_000)}`)).status).toBe(404);
  });

  test('errors carry the headers too, and what old callers read', async () => {
    host.seat(
      'dev.demo',
      legacy('dev.demo', '/gh', () => Promise.reject(new HttpError(403, 'no'))),
    );
    const answer = await host.call('/api/plugin/dev.demo/webhook/gh', { method: 'POST' });
    expect(answer.body).toMatchObject({ status: 403, detail: 'no', error: 'Forbidden', message: 'no' });
    expect(answer.headers.get('deprecation')).toBe('@1');
    expect((await host.call('/api/plugin/dev.demo/gh')).body).not.toHaveProperty('message');
  });

  test('switched off are 410 naming the successor, and no handler runs', async () => {
    isGone = true;
    const answer = await host.call('/api/plugin/dev.demo/webhook/gh', { method: 'POST' });
    expect(answer.body).toMatchObject({
      status: 410,
      code: 'request/gone',
      detail: expect.stringContaining('/api/plugin/dev.demo/gh'),
    });
    expect((await host.call('/api/webhook/gh')).status).toBe(410);
    expect((await host.call('/api/plugin/dev.demo/gh')).status).toBe(200);
  });

  test('answer a wrong method with 405 and Allow', async () => {
    host.seat('dev.demo', { ...legacy('dev.demo', '/gh', echo), method: 'POST' });
    const answer = await host.call('/api/plugin/dev.demo/webhook/gh');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    expect(answer.headers.get('deprecation')).toBe('@1');
    expect(answer.headers.get('link')).toContain('successor-version');
    const options = await host.call('/api/webhook/gh', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
  });

  test('are counted as declared, whatever paths and methods callers invent', async () => {
    const path = '/wh/:id';
    host.seat('dev.demo', {
      ...legacy('dev.demo', path, echo),
      method: 'POST',
      successor: '/api/plugin/dev.demo/wh/:id',
    });
    const answer = await host.call('/api/plugin/dev.demo/webhook/wh/1', { method: 'POST' });
    expect(answer.headers.get('link')).toBe('</api/plugin/dev.demo/wh/1>; rel="successor-version"');
    for (const id of ['2', '3'])
      await host.call(`/api/plugin/dev.demo/webhook/wh/${id}`, { method: 'DELETE' });
    await host.call('/api/webhook/wh/4', { method: 'DELETE' });
    expect(uses.map(({ endpoint }) => endpoint)).toEqual([path, path, path, path]);
  });

  test('stay when a route of the plugin’s own takes the path', async () => {
    host.seat(
      'dev.demo',
      endpoint('GET', '/gh', () => 'own'),
      legacy('dev.demo', '/gh', () => 'legacy'),
    );
    expect((await host.call('/api/plugin/dev.demo/gh')).body).toBe('own');
    expect((await host.call('/api/plugin/dev.demo/webhook/gh')).body).toBe('legacy');
    expect(uses).toMatchObject([{ successor: '/api/plugin/dev.demo/gh' }]);
  });
});

describe('an old prefix', () => {
  test('equals the new one, Routers included, but for its baseUrl', async () => {
    host.seat(
      'dev.demo',
      router('/', (r) =>
        r.get('/x', ({ baseUrl, originalUrl }, response) => void response.json({ baseUrl, originalUrl })),
      ),
    );
    const answer = await host.call('/plugins/dev.demo/x?q=1');
    expect(answer.body).toEqual({ baseUrl: '/plugins/dev.demo', originalUrl: '/plugins/dev.demo/x?q=1' });
    expect(answer.headers.get('link')).toContain('</api/plugin/dev.demo/x>');
    expect((await host.call('/plugins/no.such/x')).status).toBe(404);
    expect((await host.call('/plugins/dev%2Edemo/x')).status).toBe(404);
  });
});

describe('an address that only one plugin may claim', () => {
  const absent = (key: string) => host.table.vacate(keyOf(key), { key: keyOf(key), why: 'failed' });

  test('is 409 while two do, failed ones counted; the keys are in the log only', async () => {
    host.seat('one.demo', legacy('one.demo', '/gh', echo));
    absent('two.demo');
    const answer = await host.call('/api/plugin/demo/webhook/gh');
    expect([answer.status, answer.body.code]).toEqual([409, 'request/ambiguous-address']);
    expect(answer.text).not.toMatch(/one\.demo|two\.demo/);
    expect(JSON.stringify(host.log)).toMatch(/one\.demo, two\.demo/);
    host.table.remove(keyOf('two.demo'));
    expect((await host.call('/api/plugin/demo/webhook/gh')).status).toBe(200);
  });

  test('is 503 while the one that claims it has failed', async () => {
    absent('one.demo');
    const answer = await host.call('/api/plugin/demo/webhook/gh');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('an address that plugins share', () => {
  const outcomes = async (init?: RequestInit) => {
    const answer = await host.call('/api/webhook/gh', { method: 'POST', ...init });
    return { ...answer, outcomes: answer.body?.outcomes as any[] };
  };

  test('runs each on the same body, whatever becomes of the others', async () => {
    host.seat(
      'a.good',
      legacy('a.good', '/gh', (exchange) => ({ got: exchange.json() })),
    );
    host.seat(
      'b.bad',
      legacy('b.bad', '/gh', () => {
        throw new Error('secret detail');
      }),
    );
    host.seat(
      'c.refuses',
      legacy('c.refuses', '/gh', () => Promise.reject(new HttpError(403, 'no'))),
    );
    host.seat(
      'd.hangs',
      legacy('d.hangs', '/gh', () => new Promise(() => undefined), { timeoutMs: 50 }),
    );
    host.seat('e.posts', { ...legacy('e.posts', '/gh', echo), method: 'GET' });
    host.seat('f.closed', legacy('f.closed', '/gh', echo, { access: 'operator' }));
    host.seat(
      'g.circular',
      legacy('g.circular', '/gh', () => ({ n: 1n })),
    );
    host.seat('h.other', legacy('h.other', '/other', echo));
    const answer = await outcomes(json({ a: 1 }));
    expect(answer.status).toBe(200);
    expect(answer.outcomes.map(({ plugin, status }) => `${plugin} ${status}`)).toEqual([
      'a.good 200',
      'b.bad 500',
      'c.refuses 403',
      'd.hangs 503',
      'e.posts 405',
      'f.closed 401',
      'g.circular 500',
    ]);
    expect(answer.outcomes[0]).toEqual({ plugin: 'a.good', status: 200, body: { got: { a: 1 } } });
    expect(answer.outcomes[2]).toEqual({ plugin: 'c.refuses', status: 403, message: 'no' });
    expect(answer.text).not.toContain('secret detail');
    expect(answer.headers.get('link')?.split(', ')).toHaveLength(7);
    expect((await outcomes({ headers: { authorization: OPERATOR } })).outcomes[5].status).toBe(200);
  });

  test('can be narrowed to one', async () => {
    host.seat('a.one', legacy('a.one', '/gh', echo));
    host.seat('b.two', legacy('b.two', '/gh', echo));
    pinned = 'b.two';
    expect((await outcomes()).outcomes.map(({ plugin }) => plugin)).toEqual(['b.two']);
    pinned = 'c.none';
    expect((await outcomes()).status).toBe(404);
  });

  test('is 405 with Allow when no listener takes the method', async () => {
    host.seat('a.one', { ...legacy('a.one', '/gh', echo), method: 'POST' });
    const answer = await host.call('/api/webhook/gh', { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  test('refuses a body over every limit for all, over one limit for that one', async () => {
    host.seat('a.small', legacy('a.small', '/gh', echo, { body: { kind: 'auto', limitBytes: 10 } }));
    host.seat('b.large', legacy('b.large', '/gh', echo, { body: { kind: 'auto', limitBytes: 100 } }));
    expect((await outcomes({ body: 'x'.repeat(50) })).outcomes.map(({ status }) => status)).toEqual([
      413, 200,
    ]);
    expect((await outcomes({ body: 'x'.repeat(500) })).status).toBe(413);
  });

  test('refuses a body of another type than an endpoint takes for that endpoint alone, its handler unasked', async () => {
    const kinds = ['auto', 'form', 'json', 'multipart', 'raw'] as const;
    const ran: string[] = [];
    for (const kind of kinds)
      host.seat(
        `a.${kind}`,
        legacy('a.any', '/gh', () => ran.push(kind), { body: { kind } }),
      );
    const statuses = async (init: RequestInit) =>
      (await outcomes(init)).outcomes.map(({ plugin, status }) => `${plugin} ${status}`);
    expect(await statuses(json({}))).toEqual([
      'a.auto 200',
      'a.form 415',
      'a.json 200',
      'a.multipart 415',
      'a.raw 200',
    ]);
    expect(ran.splice(0)).toEqual(['auto', 'json', 'raw']);
    expect(await statuses({ body: new URLSearchParams({ a: '1' }) })).toEqual([
      'a.auto 200',
      'a.form 200',
      'a.json 415',
      'a.multipart 415',
      'a.raw 200',
    ]);
    const form = new FormData();
    form.append('a', '1');
    expect(await statuses({ body: form })).toEqual([
      'a.auto 200',
      'a.form 415',
      'a.json 415',
      'a.multipart 200',
      'a.raw 415',
    ]);
    expect(await statuses({})).toEqual(kinds.map((kind) => `a.${kind} 200`));
  });

  test('gives the bytes of a form to those that ask for bytes, when nobody asks for the form', async () => {
    host.seat(
      'a.raw',
      legacy('a.raw', '/gh', ({ raw }) => raw.toString(), { body: { kind: 'raw' } }),
    );
    const form = new FormData();
    form.append('a', '1');
    expect((await outcomes({ body: form })).outcomes[0].body).toContain('form-data; name="a"');
  });

  test('gives each the same uploaded files until the last is done', async () => {
    const paths: string[] = [];
    const keep = ({ files }: Exchange) => {
      paths.push((files.f as UploadedFile).path);
      return (files.f as UploadedFile).size;
    };
    const lives = ['a.one', 'b.two'].map((key) => host.seat(key, legacy(key, '/gh', keep)));
    const body = new FormData();
    body.append('f', new Blob(['12345']), 'f.txt');
    expect((await outcomes({ body })).outcomes.map((outcome) => outcome.body)).toEqual([5, 5]);
    expect(paths[0]).toBe(paths[1]);
    await eventually(() => lives.every((live) => live.leases === 0));
  });

  test('holds a lease on each generation until it is answered', async () => {
    let go: () => void = () => undefined;
    const live = host.seat(
      'a.one',
      legacy('a.one', '/gh', () => new Promise((done) => (go = () => done({})))),
    );
    const pending = outcomes();
    await eventually(() => live.leases === 1);
    go();
    expect((await pending).status).toBe(200);
    await eventually(() => live.leases === 0);
  });
});

describe('explain', () => {
  test('says what answers and why, without running it', async () => {
    host.seat(
      'dev.demo',
      endpoint('GET', '/items/:id', () => 'x', { access: 'operator' }),
      legacy('dev.demo', '/gh', echo),
      router('/r', () => undefined),
    );
    const { explain } = host.gateway;
    expect(explain('get', '/api/plugin/dev.demo/items/5')).toMatchObject({
      method: 'GET',
      status: 200,
      plugin: 'dev.demo',
      params: { id: '5' },
      endpoint: { method: 'GET', path: '/items/:id', access: 'operator' },
    });
    expect(explain('GET', '/api/plugin/dev.demo/r/x')).toMatchObject({
      status: 200,
      endpoint: { path: '/r' },
    });
    expect(explain('PUT', '/api/plugin/dev.demo/items/5')).toMatchObject({ status: 405 });
    expect(explain('OPTIONS', '/api/plugin/dev.demo/items/5')).toMatchObject({ status: 204 });
    expect(explain('POST', '/api/plugin/demo/webhook/gh').steps.join('\n')).toMatch(
      /old address; use \/api\/plugin\/dev\.demo\/gh/,
    );
    expect(explain('POST', '/api/webhook/gh').steps.join('\n')).toContain('shared by dev.demo');
    expect(explain('GET', '/api/plugin/no.such/x')).toMatchObject({ status: 404 });
    expect(explain('GET', '/api/plugin/dev.demo/%zz')).toMatchObject({ status: 400 });
    expect(explain('GET', `/${'x'.repeat(9_000)}`)).toMatchObject({ status: 414 });
    expect(explain('GET', '/healthz').steps.join()).toContain('host application');
    expect(uses).toEqual([]);
  });
});
