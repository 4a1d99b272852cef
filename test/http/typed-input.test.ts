import * as v from 'valibot';
import { z } from 'zod';
import type { StandardSchema } from '../../src/core/standard-schema';
import { json, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { requireModule, told, typed } from './typed-under-test';

const { type } = requireModule<typeof import('arktype')>('arktype');

let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway();
});
afterAll(() => host.close());

const show = (value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : value instanceof Date ? value.toISOString() : value;

async function query(schema: StandardSchema, text: string) {
  host.seat(
    'acme.q',
    typed('GET', { schema: { query: schema } }, ({ query: made }) => ({
      made: Object.fromEntries(Object.entries(made as object).map(([name, value]) => [name, show(value)])),
    })),
  );
  return host.call(`/api/plugin/acme.q/x?${text}`);
}

describe('the texts of a query', () => {
  test.each([
    ['number', z.object({ n: z.number() }), 'n=1.5', { n: 1.5 }],
    ['negative', z.object({ n: z.number() }), 'n=-3', { n: -3 }],
    ['int', z.object({ n: z.int() }), 'n=7', { n: 7 }],
    ['optional', z.object({ n: z.number().optional() }), '', {}],
    ['default', z.object({ n: z.number().default(20) }), '', { n: 20 }],
    ['true', z.object({ b: z.boolean() }), 'b=true', { b: true }],
    ['false is no truth', z.object({ b: z.boolean() }), 'b=false', { b: false }],
    ['on and No', z.object({ b: z.boolean(), c: z.boolean() }), 'b=on&c=No', { b: true, c: false }],
    ['one value of a list', z.object({ t: z.array(z.string()) }), 't=a', { t: ['a'] }],
    ['a repeated name', z.object({ t: z.array(z.number()) }), 't=1&t=2', { t: [1, 2] }],
    ['a[] is a name like any', z.object({ 'a[]': z.array(z.number()) }), 'a[]=1', { 'a[]': [1] }],
    ['a date', z.object({ d: z.date() }), 'd=2024-02-29', { d: '2024-02-29T00:00:00.000Z' }],
    ['a big integer', z.object({ i: z.bigint() }), 'i=9007199254740993', { i: '9007199254740993n' }],
    ['digits of a text', z.object({ s: z.string() }), 's=007', { s: '007' }],
    [
      'a text or a number stays a text',
      z.object({ s: z.union([z.string(), z.number()]) }),
      's=5',
      { s: '5' },
    ],
    ['a record', z.record(z.string(), z.number()), 'a=1&b=2', { a: 1, b: 2 }],
    ['of arktype', type({ n: 'number', 'b?': 'boolean' }), 'n=4&b=no', { n: 4, b: false }],
    ['of valibot as they came', v.object({ n: v.string() }), 'n=4', { n: '4' }],
  ])('become what the schema asks for: %s', async (_name, schema, text, made) => {
    const answer = await query(schema as StandardSchema, text);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: { made } });
  });

  test.each([
    ['empty', z.object({ n: z.number() }), 'n='],
    ['NaN', z.object({ n: z.number() }), 'n=NaN'],
    ['Infinity', z.object({ n: z.number() }), 'n=Infinity'],
    ['hex', z.object({ n: z.number() }), 'n=0x10'],
    ['white space', z.object({ n: z.number() }), 'n=%205'],
    ['a repeated name for one number', z.object({ n: z.number() }), 'n=1&n=2'],
    ['half a date', z.object({ n: z.date() }), 'n=2024-02'],
    ['a day that is none', z.object({ n: z.date() }), 'n=2023-02-29'],
    ['maybe', z.object({ n: z.boolean() }), 'n=maybe'],
    ['an empty truth', z.object({ n: z.boolean() }), 'n='],
    ['words for a big integer', z.object({ n: z.bigint() }), 'n=many'],
  ])('that say something else are refused, and never repeated: %s', async (_name, schema, text) => {
    const answer = await query(schema, text);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toHaveLength(1);
    expect(answer.body.detail[0].loc).toEqual(['query', 'n']);
    expect(answer.body.detail[0].type).toMatch(/_(?:type|parsing)$/);
  });
});

