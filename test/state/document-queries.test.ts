import type { DocumentQuery, DocumentStore } from '../../src/core/documents';
import { eachDatabase, newPlugin, refusalOf, WAYS, type DatabaseUnderTest, type Way } from './each-database';

const ORDERS = [
  { id: 'a', total: 10, state: 'paid', customer: { email: 'ann@example.org', vip: true } },
  { id: 'b', total: 9.5, state: 'new', customer: { email: 'bob@example.org', vip: false } },
  { id: 'c', total: 100, state: 'paid', customer: null },
  { id: 'd', total: '10', state: 'Paid', tags: ['x'] },
  { id: 'e', state: '\u{1F600}', total: null },
  { id: 'f', total: -1, state: '\uFF5E' },
  { id: 'g', total: true, customer: { email: 5 } },
];

eachDatabase('queries', (given) => {
  describe.each(Object.keys(WAYS) as Way[])('through %s', (way) => {
    let store: DocumentStore;
    beforeAll(async () => {
      store = WAYS[way](given(), newPlugin());
      for (const order of ORDERS) await store.create('orders', order);
    });
    const ids = async (query?: DocumentQuery) =>
      (await store.query('orders', query)).documents.map(({ id }) => id).join('');

    test.each<[string, DocumentQuery['where'] & object, string]>([
      ['a number', { total: 10 }, 'a'],
      ['a text', { total: '10' }, 'd'],
      ['a truth value', { 'customer.vip': false }, 'b'],
      ['null, which is not nothing', { total: null }, 'e'],
      ['no field', { customer: { exists: false } }, 'def'],
      ['a field, be it null', { customer: { exists: true } }, 'abcg'],
      ['something inside nothing', { 'customer.vip.more': { exists: true } }, ''],
      ['all but one value', { total: { ne: 10 } }, 'bcdefg'],
      ['all but null', { total: { ne: null } }, 'abcdfg'],
      ['more than a number', { total: { gt: 9.5 } }, 'ac'],
      ['a number or more', { total: { gte: 9.5 } }, 'abc'],
      ['between', { total: { gt: -1, lte: 10 } }, 'ab'],
      ['less than a text, by code point', { state: { lt: 'paid' } }, 'bd'],
      ['a text or more, by code point', { state: { gte: '\uFF5E' } }, 'ef'],
      ['one of several, of whatever kind', { total: { in: [10, '10', null, true, 7] } }, 'adeg'],
      ['one of none', { total: { in: [] } }, ''],
      ['two fields', { state: 'paid', total: { lt: 50 } }, 'a'],
      ['the id', { id: { in: ['b', 'z'] } }, 'b'],
      ['no step into a list', { 'tags.0': { exists: true } }, ''],
      ['a list as such', { tags: { exists: true } }, 'd'],
      ['never a list by value', { tags: 'x' }, ''],
      ['when it was made', { $createdAt: { gt: 0, lt: 9e15 } }, 'abcdefg'],
      ['not made yet', { $createdAt: { gt: 9e15 } }, ''],
      ['what objects inherit', { constructor: { exists: true } }, ''],
    ])('%s is found', async (_what, where, found) => {
      expect(await ids({ where })).toBe(found);
    });

    test.each([
      [undefined, 'abcdefg'],
      ['id', 'abcdefg'],
      ['-id', 'gfedcba'],
      // Numbers, texts, truth values, null, and then nothing.
      ['total', 'fbacdge'],
      ['-total', 'cabfdge'],
      ['state', 'dbacfeg'],
      ['-state', 'efacbdg'],
      ['customer.email', 'gabcdef'],
      ['-customer.email', 'gbacdef'],
    ])('the order %p is by value, what has none last, equal ones by id', async (order, expected) => {
      expect(await ids(order === undefined ? {} : { order })).toBe(expected);
    });

    test.each(['total', '-total', 'state', '-customer.email', '$createdAt', '-$createdAt', undefined])(
      'pages in the order %p are the whole, cut',
      async (order) => {
        const whole = await ids(order === undefined ? {} : { order });
        for (const limit of [1, 2, 3, 7, 100]) {
          const pages: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await store.query('orders', {
              ...(order === undefined ? {} : { order }),
              ...(cursor === undefined ? {} : { cursor }),
              limit,
            });
            pages.push(page.documents.map(({ id }) => id).join(''));
            cursor = page.cursor;
          } while (cursor !== undefined);
          expect([limit, pages.join('')]).toEqual([limit, whole]);
          expect(pages).toHaveLength(Math.ceil(7 / limit));
        }
      },
    );

    test('a cursor goes on where the page ended, whatever was written meanwhile', async () => {
      for (const n of [1, 2, 3, 4]) await store.create('moving', { id: `m${n}`, n });
      const { cursor } = await store.query('moving', { order: 'n', limit: 2 });
      await store.delete('moving', 'm2');
      await store.create('moving', { id: 'm0', n: 0 });
      await store.create('moving', { id: 'm25', n: 2.5 });
      const next = await store.query('moving', { order: 'n', cursor: cursor! });
      expect(next.documents.map(({ id }) => id)).toEqual(['m25', 'm3', 'm4']);
    });

    test('long texts are ordered by their first 256 characters, and pages go on all the same', async () => {
      const head = '\u{1F600}'.repeat(255);
      for (const [id, text] of Object.entries({ a: `${head}zB`, b: `${head}zA`, c: `${head}y`, d: head }))
        await store.create('texts', { id, text: text.padEnd(5_000, '!') });
      const found: string[] = [];
      for (let cursor: string | undefined, more = true; more;) {
        const page = await store.query('texts', { order: 'text', limit: 1, ...(cursor && { cursor }) });
        found.push(...page.documents.map(({ id }) => id));
        more = (cursor = page.cursor) !== undefined;
        expect(cursor?.length ?? 0).toBeLessThan(2_000);
      }
      expect(found.join('')).toBe('dcab');
    });

    test.each<object>([
      { where: { 'a..b': 1 } },
      { where: { '': 1 } },
      { where: { 'a"b': 1 } },
      { where: { 'a\\': 1 } },
      { where: { $version: 1 } },
      { where: { ['a.'.repeat(20) + 'b']: 1 } },
      { where: { a: { like: 'x' } } },
      { where: { a: { toString: 1 } } },
      { where: { a: {} } },
      { where: { a: undefined } },
      { where: { a: { eq: undefined } } },
      { where: { a: { eq: { ne: '' } } } },
      { where: { a: [1] } },
      { where: { a: NaN } },
      { where: { a: { gt: true } } },
      { where: { a: { in: 'abc' } } },
      { where: { a: { in: Array.from({ length: 501 }, (_, n) => n) } } },
      { where: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, 1])) },
      { where: { a: { exists: 1 } } },
      { where: [] },
      { order: '-' },
      { order: 5 },
      { limit: NaN },
    ])('%j is refused', async (query) => {
      expect(await refusalOf(store.query('orders', query as DocumentQuery))).toBe('store/bad-query');
    });

    test('a cursor of another order, or none at all, is the caller’s mistake', async () => {
      const { cursor } = await store.query('orders', { order: 'total', limit: 1 });
      const wrong = ['', 'x', '!', Buffer.from('[1]').toString('base64url'), 'x'.repeat(9_000)];
      const queries = [{ order: 'state', cursor: cursor! }, { cursor: cursor! }];
      for (const query of [...wrong.map((one) => ({ order: 'total', cursor: one })), ...queries])
        await expect(store.query('orders', query)).rejects.toMatchObject({
          code: 'store/bad-cursor',
          status: 400,
        });
    });

    test('names and values are never code', async () => {
      const names = ["it's", 'a]b', 'x--', '*', '$[0]', "') or 1=1 --", 'a b', 'ключ', '0', '?1', '#-1'];
      const document = { id: 'odd', ...Object.fromEntries(names.map((name) => [name, `${name}'); --`])) };
      await store.create('odd', document);
      for (const name of names.filter((one) => !one.startsWith('$'))) {
        const query = (value: string) => store.query('odd', { where: { [name]: value }, order: `-${name}` });
        expect([name, (await query(`${name}'); --`)).documents.length]).toEqual([name, 1]);
        expect([name, (await query(`' or '1'='1`)).documents.length]).toEqual([name, 0]);
      }
    });

    test('numbers are those of JavaScript', async () => {
      const numbers = [0.1 + 0.2, 0.3, 2 ** 62, 2 ** 62 + 1024, 1e21, -1e300, 5e-324, 1.7976931348623157e308];
      for (const [index, n] of numbers.entries()) await store.create('numbers', { id: `n${index}`, n });
      for (const [index, n] of numbers.entries()) {
        const { documents } = await store.query('numbers', { where: { n } });
        expect([n, documents.map(({ id }) => id)]).toEqual([n, [`n${index}`]]);
      }
      const { documents } = await store.query<{ n: number }>('numbers', { order: 'n' });
      expect(documents.map(({ data }) => data.n)).toEqual([...numbers].sort((a, b) => a - b));
    });
  });

  test('what is committed and what a job has in hand are asked as one', async () => {
    const plugin = newPlugin();
    const [committed, apart] = [
      WAYS['plugin.store'](given(), plugin),
      WAYS['job.store'](given(), newPlugin()),
    ];
    const draw = randomly(7);
    for (let n = 0; n < 60; n += 1) await committed.create('mixed', { id: `d${n}`, ...someFields(draw) });
    const inHand = WAYS['job.store'](given(), plugin);
    for (let n = 0; n < 60; n += 1) {
      const id = `d${Math.floor(draw() * 80)}`;
      const there = await inHand.get('mixed', id);
      if (there === undefined) await inHand.create('mixed', { id, ...someFields(draw) });
      else if (draw() < 0.5) await inHand.delete('mixed', id);
      else await inHand.update('mixed', id, someFields(draw));
    }
    for (const { data } of await inHand.list<{ id: string }>('mixed')) await apart.create('mixed', data);
    await sameAnswers(inHand, apart, draw, 60);
  });

  test('the database answers as memory does', async () => {
    const draw = randomly(11);
    const [committed, apart] = bothStores(given());
    for (let n = 0; n < 120; n += 1) {
      const document = { id: `d${n}`, ...someFields(draw) };
      await Promise.all([committed.create('mixed', document), apart.create('mixed', document)]);
    }
    await sameAnswers(committed, apart, draw, 150);
  });
});

