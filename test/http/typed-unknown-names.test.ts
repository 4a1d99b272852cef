import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import type { JsonSchema } from '../../src/core/json-schema';
import type { StandardSchema } from '../../src/core/standard-schema';
import { unknownNamesOf } from '../../src/http/unknown-names';
import { json, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { requireModule, told, typed } from './typed-under-test';

const { type } = requireModule<typeof import('arktype')>('arktype');
let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway();
});
afterAll(() => host.close());
const at = '/api/plugin/acme.n/x';

interface Tree {
  name: string;
  kids: Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get kids() {
    return z.array(tree);
  },
});

async function refused(body: unknown, sent: unknown): Promise<string[]> {
  host.seat(
    'acme.n',
    typed('POST', { schema: { body: body as StandardSchema, unknown: 'refuse' } }, () => 'fine'),
  );
  const answer = await host.call(at, json(JSON.stringify(sent)));
  if (answer.status === 200) return [];
  expect(answer.status).toBe(422);
  expect(new Set(Object.values(told(answer.body)))).toEqual(new Set(['extra_forbidden']));
  return Object.keys(told(answer.body));
}

const address = z.object({ city: z.string() });
const cases: [string, unknown, unknown, string[]][] = [
  ['at the top', z.object({ a: z.number() }), { a: 1, b: 2 }, ['body.b']],
  ['below', z.object({ at: address }), { at: { city: 'x', zip: 1 } }, ['body.at.zip']],
  [
    'in lists',
    z.object({ l: z.array(address) }),
    { l: [{ city: 'a' }, { city: 'b', zip: 1 }] },
    ['body.l.1.zip'],
  ],
  ['in places of a tuple', z.tuple([address, z.number()]), [{ city: 'a', b: 1 }, 1], ['body.0.b']],
  ['in a record', z.record(z.string(), address), { any: { city: 'x', zip: 1 } }, ['body.any.zip']],
  ['in what refers to itself', tree, { name: 'a', kids: [{ name: 'b', kids: [], x: 1 }] }, ['body.kids.0.x']],
  [
    'unless a branch knows it',
    z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
    { a: 1, b: 2 },
    [],
  ],
  [
    'unless no branch knows it',
    z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
    { a: 1, c: 2 },
    ['body.c'],
  ],
  [
    'of both halves',
    z.intersection(z.object({ a: z.number() }), z.object({ b: z.number() })),
    { a: 1, b: 2, c: 3 },
    ['body.c'],
  ],
  ['unless any is taken', z.looseObject({ a: z.number() }), { a: 1, b: 2 }, []],
  ['unless anything is taken', z.object({ a: z.unknown() }), { a: { b: 2 } }, []],
  ['once, where the schema is strict itself', z.strictObject({ a: z.number() }), { a: 1, b: 2 }, ['body.b']],
  ['of arktype', type({ a: 'number' }), { a: 1, b: 2 }, ['body.b']],
  ['not of valibot, which does not say', v.object({ a: v.number() }), { a: 1, b: 2 }, []],
  ['of optional parts', z.object({ at: address.nullish() }), { at: { city: 'x', zip: 1 } }, ['body.at.zip']],
];

test.each(cases)(
  'names that no schema declares are refused where that is wanted: %s',
  async (_name, body, sent, places) => {
    expect(await refused(body, sent)).toEqual(places);
  },
);

test('names like those of prototypes are names like any', async () => {
  host.seat(
    'acme.n',
    typed('POST', { schema: { body: z.object({}), unknown: 'refuse' } }, () => 'fine'),
  );
  const answer = await host.call(at, json('{"__proto__": 1, "constructor": 2}'));
  expect(Object.keys(told(answer.body))).toEqual(['body.__proto__', 'body.constructor']);
});

test('of the query too, never of headers; the host may want it of all endpoints, and one may not', async () => {
  const routes = {
    defaultAccess: 'public',
    docs: 'off',
    unknownFields: 'refuse',
    brokenResponses: 'log',
  } as const;
  const strict = await startGateway({ settings: { routes } });
  const schema = {
    query: z.object({ a: z.string().optional() }),
    headers: z.object({ 'x-a': z.string().optional() }),
  };
  strict.seat(
    'acme.n',
    typed('GET', { schema }, () => 'fine'),
  );
  expect(told((await strict.call(`${at}?utm=1`)).body)).toEqual({ 'query.utm': 'extra_forbidden' });
  strict.seat(
    'acme.n',
    typed('GET', { schema: { ...schema, unknown: 'ignore' } }, () => 'fine'),
  );
  expect((await strict.call(`${at}?utm=1`)).status).toBe(200);
  await strict.close();
});

test.each(['ignore', 'refuse'] as const)(
  'whatever JSON comes is taken or refused, and nothing breaks: %s',
  async (unknown) => {
    const body = z.union([
      tree,
      z.object({ a: z.number(), b: z.array(z.string()), d: z.date().optional() }),
      z.array(z.int()),
    ]);
    host.seat(
      'acme.n',
      typed('POST', { schema: { body, unknown } }, () => 'fine'),
    );
    host.log.length = 0;
    const near = fc.record(
      {
        a: fc.oneof(fc.integer(), fc.jsonValue()),
        b: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
        d: fc.string(),
        __proto__: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue({ maxDepth: 6 }), near), async (value) => {
        const answer = await host.call(at, json(JSON.stringify(value)));
        expect([200, 422]).toContain(answer.status);
      }),
      { numRuns: 200 },
    );
    expect(host.log.filter(({ level }) => level === 'error')).toEqual([]);
  },
);

test('JSON nested without end is refused, not broken', async () => {
  host.seat(
    'acme.n',
    typed('POST', { schema: { body: tree, unknown: 'refuse' } }, () => 'fine'),
  );
  const depth = 40_000;
  const sent = `${'{"name":"a","kids":['.repeat(depth)}${']}'.repeat(depth)}`;
  const answer = await host.call(at, json(sent));
  expect(told(answer.body)).toEqual({ body: 'recursion_loop' });
  expect((await host.call(at, json({ name: 'a', kids: [] }))).status).toBe(200);
});

test('a choice that refers to itself is walked as often as there are values', () => {
  let visits = 0;
  const kid = (): JsonSchema => ({
    type: 'object',
    get properties() {
      visits += 1;
      if (visits > 10_000) throw new Error('it is walked without end');
      return { kid: { $ref: '#' } };
    },
    additionalProperties: false,
  });
  const walk = unknownNamesOf({ anyOf: [kid(), kid()] });
  const deep = JSON.parse(`${'{"kid":'.repeat(200)}{"other":1}${'}'.repeat(200)}`) as unknown;
  const found: (readonly PropertyKey[])[] = [];
  walk(deep, (path) => found.push(path));
  expect(found).toEqual([[...Array<string>(200).fill('kid'), 'other']]);
});
