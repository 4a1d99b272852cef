import { escapeIdentifier, type ClientBase } from 'pg';

export interface PostgresColumn {
  readonly name: string;
  /** Of its type, or of what its domain is made of. */
  readonly type: number;
  /** Made of others: nothing is put into it. */
  readonly isGenerated: boolean;
}

export interface PostgresTable {
  readonly name: string;
  /** With its schema, as SQL; rows of tables that inherit it are theirs. */
  readonly text: string;
  readonly columns: readonly PostgresColumn[];
}

export interface PostgresSequence {
  /** With its schema, as SQL. */
  readonly text: string;
  readonly name: string;
  /** Whose it is; without either it stands for itself. */
  readonly table: string | null;
  readonly column: string | null;
}

/** The ordinary and the partitioned tables of a schema; partitions are part of theirs. */
export async function tablesOf(client: ClientBase, schema: string): Promise<readonly PostgresTable[]> {
  const { rows } = await client.query<{ name: string; kind: string; columns: PostgresColumn[] }>(TABLES, [
    schema,
  ]);
  return rows.map(({ name, kind, columns }) => ({
    ...{ name, columns },
    text: `${kind === 'p' ? '' : 'ONLY '}${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
  }));
}

export async function sequencesOf(client: ClientBase, schema: string): Promise<readonly PostgresSequence[]> {
  const { rows } = await client.query<Omit<PostgresSequence, 'text'>>(SEQUENCES, [schema]);
  return rows.map((row) => ({
    ...row,
    text: `${escapeIdentifier(schema)}.${escapeIdentifier(row.name)}`,
  }));
}

const TABLES = `
  SELECT c.relname::text AS name, c.relkind::text AS kind, COALESCE(
    (SELECT json_agg(json_build_object('name', a.attname, 'isGenerated', a.attgenerated <> '',
       'type', (CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END)::bigint) ORDER BY a.attnum)
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname`;

const SEQUENCES = `
  SELECT s.relname::text AS name, t.relname::text AS table, a.attname::text AS column
  FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
  LEFT JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  LEFT JOIN pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE n.nspname = $1 AND s.relkind = 'S' ORDER BY s.relname`;