function bothStores(given: DatabaseUnderTest): [DocumentStore, DocumentStore] {
  return [WAYS['plugin.store'](given, newPlugin()), WAYS['job.store'](given, newPlugin())];
}

/** Asks both the same drawn queries, all their pages, `$createdAt` apart. */
async function sameAnswers(one: DocumentStore, other: DocumentStore, draw: () => number, times: number) {
  let found = 0;
  for (let n = 0; n < times; n += 1) {
    const query = someQuery(draw);
    const [answer, wanted] = await Promise.all([everything(one, query), everything(other, query)]);
    expect({ query, answer }).toEqual({ query, answer: wanted });
    found += answer.length;
  }
  expect(found).toBeGreaterThan(times);
}

async function everything(store: DocumentStore, query: DocumentQuery): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query('mixed', { ...query, ...(cursor !== undefined && { cursor }) });
    found.push(...page.documents.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** The same numbers with each run, from 0 to 1. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const VALUES = [1, 2, 2.5, -3, 0, '', 'a', 'B', 'ä', '2', '\u{1F600}', '\uFFFF', true, false, null];
const pick = <T>(draw: () => number, from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;

function someFields(draw: () => number): object {
  const value = () => (draw() < 0.1 ? pick<unknown>(draw, [[1], { b: 1 }, []]) : pick<unknown>(draw, VALUES));
  return {
    ...(draw() < 0.8 && { x: value() }),
    ...(draw() < 0.8 && { y: { z: value() } }),
  };
}

function someQuery(draw: () => number): DocumentQuery {
  const field = () => pick(draw, ['x', 'y.z', 'y', 'id']);
  const one = () => pick(draw, VALUES);
  const ordered = () => pick(draw, ['a', 'ä', '', 1, 2.5, -3]);
  const condition = () =>
    pick<() => object>(draw, [
      () => ({ eq: one() }),
      () => ({ ne: one() }),
      () => ({ in: [one(), one(), one()] }),
      () => ({ [pick(draw, ['gt', 'gte', 'lt', 'lte'])]: ordered() }),
      () => ({ exists: draw() < 0.5 }),
    ])();
  const order = draw() < 0.8 ? { order: `${draw() < 0.5 ? '-' : ''}${field()}` } : {};
  return {
    where: { [field()]: condition(), ...(draw() < 0.3 && { [field()]: condition() }) },
    limit: pick(draw, [3, 17, 1_000]),
    ...order,
  } as DocumentQuery;
}
