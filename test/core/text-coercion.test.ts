import { z } from 'zod';
import { jsonSchemaOf } from '../../src/core/json-schema';
import type { StandardSchema } from '../../src/core/standard-schema';
import { coercionOf, type WrittenAs } from '../../src/core/text-coercion';

const coerce = (schema: z.ZodType, value: unknown, from: WrittenAs = 'texts') =>
  coercionOf(jsonSchemaOf(schema as unknown as StandardSchema, 'input'), from)(value);
const field = (schema: z.ZodType, value: unknown, from: WrittenAs = 'texts') =>
  (coerce(z.object({ field: schema }), { field: value }, from) as { field: unknown }).field;

test.each([
  ['5', 5],
  ['-0.25', -0.25],
  ['1e3', 1000],
  ['.5', 0.5],
  ['9007199254740993', '9007199254740993'],
  ['', ''],
  [' 5', ' 5'],
  ['0x10', '0x10'],
  ['Infinity', 'Infinity'],
  ['NaN', 'NaN'],
  ['1e999', '1e999'],
  ['5,5', '5,5'],
  [`${'9'.repeat(500)}`, '9'.repeat(500)],
])('the number %j becomes %j', (text, made) => {
  expect(field(z.number(), text)).toBe(made);
});

test('a whole number that is none stays a number, for the schema to refuse', () => {
  expect(field(z.int(), '1.5')).toBe(1.5);
  expect(field(z.int(), '12')).toBe(12);
});

test.each([
  ['true', true],
  ['ON', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['off', false],
  ['0', false],
  ['No', false],
  ['maybe', 'maybe'],
  ['', ''],
])('the truth %j becomes %j', (text, made) => {
  expect(field(z.boolean(), text)).toBe(made);
});

test.each([
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21T10:30:00Z', '2026-11-21T10:30:00.000Z'],
  ['2026-11-21T10:30:00+02:00', '2026-11-21T08:30:00.000Z'],
  ['2026-11-21T10:30', '2026-11-21T10:30:00.000Z'],
])('the date %s is that moment, in requests and in JSON', (text, moment) => {
  expect((field(z.date(), text) as Date).toISOString()).toBe(moment);
  expect((field(z.date(), text, 'json') as Date).toISOString()).toBe(moment);
});

test.each(['2026-02-30', '2026-13-01', 'tomorrow', '1700000000', '2026-11-21T25:00:00Z', 'Nov 21 2026'])(
  'the date %s is none',
  (text) => {
    expect(field(z.date(), text)).toBe(text);
  },
);

test('big integers are read exactly', () => {
  expect(field(z.bigint(), '9007199254740993')).toBe(9_007_199_254_740_993n);
  expect(field(z.bigint(), 12, 'json')).toBe(12n);
  expect(field(z.bigint(), '1.5')).toBe('1.5');
});

test('one text for a list is a list of one; several are converted one by one', () => {
  expect(field(z.array(z.number()), '5')).toEqual([5]);
  expect(field(z.array(z.number()), ['5', 'x'])).toEqual([5, 'x']);
  expect(field(z.array(z.string()), 'a,b')).toEqual(['a,b']);
  expect(field(z.tuple([z.string(), z.number()]), ['5', '5'])).toEqual(['5', 5]);
});

test('in a setting a list stands between commas or as JSON, and an object as JSON', () => {
  expect(field(z.array(z.number()), '5, 6,', 'setting')).toEqual([5, 6]);
  expect(field(z.array(z.string()), '["a,b","c"]', 'setting')).toEqual(['a,b', 'c']);
  expect(field(z.object({ port: z.number() }), '{"port":"25"}', 'setting')).toEqual({ port: 25 });
  expect(field(z.object({ port: z.number() }), '{nonsense', 'setting')).toBe('{nonsense');
});

test('a text that one of several takes as it is stays; else the first that makes something of it wins', () => {
  expect(field(z.union([z.number(), z.string()]), '5')).toBe('5');
  const either = z.union([z.literal('auto'), z.number()]);
  expect(field(either, 'auto')).toBe('auto');
  expect(field(either, '5')).toBe(5);
  expect(field(either, 'none')).toBe('none');
  expect(field(z.number().nullable(), '5')).toBe(5);
  expect(field(z.number().nullable(), 'null')).toBe(null);
  expect(field(z.literal([1, 2]), '2')).toBe(2);
});

test('of several objects the one whose constants fit is meant', () => {
  const event = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('moment'), at: z.date() }),
    z.object({ kind: z.literal('text'), at: z.string() }),
  ]);
  expect(coerce(event, { kind: 'text', at: '2026-11-21' }, 'json')).toEqual({
    ...{ kind: 'text', at: '2026-11-21' },
  });
  expect(coerce(event, { kind: 'moment', at: '2026-11-21' }, 'json')).toEqual({
    ...{ kind: 'moment', at: new Date('2026-11-21') },
  });
});

test('schemas that refer to themselves are followed as deep as the value goes', () => {
  interface Branch {
    at: Date;
    inner?: Branch | undefined;
  }
  const branch: z.ZodType<Branch> = z.object({
    at: z.date(),
    get inner() {
      return branch.optional();
    },
  });
  const made = coerce(branch, { at: '2026-01-01', inner: { at: '2026-01-02' } }, 'json') as Branch;
  expect(made.inner?.at).toEqual(new Date('2026-01-02'));
});

test('names that no schema declares pass, __proto__ as a name like any other', () => {
  const given = JSON.parse('{"field":"5","other":"5","__proto__":{"admin":true}}') as object;
  const made = coerce(z.object({ field: z.number() }), given) as Record<string, unknown>;
  expect(made['other']).toBe('5');
  expect(made['admin']).toBeUndefined();
  expect(Object.hasOwn(made, '__proto__')).toBe(true);
  expect((coerce(z.record(z.string(), z.number()), { a: '1' }) as { a: unknown }).a).toBe(1);
});

test('what is given is not changed, and JSON that needs nothing is given back itself', () => {
  const given = Object.freeze({ field: '5' });
  coerce(z.object({ field: z.number() }), given);
  expect(given).toEqual({ field: '5' });
  const body = { field: 5, list: ['5'] };
  expect(coerce(z.object({ field: z.number(), list: z.array(z.string()) }), body, 'json')).toBe(body);
  expect(coercionOf(undefined)(body)).toBe(body);
});
