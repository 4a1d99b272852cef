import { sql, type RawBuilder } from 'kysely';
import { FIELD_KIND, type FieldKey, type FieldPath } from '../core/document-field';
import {
  ORDERED_CHARACTERS,
  type FieldTest,
  type Position,
  type Selection,
} from '../core/document-selection';

type Sql<T = unknown> = RawBuilder<T>;
/** A field's `FieldKey`, as the database computes it; none of the three is ever NULL. */
interface KeyColumns {
  readonly kind: Sql;
  readonly number: Sql;
  readonly text: Sql;
}
/** What the databases write differently. */
interface Notation {
  readonly from: Sql;
  keyOf(path: readonly string[]): KeyColumns;
  real(expression: Sql): Sql;
  number(value: number): Sql;
  first(expression: Sql, characters: number): Sql;
}

const KIND = FIELD_KIND;
const kindOf = (type: Sql, names: Readonly<Record<string, number>>): Sql =>
  sql`(case ${type} ${sql.join(
    Object.entries(names).map(([name, kind]) => sql`when ${sql.lit(name)} then ${sql.lit(kind)}`),
    sql` `,
  )} else ${sql.lit(KIND.missing)} end)`;

/** `json_extract` reads the number of a parameter as it reads that of a document: the same text is the same number. */
const SQLITE: Notation = {
  from: sql`document`,
  real: (expression) => sql`cast(${expression} as real)`,
  number: (value) => sql`cast(json_extract(${JSON.stringify(value)}, '$') as real)`,
  first: (expression, characters) => sql`substr(${expression}, 1, ${sql.lit(characters)})`,
  keyOf: (steps) => {
    const path = `$${steps.map((step) => `."${step}"`).join('')}`;
    const type = sql`json_type(data, ${path})`;
    const value = sql`json_extract(data, ${path})`;
    const { number, text, boolean, other } = KIND;
    return {
      kind: kindOf(type, {
        ...{ integer: number, real: number, text, true: boolean, false: boolean },
        ...{ null: KIND.null, object: other, array: other },
      }),
      number: sql`(case when ${type} in ('integer', 'real', 'true', 'false') then cast(${value} as real) else 0.0 end)`,
      text: sql`(case ${type} when 'text' then ${value} else '' end)`,
    };
  },
};

/** `->` with a text goes into objects only. `offset 0`: a document is parsed once, however often it is looked into. */
const POSTGRES: Notation = {
  from: sql`document cross join lateral (select document.data::jsonb as body offset 0) as parsed`,
  real: (expression) => sql`cast(${expression} as double precision)`,
  number: (value) => sql`cast(cast(${JSON.stringify(value)} as text) as double precision)`,
  first: (expression, characters) => sql`left(${expression}, ${sql.lit(characters)})`,
  keyOf: (steps) => {
    const value = sql`(parsed.body ${sql.join(
      steps.map((step) => sql`-> cast(${step} as text)`),
      sql` `,
    )})`;
    const type = sql`jsonb_typeof(${value})`;
    const { number, text, boolean, other } = KIND;
    return {
      kind: kindOf(type, {
        ...{ number, string: text, boolean, null: KIND.null, object: other, array: other },
      }),
      number: sql`(case ${type} when 'number' then cast(${value} #>> '{}' as double precision)
        when 'boolean' then (case when ${value} = 'true' then 1 else 0 end) else 0 end)`,
      text: sql`((case ${type} when 'string' then ${value} #>> '{}' else '' end) collate "C")`,
    };
  },
};
const NOTATIONS = { sqlite: SQLITE, postgres: POSTGRES } as const;

/** The statement for a selection. Whatever authors or callers give is a parameter. */
export function selectDocuments<Row>(
  database: 'sqlite' | 'postgres',
  plugin: string,
  collection: string,
  { tests, order, after, limit }: Selection,
): Sql<Row> {
  const notation = NOTATIONS[database];
  const isParsed = tests.length > 0 || order !== undefined;
  const columns = order === undefined ? undefined : orderColumns(notation, order.path);
  const conditions = [
    sql`plugin = ${plugin}`,
    sql`collection = ${collection}`,
    ...tests.map((test) => holds(notation, test)),
    ...(after === undefined ? [] : [isBehind(notation, columns, order?.isDescending === true, after)]),
  ];
  const way = sql.raw(order?.isDescending === true ? 'desc' : 'asc');
  const sorted =
    columns === undefined
      ? sql`id`
      : sql`${columns.kind}, ${columns.number} ${way}, ${columns.text} ${way}, id`;
  return sql<Row>`select id, version, data, created_at from ${isParsed ? notation.from : sql`document`}
    where ${sql.join(conditions, sql` and `)} order by ${sorted} limit ${limit}`;
}

function columnsOf(notation: Notation, path: FieldPath): KeyColumns {
  if (path !== 'createdAt') return notation.keyOf(path);
  return { kind: sql`(${sql.lit(KIND.number)} + 0)`, number: notation.real(sql`created_at`), text: sql`''` };
}

function orderColumns(notation: Notation, path: FieldPath): KeyColumns {
  const columns = columnsOf(notation, path);
  return { ...columns, text: notation.first(columns.text, ORDERED_CHARACTERS) };
}

function isBehind(
  { number }: Notation,
  columns: KeyColumns | undefined,
  isDescending: boolean,
  { key, id }: Position,
): Sql {
  if (columns === undefined) return sql`id > ${id}`;
  const beyond = sql.raw(isDescending ? '<' : '>');
  const value = number(key.number);
  return sql`(${columns.kind} > ${sql.lit(key.kind)} or (${columns.kind} = ${sql.lit(key.kind)} and (
    ${columns.number} ${beyond} ${value} or (${columns.number} = ${value} and (
      ${columns.text} ${beyond} ${key.text} or (${columns.text} = ${key.text} and id > ${id}))))))`;
}

function holds(notation: Notation, test: FieldTest): Sql {
  const columns = columnsOf(notation, test.path);
  if (test.test === 'exists')
    return sql`${columns.kind} ${sql.raw(test.isNot ? '=' : '<')} ${sql.lit(KIND.missing)}`;
  if (test.test === 'in') return isOneOf(notation, columns, test.keys, test.isNot);
  const operator = sql.raw(test.test);
  const { kind, number, text } = test.key;
  const value =
    kind === KIND.text
      ? sql`${columns.text} ${operator} ${text}`
      : sql`${columns.number} ${operator} ${notation.number(number)}`;
  return sql`(${columns.kind} = ${sql.lit(kind)} and ${value})`;
}

/** Kind by kind, each once: a long list stays one comparison. */
function isOneOf({ number }: Notation, columns: KeyColumns, keys: readonly FieldKey[], isNot: boolean): Sql {
  const parts = [...new Set(keys.map(({ kind }) => kind))].map((kind) => {
    const same = keys.filter((key) => key.kind === kind);
    const is = sql`${columns.kind} = ${sql.lit(kind)}`;
    if (kind === KIND.null) return sql`(${is})`;
    if (kind === KIND.text)
      return sql`(${is} and ${columns.text} in (${list(same.map(({ text }) => sql`${text}`))}))`;
    return sql`(${is} and ${columns.number} in (${list(same.map((key) => number(key.number)))}))`;
  });
  const any = parts.length === 0 ? sql`1 = 0` : sql`(${sql.join(parts, sql` or `)})`;
  return isNot ? sql`not ${any}` : any;
}

const list = (values: readonly Sql[]): Sql => sql.join(values, sql`, `);
