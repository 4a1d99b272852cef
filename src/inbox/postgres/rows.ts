type Value = number | string | boolean | Buffer | undefined;

/** A column of rows given to one statement: its name, its type, and where its value comes from. */
export interface Column<Row> {
  readonly name: string;
  readonly type: 'bigint' | 'integer' | 'smallint' | 'double precision' | 'text' | 'boolean' | 'bytea';
  of(row: Row): Value;
}

/**
 * Many rows as parameters of one statement, however many they are: an array for each column, put side by side by
 * `unnest`. The text stays the same, so it is prepared once.
 */
export class Rows<Row> {
  /** A FROM item whose columns are the given ones and `ord`, which counts from 1. */
  readonly source: string;
  readonly #columns: readonly Column<Row>[];

  /** `first` is the number of its first parameter. */
  constructor(alias: string, columns: readonly Column<Row>[], first = 1) {
    const arrays = columns.map(({ type }, index) => `$${first + index}::${type}[]`);
    const names = [...columns.map(({ name }) => name), 'ord'];
    this.source = `unnest(${arrays.join(', ')}) WITH ORDINALITY AS ${alias}(${names.join(', ')})`;
    this.#columns = columns;
  }

  get count(): number {
    return this.#columns.length;
  }

  values(rows: readonly Row[]): unknown[] {
    return this.#columns.map((column) => rows.map((row) => toParameter(column.of(row))));
  }
}

function toParameter(value: Value): Value {
  return typeof value === 'string' ? withoutNul(value) : value;
}

/** PostgreSQL's text knows no NUL; its visible stand-in takes its place. */
export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u2400') : text;
}
