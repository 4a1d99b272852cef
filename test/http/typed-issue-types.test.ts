import { z } from 'zod';
import { json, startGateway, type GatewayUnderTest } from './gateway-under-test';
import { told, typed } from './typed-under-test';

let host: GatewayUnderTest;
beforeAll(async () => {
  host = await startGateway({ settings: { limits: { jsonValues: 2_000 } } });
});
afterAll(() => host.close());
const at = '/api/plugin/acme.t/x';

const kinds = {
  whole: z.int(),
  some: z.number(),
  yes: z.boolean(),
  when: z.date(),
  at: z.iso.datetime(),
  day: z.iso.date(),
  list: z.array(z.int()),
};
const wrong = { whole: '1.5', some: 'x', yes: 'perhaps', when: 'soon', at: 'now', day: 'today', list: 'x' };
const parsing = {
  whole: 'int_parsing',
  some: 'float_parsing',
  yes: 'bool_parsing',
  when: 'datetime_parsing',
  at: 'datetime_parsing',
  day: 'date_from_datetime_parsing',
  'list.0': 'int_parsing',
};
const below = (part: string, types: Record<string, string>) =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [`${part}.${name}`, type]));

describe('what is wrong with a value', () => {
  test('that came as a text is that it cannot be read', async () => {
    host.seat(
      'acme.t',
      typed('GET', { schema: { query: z.object(kinds) } }, () => 'never'),
    );
    const answer = await host.call(`${at}?${new URLSearchParams(wrong).toString()}`);
    expect(told(answer.body)).toEqual(below('query', parsing));
  });

  test('of a form is that it cannot be read, too', async () => {
    const schema = { body: z.object(kinds) };
    host.seat(
      'acme.t',
      typed('POST', { schema, body: { kind: 'auto' } }, () => 'never'),
    );
    const answer = await host.call(at, { method: 'POST', body: new URLSearchParams(wrong) });
    expect(told(answer.body)).toEqual(below('body', parsing));
  });

  test('in JSON is its type, but for dates, which are texts there', async () => {
    host.seat(
      'acme.t',
      typed('POST', { schema: { body: z.object(kinds) } }, () => 'never'),
    );
    const answer = await host.call(at, json({ ...wrong, list: ['x', 1.5] }));
    expect(told(answer.body)).toEqual(
      below('body', {
        whole: 'int_type',
        some: 'float_type',
        yes: 'bool_type',
        when: 'datetime_parsing',
        at: 'datetime_parsing',
        day: 'date_from_datetime_parsing',
        'list.0': 'int_type',
        'list.1': 'int_type',
      }),
    );
  });
});

describe('a JSON body of more values than the host checks', () => {
  test('is refused before its schema sees it, however they are nested', async () => {
    let looks = 0;
    const body = z.unknown().refine(() => (looks += 1));
    host.seat(
      'acme.t',
      typed('POST', { schema: { body } }, () => 'fine'),
    );
    const flat = Array<number>(2_001).fill(1);
    for (const many of [flat, [flat.slice(1_000), flat.slice(1_000)], { a: { b: flat } }]) {
      const answer = await host.call(at, json(many));
      expect([answer.status, answer.body.detail]).toEqual([
        422,
        [{ loc: ['body'], msg: 'More than 2000 values', type: 'too_long', at: 'body' }],
      ]);
    }
    expect(looks).toBe(0);
    expect((await host.call(at, json(flat.slice(1)))).status).toBe(200);
    expect(looks).toBe(1);
  });

  test('is none of the matter of endpoints without a schema', async () => {
    host.seat(
      'acme.t',
      typed('POST', { body: { kind: 'json' } }, () => 'fine'),
    );
    expect((await host.call(at, json(Array<number>(5_000).fill(1)))).status).toBe(200);
  });
});