describe('a refusal', () => {
  const item = z.object({
    name: z.string().min(2),
    price: z.number().positive(),
    tags: z.array(z.string()).max(1),
  });
  const order = z.object({
    items: z.array(item),
    kind: z.enum(['a', 'b']),
    email: z.email(),
    flag: z.boolean(),
  });

  test('tells every issue at its place, as clients of FastAPI read it', async () => {
    host.seat(
      'acme.o',
      typed('POST', { schema: { body: order } }, () => 'never'),
    );
    const bad = {
      items: [
        { price: 0, tags: ['x', 'y'] },
        { name: 'n', price: '1', tags: [] },
      ],
      kind: 'c',
      email: 'me',
    };
    const answer = await host.call('/api/plugin/acme.o/x', json(bad));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      title: 'Unprocessable Entity',
      status: 422,
      code: 'request/invalid',
      instance: '/api/plugin/acme.o/x',
    });
    expect(told(answer.body)).toEqual({
      'body.items.0.name': 'missing',
      'body.items.0.price': 'greater_than',
      'body.items.0.tags': 'too_long',
      'body.items.1.name': 'string_too_short',
      'body.items.1.price': 'float_type',
      'body.kind': 'enum',
      'body.email': 'value_error',
      'body.flag': 'missing',
    });
    expect(answer.body.detail[0]).toEqual({
      loc: ['body', 'items', 0, 'name'],
      msg: 'Field required',
      type: 'missing',
      at: 'body.items.0.name',
    });
  });

  test('of params, query, headers and body comes in one', async () => {
    const schema = {
      params: z.object({ id: z.int() }),
      query: z.object({ page: z.number() }),
      headers: z.object({ 'x-tenant': z.string(), 'x-count': z.number() }),
      body: z.object({ a: z.string() }),
    };
    host.seat('acme.h', { ...typed('POST', { schema }, () => 'never'), path: '/x/:id' });
    const answer = await host.call('/api/plugin/acme.h/x/me?page=p', json({}, { 'x-count': 'some' }));
    expect(told(answer.body)).toEqual({
      'path.id': 'int_parsing',
      'query.page': 'float_parsing',
      'header.x-tenant': 'missing',
      'header.x-count': 'float_parsing',
      'body.a': 'missing',
    });
  });

  test.each([
    ['valibot', v.object({ pin: v.number(), word: v.picklist(['ab']) })],
    ['arktype', type({ pin: 'number', word: "'ab'" })],
    ['zod', z.object({ pin: z.number(), word: z.literal('ab') })],
    [
      'a library nobody knows',
      {
        '~standard': {
          version: 1,
          vendor: 'own',
          validate: (value: any) => ({
            issues: [
              { message: `${value.pin} is no pin`, path: ['pin'] },
              { message: 'bad', path: ['word'] },
            ],
          }),
        },
      } as unknown as StandardSchema,
    ],
  ])('never repeats what was sent: %s', async (_name, body) => {
    host.seat(
      'acme.s',
      typed('POST', { schema: { body } }, () => 'never'),
    );
    const answer = await host.call('/api/plugin/acme.s/x', json({ pin: 'hunter2', word: 'swordfish' }));
    expect(answer.status).toBe(422);
    expect(Object.keys(told(answer.body))).toEqual(['body.pin', 'body.word']);
    expect(answer.text).not.toMatch(/hunter2|swordfish/);
    expect(host.log.map(({ message }) => message).join()).not.toMatch(/hunter2|swordfish/);
  });

  test('tells at most a hundred issues', async () => {
    host.seat(
      'acme.m',
      typed('POST', { schema: { body: z.array(z.number()) } }, () => 'never'),
    );
    const answer = await host.call('/api/plugin/acme.m/x', json(Array(500).fill('x')));
    expect(answer.body.detail).toHaveLength(100);
  });

  test('of a body that is not there says so; of malformed JSON and another type it is what it always was', async () => {
    host.seat(
      'acme.b',
      typed('POST', { schema: { body: z.object({}) } }, () => ({})),
    );
    const at = '/api/plugin/acme.b/x';
    const absent = await host.call(at, { method: 'POST' });
    expect(absent.body.detail).toEqual([
      { loc: ['body'], msg: 'Field required', type: 'missing', at: 'body' },
    ]);
    expect((await host.call(at, json('{'))).body.code).toBe('body/invalid-json');
    expect((await host.call(at, { method: 'POST', body: 'text' })).status).toBe(415);
  });

  test("tells an author's own check in the author's words, also of what is not there", async () => {
    const body = z
      .object({ a: z.string(), b: z.string().optional() })
      .refine(({ a, b }) => a === b, { path: ['b'], message: 'say it twice' });
    host.seat(
      'acme.r',
      typed('POST', { schema: { body } }, () => 'never'),
    );
    const answer = await host.call('/api/plugin/acme.r/x', json({ a: 'x' }));
    expect(answer.body.detail).toEqual([
      { loc: ['body', 'b'], msg: 'say it twice', type: 'value_error', at: 'body.b' },
    ]);
  });
});

