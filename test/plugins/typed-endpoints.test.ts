import * as v from 'valibot';
import { z } from 'zod';
import type { Exchange } from '../../src/core/exchange';
import { withBody } from '../../src/plugins/provided';
import { createPlugin, endpointsOf, refusalOf } from './declared';

const User = z.object({ id: z.number() });
const declared = (method: 'get' | 'post', path: string, options: any) =>
  endpointsOf((createPlugin() as any)[method](path, options, () => 1))[0];
const issuesOf = async (call: () => unknown) => {
  const { code, message } = await refusalOf(call);
  expect(code).toBe('mount/invalid');
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^ {2}- [^:]*: /, ''));
};

describe('a typed endpoint', () => {
  test('carries its schemas and what is said of it, and nothing that was not said', () => {
    const params = z.object({ id: z.coerce.number() });
    const errors = { 404: { description: 'No such user', schema: User } };
    expect(
      declared('get', '/users/:id', {
        params,
        query: User,
        headers: User,
        response: User,
        status: 201,
        unknown: 'refuse',
        errors,
        summary: 'One user',
        tags: ['users'],
        deprecated: true,
        title: 'T',
        description: 'D',
      }),
    ).toMatchObject({
      title: 'T',
      description: 'D',
      schema: {
        params,
        query: User,
        headers: User,
        response: User,
        status: 201,
        unknown: 'refuse',
        errors,
        summary: 'One user',
        tags: ['users'],
        deprecated: true,
      },
    });
    expect(declared('get', '/plain', {})).not.toHaveProperty('schema');
    expect(Object.keys(declared('get', '/a', { summary: 's', query: undefined })?.schema ?? {})).toEqual([
      'summary',
    ]);
  });

  const valibot = v.object({ id: v.number() });
  // Of arktype a schema is a function.
  const called = Object.assign(() => 1, { '~standard': User['~standard'] });
  const progress = () => undefined;
  test.each([
    [{ body: User }, { kind: 'json' }, { body: User }],
    [{ body: valibot }, { kind: 'json' }, { body: valibot }],
    [{ body: called }, { kind: 'json' }, { body: called }],
    [
      { body: { kind: 'form', schema: User, limitBytes: 9 } },
      { kind: 'form', limitBytes: 9 },
      { body: User },
    ],
    [{ body: { kind: 'json', schema: User } }, { kind: 'json' }, { body: User }],
    [{ body: { kind: 'raw' } }, { kind: 'raw' }, undefined],
    [{ body: { limitBytes: 9 } }, { kind: 'auto', limitBytes: 9 }, undefined],
    [{}, { kind: 'auto' }, undefined],
    [{ files: { a: {} } }, { kind: 'multipart', files: { a: {} } }, undefined],
    [{ fields: { a: {} } }, { kind: 'multipart', fields: { a: {} } }, undefined],
    [{ fields: User }, { kind: 'multipart' }, { fields: User }],
    [
      { body: { kind: 'parts' }, files: { a: {} }, onProgress: progress },
      { kind: 'parts', files: { a: {} }, onProgress: progress },
      undefined,
    ],
  ])('%# reads its body as its options say', (options, body, schema) => {
    const endpoint = declared('post', '/x', options);
    expect(endpoint?.body).toEqual(body);
    expect(endpoint?.schema).toEqual(schema);
  });

  test('keeps its middleware, and its providers in order, those that need the body marked', async () => {
    const first = () => undefined;
    const endpoint = declared('post', '/x', {
      use: [first],
      provide: {
        me: (exchange: Exchange) => exchange.ip,
        owner: withBody(async ({ body }: { body: number }) => body + 1),
      },
    });
    expect(endpoint?.use).toEqual([first]);
    expect(endpoint?.provide?.map(({ name, needsBody }) => [name, needsBody])).toEqual([
      ['me', false],
      ['owner', true],
    ]);
    const [me, owner] = endpoint?.provide ?? [];
    expect(me?.make({ ip: '::1' } as Exchange)).toBe('::1');
    expect(await owner?.make({ body: 1 } as unknown as Exchange)).toBe(2);
  });

  test('checks headers by names in lower case', async () => {
    const headers = z.object({ 'X-Cap': z.string(), 'x-low': z.string() });
    const { message } = await refusalOf(() => createPlugin().get('/x', { headers }, () => 1));
    expect(message.split('\n').slice(1)).toEqual([
      '  - get("/x"): headers has "X-Cap"; names are in lower case: "x-cap"',
    ]);
  });

  test('with nothing around it has nothing around it', () => {
    const endpoint = declared('post', '/x', { use: [], provide: {} });
    for (const name of ['use', 'provide', 'mapError']) expect(endpoint).not.toHaveProperty(name);
  });
});

describe('what is wrong with a typed endpoint', () => {
  test('is told at once, all of it', async () => {
    const issues = await issuesOf(() =>
      declared('post', '/users/:id', {
        params: z.object({ id: z.string(), name: z.string() }),
        query: { limit: 'number' },
        headers: null,
        body: 'json',
        response: 3,
        status: 302,
        unknown: 'strip',
        errors: { 404: {}, 200: { description: 'x' }, 500: { description: 'x', schema: 1 } },
        tags: 'users',
        summary: 1,
        deprecated: 'yes',
        use: [1],
        provide: { body: () => 1, me: 1, __proto__: null },
      }),
    );
    for (const part of [
      'query must be a Standard Schema',
      'headers must be a Standard Schema',
      'body must be an object',
      'response must be a Standard Schema',
      'status must be a status from 200 to 299',
      'unknown must be one of ignore, refuse',
      '404 needs description',
      '"200" is no status from 400 to 599',
      '500 schema must be a Standard Schema',
      'tags must list strings',
      'summary must be a string',
      'deprecated must be true or false',
      'use must list functions',
      'params has "name", which the path does not (it has id)',
      "provide.body: the name is the host's",
      'provide.me must be a function or inject(…)',
    ])
      expect(issues.join('\n')).toContain(part);
  });

  test.each([
    ['post', { body: User, files: { a: {} } }, /files and fields are those of a multipart form/],
    ['post', { body: { kind: 'raw' }, fields: { a: {} } }, /files and fields are those of a multipart form/],
    ['post', { body: { kind: 'raw', schema: User } }, /body.schema needs kind "json" or "form"/],
    ['post', { body: { schema: User } }, /body.schema needs kind "json" or "form"/],
    ['post', { fields: 3 }, /fields must be an object/],
    ['post', { onProgress: () => 1 }, /onProgress is of a multipart form/],
    ['post', { status: 204, response: User }, /an answer 204 has no body/],
    ['post', { status: 199 }, /status must be/],
    ['post', { provide: [] }, /provide must be an object of functions/],
    ['post', { provide: { a: undefined } }, /provide.a must be a function/],
    ['post', { provide: { constructor: () => 1 } }, /the name is the host's/],
    ['get', { body: User }, /GET takes no body/],
    ['get', { files: { a: {} } }, /GET takes no body/],
    ['get', { params: z.object({ a: z.string() }) }, /params has "a", which the path does not/],
  ] as const)('%# %s %j', async (method, options, issue) => {
    const issues = await issuesOf(() => declared(method, '/x', options));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatch(issue);
  });

  test('names in params of a schema that does not tell its names are left to requests', () => {
    expect(
      declared('get', '/x', { params: v.object({ a: v.pipe(v.string(), v.transform(Number)) }) })?.schema,
    ).toBeDefined();
  });
});
