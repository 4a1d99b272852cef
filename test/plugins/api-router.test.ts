import { Router } from 'express';
import { z } from 'zod';
import { buildMount } from '../../src/core/mount';
import { createRouter } from '../../src/plugins/api-router';
import { createPlugin, declarationsOf, endpointsOf, readFiles, refusalOf } from './declared';

const one = () => undefined;
const two = () => undefined;
const three = () => undefined;
const middleware = [one, two, three] as any[];
const paths = (endpoints: readonly { method: string; path: string }[]) =>
  endpoints.map(({ method, path }) => `${method} ${path}`);

describe('a router', () => {
  test('declares its endpoints below its prefix and where it is mounted', () => {
    const router = createRouter({ prefix: '/orgs/:org/' })
      .get('/', () => 1)
      .post('', () => 1)
      .put('members', () => 1)
      .patch('/members/:id', () => 1)
      .delete('/members/:id', () => 1)
      .endpoint({ method: 'ALL', path: '/any' }, () => 1);
    const [first, ...rest] = endpointsOf(createPlugin().mountRouter(() => router, { path: 'v1' }));
    expect(first).toMatchObject({ reach: 'exact', origin: { where: 'get("/") in mountRouter("v1")' } });
    expect(paths([first!, ...rest])).toEqual([
      'GET /v1/orgs/:org',
      'POST /v1/orgs/:org',
      'PUT /v1/orgs/:org/members',
      'PATCH /v1/orgs/:org/members/:id',
      'DELETE /v1/orgs/:org/members/:id',
      'ALL /v1/orgs/:org/any',
    ]);
  });

  test('an empty path is the root of the plugin, wherever a path is taken', () => {
    const folder = __dirname;
    const plugin = createPlugin()
      .post('', () => 1)
      .socket('', () => undefined)
      .mountRouter(() => Router(), { path: '' })
      .static('', folder);
    const { endpoints } = buildMount(plugin.key, plugin.info, declarationsOf(plugin));
    expect(paths(endpoints)).toEqual(['POST /', 'GET /', 'ALL /', 'GET /*file']);
  });

  test('at the root of the plugin an empty path is the root', () => {
    expect(paths(endpointsOf(createPlugin().mountRouter(() => createRouter().get('', () => 1))))).toEqual([
      'GET /',
    ]);
  });

  test('may be mounted twice, and stands beside an Express Router', () => {
    const router = createRouter().get('/x', () => 1);
    const plugin = createPlugin()
      .mountRouter(() => router, { path: '/a' })
      .mountRouter(() => router, { path: '/b' })
      .mountRouter(() => Router(), { path: '/c' });
    expect(paths(endpointsOf(plugin))).toEqual(['GET /a/x', 'GET /b/x', 'ALL /c']);
  });

  test('gives its endpoints what they do not say themselves', () => {
    const errors = { 404: { description: 'gone' } };
    const router = createRouter({
      tags: ['orgs'],
      access: 'operator',
      limits: { perAddress: { requests: 1, perMs: 1_000 } },
      deprecated: true,
      errors,
    })
      .get('/a', () => 1)
      .get(
        '/b',
        {
          access: 'public',
          deprecated: false,
          tags: ['b', 'orgs'],
          errors: { 409: { description: 'taken' } },
          limits: { perEndpoint: { requests: 2, perMs: 1_000 } },
        },
        () => 1,
      );
    const [a, b] = endpointsOf(createPlugin().mountRouter(() => router));
    expect(a).toMatchObject({
      access: 'operator',
      isAccessChosen: true,
      quotas: { perAddress: { requests: 1 } },
      schema: { tags: ['orgs'], deprecated: true, errors },
    });
    expect(b).toMatchObject({
      access: 'public',
      quotas: { perAddress: { requests: 1 }, perEndpoint: { requests: 2 } },
      schema: {
        tags: ['orgs', 'b'],
        deprecated: false,
        errors: { ...errors, 409: { description: 'taken' } },
      },
    });
  });

  test('where it is mounted says what it does not say itself', () => {
    const inner = createRouter({ access: 'public' }).get('/open', () => 1);
    const router = createRouter()
      .post('/body', { body: z.object({}) }, () => 1)
      .post('/small', { body: { kind: 'raw', limitBytes: 5 } }, () => 1)
      .get('/none', () => 1)
      .include(inner);
    const endpoints = endpointsOf(
      createPlugin().mountRouter(() => router, { access: 'operator', limits: { bodyBytes: 9 } }),
    );
    expect(endpoints.map(({ access, body }) => [access, body])).toEqual([
      ['operator', { kind: 'json', limitBytes: 9 }],
      ['operator', { kind: 'raw', limitBytes: 5 }],
      ['operator', { kind: 'auto', limitBytes: 9 }],
      ['public', { kind: 'auto', limitBytes: 9 }],
    ]);
  });

  test('has its middleware and providers before those of an endpoint, from where they were said on', () => {
    const [outer, inner, own] = middleware;
    const router = createRouter({ use: [outer], provide: { first: () => 1 } });
    router.get('/a', () => 1);
    router
      .use(inner)
      .provide({ second: () => 2 }, { needs: 'body' })
      .post('/b', { use: [own], provide: { third: () => 3 } }, () => 1);
    const [a, b] = endpointsOf(createPlugin().mountRouter(() => router));
    expect(a?.use).toEqual([outer]);
    expect(a?.provide?.map(({ name }) => name)).toEqual(['first']);
    expect(b?.use).toEqual([outer, inner, own]);
    expect(b?.provide?.map(({ name, needsBody }) => [name, needsBody])).toEqual([
      ['first', false],
      ['second', true],
      ['third', false],
    ]);
  });

  test('takes in others, with everything around them', () => {
    const [outer, inner] = middleware;
    const users = createRouter<{ org: string }>({ prefix: '/users', tags: ['users'], use: [inner] }).get(
      '/:id',
      ({ org }) => org,
    );
    const router = createRouter({ prefix: '/v2', tags: ['v2'], use: [outer] })
      .provide({ org: () => 'acme' })
      .include(users)
      .include(createRouter().get('/last', () => 1));
    const [user, last] = endpointsOf(createPlugin().mountRouter(() => router));
    expect(user).toMatchObject({
      path: '/v2/users/:id',
      use: [outer, inner],
      schema: { tags: ['v2', 'users'] },
      origin: { where: 'get("/:id") in include() in mountRouter("/")' },
    });
    expect(user?.provide?.map(({ name }) => name)).toEqual(['org']);
    expect(last).toMatchObject({ path: '/v2/last', schema: { tags: ['v2'] } });
  });

  test('is mounted by a class too, and each load of its plugin makes a new one', async () => {
    const files = {
      'index.ts': `import { createRouter, GatePlugin, MountRouter } from 'gatehouse';
        @GatePlugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' })
        export class Ci {
          name = 'acme';
          @MountRouter({ path: '/v1' }) routes() { return createRouter().get('/name', () => this.name); }
        }`,
    };
    const [endpoint] = await readFiles(files);
    const [again] = await readFiles(files);
    expect(endpoint).toMatchObject({ kind: 'endpoint', path: '/v1/name' });
    expect((endpoint as any).serve.handle()).toBe('acme');
    expect((again as any).serve.handle).not.toBe((endpoint as any).serve.handle);
  });
});

