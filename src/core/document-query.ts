import { keyOfValue, type FieldPath } from './document-field';
import type { FieldOrder, FieldTest, Position, Selection } from './document-selection';
import type { DocumentQuery } from './documents';
import { HostError } from './errors';

const PAGE = 100;
const PAGE_MOST = 1_000;
/** Of a path; and of its steps. */
const PATH_CHARACTERS = 256;
const STEPS = 16;
/** Of a query, all its values counted: it becomes one statement. */
const TESTS = 50;
const VALUES = 500;
const CURSOR_CHARACTERS = 8_192;
/** What would end a step in a database's own notation, or is no text. */
const UNWRITABLE = /["\\\p{Cc}\p{Surrogate}]/u;
const STAND_IN = '\uFFFD';

/** A query as databases are asked it. @throws store/bad-query, store/bad-cursor */
export function parseQuery({ where = {}, order, limit, cursor }: DocumentQuery): Selection {
  if (!isPlain(where)) throw refuse('where is an object of fields and what must hold of them');
  const tests = Object.entries(where).flatMap(([field, condition]) => testsOf(field, condition));
  const values = tests.reduce((sum, test) => sum + (test.test === 'in' ? test.keys.length : 1), 0);
  if (tests.length > TESTS || values > VALUES)
    throw refuse(`it asks more than ${TESTS} things, or for more than ${VALUES} values`);
  return {
    tests,
    order: order === undefined ? undefined : parseOrder(order),
    limit: parseLimit(limit, PAGE),
    after: cursor === undefined ? undefined : parseCursor(cursor, order),
  };
}

/** The selection of a list by id. @throws store/bad-query */
export function parseList({ limit, after }: { limit?: number; after?: string }): Selection {
  if (after !== undefined && typeof after !== 'string') throw refuse('after is an id');
  const key = { kind: 0, number: 0, text: '' };
  return {
    tests: [],
    order: undefined,
    limit: parseLimit(limit, PAGE_MOST),
    after: after === undefined || after === '' ? undefined : { key, id: after },
  };
}

/** A cursor is of use with the same order only, which it repeats. */
export function writeCursor({ key, id }: Position, order: string | undefined): string {
  const { kind, number, text } = key;
  return Buffer.from(JSON.stringify([order ?? '', kind, number, text, id])).toString('base64url');
}

function parseCursor(cursor: unknown, order: string | undefined): Position {
  const parts =
    typeof cursor === 'string' && cursor.length <= CURSOR_CHARACTERS ? readJson(cursor) : undefined;
  if (!Array.isArray(parts)) throw new HostError('store/bad-cursor', []);
  const [of, kind, number, text, id] = parts as readonly unknown[];
  const isKey = Number.isInteger(kind) && Number.isFinite(number) && typeof text === 'string';
  if (of !== (order ?? '') || !isKey || typeof id !== 'string' || `${text}${id}`.includes('\0'))
    throw new HostError('store/bad-cursor', []);
  return { key: { kind: kind as number, number: number as number, text: text as string }, id };
}

function readJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function parseOrder(order: unknown): FieldOrder {
  if (typeof order !== 'string') throw refuse('order is a field, or "-" and a field');
  const isDescending = order.startsWith('-');
  return { path: parsePath(isDescending ? order.slice(1) : order), isDescending };
}

function parseLimit(limit: unknown, standard: number): number {
  if (limit === undefined) return standard;
  if (typeof limit !== 'number' || Number.isNaN(limit)) throw refuse('limit is a number');
  return Math.min(Math.max(Math.floor(limit), 1), PAGE_MOST);
}

function parsePath(field: string): FieldPath {
  if (field === '$createdAt') return 'createdAt';
  const steps = field.split('.');
  const isPath =
    field.length <= PATH_CHARACTERS &&
    steps.length <= STEPS &&
    !steps.includes('') &&
    !UNWRITABLE.test(field);
  if (!isPath || field.startsWith('$'))
    throw refuse(`"${field.slice(0, 64)}" is no path; fields are written customer.email, or $createdAt`);
  return steps;
}

/** What is undefined is refused: a filter that silently falls away shows what it was to hide. */
function testsOf(field: string, condition: unknown): FieldTest[] {
  const path = parsePath(field);
  if (!isPlain(condition)) return [{ test: 'in', path, isNot: false, keys: [toKey(field, condition)] }];
  const tests = Object.entries(condition).map(([operator, value]) => {
    const make = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (make === undefined)
      throw refuse(
        `"${operator.slice(0, 64)}" at "${field}" is none of ${Object.keys(OPERATORS).join(', ')}`,
      );
    return make(field, path, value);
  });
  if (tests.length === 0) throw refuse(`nothing is said of "${field}"`);
  return tests;
}

type MakeTest = (field: string, path: FieldPath, value: unknown) => FieldTest;
const OPERATORS: Readonly<Record<string, MakeTest>> = {
  eq: (field, path, value) => ({ test: 'in', path, isNot: false, keys: [toKey(field, value)] }),
  ne: (field, path, value) => ({ test: 'in', path, isNot: true, keys: [toKey(field, value)] }),
  gt: comparison('>'),
  gte: comparison('>='),
  lt: comparison('<'),
  lte: comparison('<='),
  in: (field, path, value) => {
    if (!Array.isArray(value)) throw refuse(`"in" at "${field}" is a list`);
    return { test: 'in', path, isNot: false, keys: value.map((one) => toKey(field, one)) };
  },
  exists: (field, path, value) => {
    if (typeof value !== 'boolean') throw refuse(`"exists" at "${field}" is true or false`);
    return { test: 'exists', path, isNot: !value };
  },
};

function comparison(test: '<' | '<=' | '>' | '>='): MakeTest {
  return (field, path, value) => {
    if (typeof value !== 'number' && typeof value !== 'string')
      throw refuse(`"${field}" can be more or less than a number or a text only`);
    return { test, path, key: toKey(field, value) };
  };
}

/** A text as documents hold it: see `documentText`. */
function toKey(field: string, value: unknown) {
  if (typeof value === 'string')
    return keyOfValue(value.replaceAll('\0', '\u2400').replace(/\p{Surrogate}/gu, STAND_IN));
  const isComparable = value === null || typeof value === 'boolean' || Number.isFinite(value);
  if (!isComparable) throw refuse(`"${field}" is compared with what is no text, number, boolean or null`);
  return keyOfValue(value);
}

/** An object that only holds values; it may be of another realm. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

const refuse = (why: string) => new HostError('store/bad-query', [why]);
