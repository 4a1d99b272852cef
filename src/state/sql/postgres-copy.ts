import type { Database } from 'better-sqlite3';
import { escapeIdentifier, types, type Client, type CustomTypesConfig } from 'pg';
import { SEQUENCE_TABLE } from './database-waiting';
import { sequencesOf, tablesOf, type PostgresTable } from './postgres-tables';

/** Rows are asked for by as many as last came to about this, since one may be large. */
const PAGE_BYTES = 4 * 1024 ** 2;
const MOST_ROWS = 1_000;

/**
 * Copies the tables of a plugin's schema as they are at one moment into an empty SQLite file, whose columns have no types so that
 * values stay what they are, and its sequences as they are a moment later. Nothing that the plugin has written is run.
 */
export async function copyPostgres(
  client: Client,
  names: { readonly schema: string; readonly role: string },
  copy: Database,
): Promise<void> {
  const role = escapeIdentifier(names.role);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  try {
    const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper');
    // Undone with the transaction.
    if (rows.length === 0) await client.query(`GRANT ${role} TO CURRENT_USER`);
    await client.query(`SET LOCAL ROLE ${role}; ${SESSION}`);
    for (const table of await tablesOf(client, names.schema)) await copyTable(client, table, copy);
    await copySequences(client, names.schema, copy);
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
}

/** Texts as PostgreSQL reads them back, whatever the server prefers; rows that a policy hides are an error. */
const SESSION = `SET LOCAL search_path TO pg_catalog; SET LOCAL row_security TO off; SET LOCAL statement_timeout TO 0;
  SET LOCAL DateStyle TO 'ISO, YMD'; SET LOCAL TimeZone TO 'UTC'; SET LOCAL IntervalStyle TO 'postgres';
  SET LOCAL bytea_output TO 'hex'; SET LOCAL extra_float_digits TO 1`;

async function copyTable(client: Client, { name, text, columns }: PostgresTable, copy: Database) {
  const own = columns.filter(({ isGenerated }) => !isGenerated);
  if (own.length === 0) return;
  const named = own.map((column) => escapeIdentifier(column.name)).join(', ');
  copy.exec(`CREATE TABLE ${escapeIdentifier(name)} (${named})`);
  const insert = copy.prepare(
    `INSERT INTO ${escapeIdentifier(name)} VALUES (${own.map(() => '?').join(', ')})`,
  );
  const keep = copy.transaction((rows: readonly (readonly unknown[])[]) => {
    for (const row of rows) insert.run(row);
  });
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${named} FROM ${text}`);
  for (let wanted = 1; ;) {
    let bytes = 1;
    const page = { text: `FETCH FORWARD ${wanted} FROM copied`, rowMode: 'array' as const, types: asText };
    const { rows } = await client.query<(string | null)[]>(page);
    keep(
      rows.map((row) =>
        row.map((value, index) => {
          bytes += value?.length ?? 0;
          return value === null ? null : valueOf(own[index]?.type, value);
        }),
      ),
    );
    if (rows.length < wanted) break;
    wanted = Math.max(1, Math.min(MOST_ROWS, 2 * wanted, Math.floor((rows.length * PAGE_BYTES) / bytes)));
  }
  await client.query('CLOSE copied');
}

async function copySequences(client: Client, schema: string, copy: Database): Promise<void> {
  copy.exec(`CREATE TABLE "${SEQUENCE_TABLE}" (name, "table", "column", last, called)`);
  const keep = copy.prepare(`INSERT INTO "${SEQUENCE_TABLE}" VALUES (?, ?, ?, ?, ?)`);
  for (const { name, text, table, column } of await sequencesOf(client, schema)) {
    const { rows } = await client.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${text}`,
    );
    for (const { last, called } of rows) keep.run(name, table, column, BigInt(last), called ? 1n : 0n);
  }
}

const asText: CustomTypesConfig = {
  getTypeParser: (() => String) as unknown as CustomTypesConfig['getTypeParser'],
};
const { INT2, INT4, INT8, BOOL, FLOAT4, FLOAT8, BYTEA, TIMESTAMPTZ } = types.builtins;

/**
 * As both databases take it in again: whole numbers, true and false as 1 and 0, bytes, a point in time as ISO 8601 text with all
 * its digits; what JavaScript has no exact value for, and everything else, as PostgreSQL writes it.
 */
function valueOf(type: number | undefined, text: string): unknown {
  if (type === INT2 || type === INT4 || type === INT8) return BigInt(text);
  if (type === BOOL) return text === 't' ? 1n : 0n;
  if (type === FLOAT4 || type === FLOAT8) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (type === BYTEA) return Buffer.from(text.slice(2), 'hex');
  return type === TIMESTAMPTZ ? toIsoText(text) : text;
}

const POINT_IN_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?\+00$/;

/** As JavaScript writes it; what is less than a millisecond is not lost. */
function toIsoText(text: string): string {
  const [, day, time, fraction = '.'] = POINT_IN_TIME.exec(text) ?? [];
  return day === undefined ? text : `${day}T${time}${fraction.padEnd(4, '0')}Z`;
}