describe('what is wrong with a router', () => {
  const refused = async (router: unknown) => {
    const { code, message } = await refusalOf(() =>
      declarationsOf(createPlugin().mountRouter(() => router as any)),
    );
    expect(code).toBe('mount/invalid');
    return message;
  };

  test('is told when it is mounted, of all its endpoints at once', async () => {
    const router = createRouter() as any;
    router
      .get('/a/:id', { params: z.object({ name: z.string() }) }, () => 1)
      .post('/b', { acess: 'x' }, 'no');
    router.get(3, () => 1);
    const message = await refused(router);
    for (const part of [
      'get("/a/:id") in mountRouter("/"): params has "name"',
      'post("/b") in mountRouter("/"): unknown option "acess"',
      'post("/b") in mountRouter("/"): the handler must be a function',
      'get(3) in mountRouter("/"): path must be',
    ])
      expect(message).toContain(part);
  });

  test('or of itself', async () => {
    const options = { prefix: 3, tags: 'x', acess: 1, access: 'all', use: one, provide: { key: () => 1 } };
    const message = await refused(createRouter(options as any).get('/a', () => 1));
    for (const part of [
      'prefix must be a string',
      'tags must list strings',
      'unknown option "acess"',
      'access "all" is not known',
      'use must list functions',
      "provide.key: the name is the host's",
    ])
      expect(message).toContain(part);
  });

  test('of itself and of its endpoints at once, nothing twice', async () => {
    const router = createRouter({ prefix: '/o/:org', acess: 1, provide: { key: () => 1 } } as any)
      .get('/a', { params: z.object({ org: z.string() }) }, () => 1)
      .get('/b', { headers: z.object({ 'X-Cap': z.string() }) }, () => 1);
    const message = await refused(
      createRouter()
        .include(router)
        .get('/c', 3 as any),
    );
    expect(message.split('\n').slice(1)).toEqual([
      expect.stringContaining('include() in mountRouter("/"): unknown option "acess"'),
      expect.stringContaining('include() in mountRouter("/"): provide.key'),
      expect.stringContaining('get("/b") in include() in mountRouter("/"): headers has "X-Cap"'),
      expect.stringContaining('get("/c") in mountRouter("/"): the handler must be a function'),
    ]);
  });

  test('of all routers of the plugin at once', async () => {
    const plugin = createPlugin()
      .mountRouter(() => createRouter().get('/a', 1 as any))
      .mountRouter(() => 5 as any, { path: '/b' })
      .mountRouter(() => createRouter().get('/c', 1 as any), { path: '' });
    const { code, message } = await refusalOf(() => declarationsOf(plugin));
    expect(code).toBe('mount/invalid');
    for (const part of [
      'get("/a") in',
      'mountRouter("/b"): the factory returned 5',
      'get("/c") in mountRouter("")',
    ])
      expect(message).toContain(part);
  });

  test.each([[undefined], ['x'], [[]]])('options that are %j', async (options) => {
    if (options === undefined) return expect(createRouter(options)).toBeDefined();
    expect(await refused(createRouter(options as any))).toMatch(/must be an object|unknown option/);
  });

  test('a router that is included in itself', async () => {
    const router = createRouter({ prefix: '/x' });
    router.include(createRouter().include(router));
    expect(await refused(router)).toContain('is included in itself');
  });

  test('what is included but is no router', async () => {
    expect(await refused(createRouter().include(Router() as any))).toContain(
      'takes what createRouter() made',
    );
  });

  test('a name that is provided twice on the way', async () => {
    const router = createRouter({ provide: { me: () => 1 } }).get(
      '/x',
      { provide: { me: () => 2 } },
      () => 1,
    );
    expect(await refused(router)).toContain('provide.me: the name is provided twice');
  });

  test('two endpoints at one address, once everything is known', async () => {
    const plugin = createPlugin()
      .get('/v1/x', () => 1)
      .mountRouter(() => createRouter({ prefix: '/v1' }).get('/x', () => 1));
    const { message } = await refusalOf(() => buildMount(plugin.key, plugin.info, declarationsOf(plugin)));
    expect(message).toContain('get("/x") in mountRouter("/") and get("/v1/x") both declare GET /v1/x');
  });
});