describe('what the handler gets', () => {
  test('is what the schemas made, and can be destructured beside the rest', async () => {
    const schema = {
      params: z.object({ id: z.int() }),
      query: z.object({ q: z.string().default('all') }),
      headers: z.object({ 'x-count': z.number(), 'x-many': z.array(z.string()) }),
      body: z.object({ at: z.date(), name: z.string().transform((name) => name.toUpperCase()) }),
    };
    host.seat('acme.g', {
      ...typed(
        'POST',
        { schema },
        ({ params, query: q, headers, body, json: raw, method, requestId, ip }) => ({
          ...{ params, q, headers, body, raw: raw(), method, ip },
          known: [body.at instanceof Date, typeof requestId],
        }),
      ),
      path: '/x/:id',
    });
    const answer = await host.call(
      '/api/plugin/acme.g/x/7',
      json({ at: '2024-01-02T03:04:05Z', name: 'ada', leak: 1 }, { 'x-count': '3', 'x-many': 'a' }),
    );
    expect(answer.body).toEqual({
      params: { id: 7 },
      q: { q: 'all' },
      headers: { 'x-count': 3, 'x-many': ['a'] },
      body: { at: '2024-01-02T03:04:05.000Z', name: 'ADA' },
      raw: { at: '2024-01-02T03:04:05Z', name: 'ada', leak: 1 },
      method: 'POST',
      ip: '127.0.0.1',
      known: [true, 'string'],
    });
  });

  test('is untouched where there is no schema', async () => {
    host.seat('acme.u', {
      ...typed('POST', { schema: { query: z.object({}) } }, ({ params, headers, body, fields }) => ({
        params,
        type: headers.get('content-type'),
        body,
        fields,
      })),
      path: '/x/:id',
    });
    const answer = await host.call('/api/plugin/acme.u/x/7', json({ a: 1 }));
    expect(answer.body).toEqual({
      params: { id: '7' },
      type: 'application/json',
      body: { a: 1 },
      fields: {},
    });
  });

  test('of a form are its fields, converted', async () => {
    const fields = z.object({ count: z.number(), tags: z.array(z.string()) });
    const body = { kind: 'multipart' as const, files: { report: { required: true } } };
    host.seat(
      'acme.f',
      typed('POST', { schema: { fields }, body }, (x) => ({ ...x.fields, file: x.files.report.filename })),
    );
    const form = new FormData();
    form.append('count', '3');
    form.append('tags', 'one');
    form.append('report', new Blob(['x']), 'r.txt');
    const good = await host.call('/api/plugin/acme.f/x', { method: 'POST', body: form });
    expect(good.body).toEqual({ count: 3, tags: ['one'], file: 'r.txt' });
    form.set('count', 'three');
    const bad = await host.call('/api/plugin/acme.f/x', { method: 'POST', body: form });
    expect(told(bad.body)).toEqual({ 'body.count': 'float_parsing' });
  });

  test('of an urlencoded body are values converted as its schema says', async () => {
    const body = { kind: 'form' as const };
    host.seat(
      'acme.e',
      typed('POST', { schema: { body: z.object({ n: z.number() }) }, body }, (x) => x.body),
    );
    const answer = await host.call('/api/plugin/acme.e/x', {
      method: 'POST',
      body: new URLSearchParams({ n: '4' }),
    });
    expect(answer.body).toEqual({ n: 4 });
  });

  test('may be checked in its own time', async () => {
    const free = z.string().refine(async (name) => (await Promise.resolve(name)) !== 'taken', 'is taken');
    host.seat(
      'acme.a',
      typed(
        'POST',
        { schema: { body: z.object({ name: free }), query: z.object({ q: free.optional() }) } },
        (x) => x.body,
      ),
    );
    expect((await host.call('/api/plugin/acme.a/x', json({ name: 'free' }))).body).toEqual({ name: 'free' });
    const refused = await host.call('/api/plugin/acme.a/x?q=taken', json({ name: 'taken' }));
    expect(refused.body.detail.map(({ at, msg }: any) => [at, msg])).toEqual([
      ['query.q', 'is taken'],
      ['body.name', 'is taken'],
    ]);
  });

  test('never has a prototype that was sent', async () => {
    const open = { body: z.looseObject({}), query: z.looseObject({}) };
    host.seat(
      'acme.p',
      typed('POST', { schema: open }, (x) => ({
        polluted: [({} as any).x, x.body.x, x.query.x].map((found) => found ?? 'clean'),
        roots: [x.body, x.query].map((value) =>
          [Object.prototype, null].includes(Object.getPrototypeOf(value)),
        ),
      })),
    );
    const answer = await host.call(
      '/api/plugin/acme.p/x?__proto__=1&constructor=2',
      json('{"__proto__":{"x":1}}'),
    );
    expect(answer.body).toEqual({ polluted: ['clean', 'clean', 'clean'], roots: [true, true] });
  });
});
