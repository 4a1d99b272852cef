import fc from 'fast-check';
import { z } from 'zod';
import { Plugin } from '../../src/index';
import { request, type PluginAgent } from '../../src/testing';

const info = { author: 'acme', module: 'typed', name: 'Typed', version: '1.0.0', description: '' };
const Order = z.object({
  name: z.string().min(1),
  quantity: z.int().min(1).max(99),
  tags: z.array(z.string()).default([]),
  gift: z.boolean().optional(),
  items: z.array(z.object({ sku: z.string(), price: z.number().nullable() })),
});
const Search = z.object({
  limit: z.int().default(10),
  exact: z.boolean().optional(),
  tag: z.array(z.string()).optional(),
  sort: z.enum(['up', 'down']).optional(),
});

let agent: PluginAgent;
beforeAll(async () => {
  const plugin = new Plugin(info)
    .post('/orders', { body: Order }, ({ body }) => body)
    .get('/search/:page', { params: z.object({ page: z.int() }), query: Search }, ({ params, query }) => ({
      ...params,
      ...query,
    }));
  agent = await request(plugin);
});
afterAll(() => agent.stop());

const ask = async (path: string, init?: RequestInit) => {
  const answer = await fetch(`${agent.host.url}/api/plugin/acme.typed${path}`, init);
  return { status: answer.status, body: (await answer.json()) as any };
};
const post = (value: unknown) =>
  ask('/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  });

/** A body that is nearly right: each of its parts is left alone, or is anything. */
const anyOr = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.jsonValue() });
const nearly = fc.record(
  {
    name: anyOr(fc.string({ minLength: 1 })),
    quantity: anyOr(fc.integer({ min: 0, max: 100 })),
    tags: anyOr(fc.array(fc.string(), { maxLength: 3 })),
    gift: anyOr(fc.boolean()),
    items: anyOr(
      fc.array(
        fc.record({
          sku: anyOr(fc.string()),
          price: anyOr(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))),
        }),
        { maxLength: 3 },
      ),
    ),
    more: fc.jsonValue(),
  },
  { requiredKeys: ['name', 'items'] },
);
const runs = { numRuns: 200 };

describe('whatever is sent to a typed endpoint', () => {
  test('a body is taken exactly when its schema takes it, and every issue is told with its place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 5, arbitrary: nearly }, { weight: 1, arbitrary: fc.jsonValue() }),
        async (sent) => {
          const value: unknown = JSON.parse(JSON.stringify(sent));
          const judged = Order.safeParse(value);
          const { status, body } = await post(value);
          if (judged.success)
            expect({ status, body }).toEqual({ status: 200, body: JSON.parse(JSON.stringify(judged.data)) });
          else {
            expect(status).toBe(422);
            expect(body.detail.map(({ loc }: any) => loc)).toEqual(
              judged.error.issues.map(({ path }) => ['body', ...path]),
            );
            for (const issue of body.detail)
              expect(issue).toMatchObject({
                msg: expect.stringMatching(/./),
                type: expect.stringMatching(/./),
              });
          }
        },
      ),
      runs,
    );
  });

  test('numbers, booleans and lists of a query come as such', async () => {
    const valid = fc.record(
      {
        limit: fc.maxSafeInteger(),
        exact: fc.boolean(),
        tag: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
        sort: fc.constantFrom('up', 'down'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), valid, async (page, query) => {
        const pairs = Object.entries(query).flatMap(([name, value]) =>
          [value].flat().map((one): [string, string] => [name, String(one)]),
        );
        const found = await ask(`/search/${page}?${new URLSearchParams(pairs).toString()}`);
        expect(found).toEqual({ status: 200, body: { page, limit: 10, ...query } });
      }),
      runs,
    );
  });

  test('no text in its address makes it fail, and what is refused is told by its place', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const pairs = fc.array(
      fc.tuple(fc.oneof(fc.constantFrom('limit', 'exact', 'tag', 'sort', '__proto__'), text), text),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.integer().map(String), text), pairs, async (page, query) => {
        const path = encodeURIComponent(page);
        fc.pre(path !== '' && path !== '.' && path !== '..' && !path.includes('%00'));
        const { status, body } = await ask(`/search/${path}?${new URLSearchParams(query).toString()}`);
        expect([200, 422]).toContain(status);
        if (status === 422)
          for (const { loc } of body.detail)
            expect([
              ['path', 'page'],
              ['query', loc[1], ...loc.slice(2)],
            ]).toContainEqual(loc);
        else expect(Search.safeParse(body).success).toBe(true);
      }),
      runs,
    );
  });

  test('no bytes in its body make it fail', async () => {
    const types = fc.constantFrom(
      'application/json',
      'application/problem+json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(
        types,
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
        ),
        async (type, bytes) => {
          const init = { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(bytes) };
          const { status } = await ask('/orders', init);
          expect([400, 413, 415, 422]).toContain(status);
        },
      ),
      runs,
    );
  });
});
