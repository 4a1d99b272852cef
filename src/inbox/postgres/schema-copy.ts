import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { HostError, toError } from '../../core/errors';
import { dayOfTable } from '../dedupe-days';

/** Said of a copy, so that nothing else is ever dropped in its place. */
const MARK = 'A copy that Gatehouse made before it changed the tables of';

/**
 * Copies the tables, as `statements` make them, into the schema `<schema>_schema<from>`, whose name it answers: the same
 * tables, indexes and counters, so that renaming it is the way back. What other hosts write meanwhile is not delayed and
 * not in it. A copy under that name, which an attempt that failed has left, is replaced.
 * @throws inbox/cannot-copy, and then there is none
 */
export async function copySchema(
  pool: Pool,
  schema: string,
  from: number,
  statements: readonly string[],
): Promise<string> {
  const copy = `${schema}_schema${from}`;
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    // One moment of all tables.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout TO 0');
    await makeEmpty(client, schema, copy, statements);
    await fill(client, schema, copy);
    await setCounters(client, schema, copy);
    await client.query('COMMIT');
    client.release();
    return copy;
  } catch (thrown) {
    // Its transaction ends with it.
    client?.release(true);
    throw new HostError('inbox/cannot-copy', [`the schema ${copy}`, toError(thrown).message], {
      cause: thrown,
    });
  }
}

async function makeEmpty(
  client: PoolClient,
  schema: string,
  copy: string,
  statements: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{ mark: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS mark FROM pg_namespace WHERE nspname = $1`,
    [copy],
  );
  if (rows.some(({ mark }) => mark?.startsWith(MARK) !== true))
    throw new Error(`there is a schema of that name which is no copy of ours`);
  await client.query(
    [
      `DROP SCHEMA IF EXISTS ${escapeIdentifier(copy)} CASCADE`,
      `CREATE SCHEMA ${escapeIdentifier(copy)}`,
      `COMMENT ON SCHEMA ${escapeIdentifier(copy)} IS '${MARK} ${schema}.'`,
      `SET LOCAL search_path TO ${escapeIdentifier(copy)}`,
      ...statements,
    ].join('; '),
  );
  for (const table of (await tablesOf(client, schema)).filter((name) => dayOfTable(name) !== undefined))
    await client.query(`CREATE TABLE ${at(copy, table)} (LIKE ${at(schema, table)} INCLUDING ALL)`);
}

/** Of the columns the copy has: what somebody added by hand stays behind. */
async function fill(client: PoolClient, schema: string, copy: string): Promise<void> {
  for (const table of await tablesOf(client, copy)) {
    const { rows } = await client.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2`,
      [copy, table],
    );
    const columns = rows.map(({ name }) => escapeIdentifier(name)).join(', ');
    // A step of the schema may have put rows there.
    await client.query(`TRUNCATE ${at(copy, table)}`);
    await client.query(
      `INSERT INTO ${at(copy, table)} (${columns}) SELECT ${columns} FROM ${at(schema, table)}`,
    );
  }
}

/** No id or ticket is given twice: what is not in the copy keeps its number all the same. */
async function setCounters(client: PoolClient, schema: string, copy: string): Promise<void> {
  await client.query(
    `SELECT setval(format('%I.%I', $2::text, own.sequencename)::regclass, own.last_value)
     FROM pg_sequences own JOIN pg_sequences copied USING (sequencename)
     WHERE own.schemaname = $1 AND copied.schemaname = $2 AND own.last_value IS NOT NULL`,
    [schema, copy],
  );
}

async function tablesOf(client: PoolClient, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

function at(schema: string, table: string): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}
