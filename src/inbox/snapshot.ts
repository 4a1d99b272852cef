import type { BackupRow } from '../core/ports/backup';

/** A table as the database describes it. */
export interface TableFacts {
  readonly name: string;
  readonly columns: readonly string[];
  /** Of its primary key, in order. */
  readonly key: readonly string[];
}

/** One moment of a store, whatever is committed meanwhile. Never in the way of a commit. */
export interface Snapshot {
  readonly kind: 'sqlite' | 'postgres';
  /** All tables of ours, by name. */
  readonly tables: readonly TableFacts[];
  /** Few rows, of any query. @throws inbox/unavailable */
  ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Rows of one table, in pages: memory stays bounded. `where` is SQL. @throws inbox/unavailable */
  rows(table: TableFacts, columns: readonly string[], where: string | undefined): AsyncIterable<BackupRow>;
  close(): Promise<void>;
}

/** Rows that may carry a part of a body each: about 16 MiB at most. */
export const PAGE_ROWS = 64;

/** Asks a database for few rows. */
export type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What the database says of its tables, those of its own left out. */
export async function tablesOf(kind: 'sqlite' | 'postgres', ask: Ask): Promise<TableFacts[]> {
  const rows = await ask(kind === 'sqlite' ? SQLITE_COLUMNS : POSTGRES_COLUMNS);
  const tables = new Map<string, { columns: string[]; key: string[] }>();
  for (const { table_name: table, column_name: column, place } of rows) {
    const known = tables.get(String(table)) ?? { columns: [], key: [] };
    tables.set(String(table), known);
    known.columns.push(String(column));
    if (Number(place) > 0) known.key[Number(place) - 1] = String(column);
  }
  return [...tables].map(([name, facts]) => ({ name, ...facts }));
}

const SQLITE_COLUMNS = `SELECT t.name AS table_name, c.name AS column_name, c.pk AS place
  FROM sqlite_schema t, pragma_table_info(t.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid`;

const POSTGRES_COLUMNS = `SELECT c.relname AS table_name, a.attname AS column_name,
    coalesce(array_position(i.indkey::int[], a.attnum::int) + 1, 0) AS place
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  ORDER BY c.relname, a.attnum`;
