import type { Database } from 'better-sqlite3';
import { escapeIdentifier, types, type Client } from 'pg';
import { HostError, toError } from '../../core/errors';
import { MIGRATIONS, SEQUENCE_TABLE, waitingTables, type WaitingDatabase } from './database-waiting';
import Driver from './driver.cjs';
import type { MigrationFile } from './migration-files';
import { RECORD, recordOf, restoredRecord } from './own-database';
import { withoutChecks } from './postgres-checks';
import { sequencesOf, tablesOf, type PostgresTable } from './postgres-tables';

export interface PostgresFilling {
  readonly schema: string;
  readonly waiting: WaitingDatabase;
  /** What goes before. */
  readonly steps: readonly MigrationFile[];
}

/** Of one statement; a row that is larger is one alone. */
const MOST_BYTES = 1024 ** 2;
const MOST_PARAMETERS = 10_000;

/**
 * Runs the steps in a plugin's empty schema and puts the rows that wait into its tables, in one transaction; nothing where that
 * was done. What the migrations put into these tables is among the rows. @throws with words for whoever mends it
 */
export async function fillPostgres(client: Client, filling: PostgresFilling): Promise<void> {
  const { waiting } = filling;
  const done = `SELECT 1 FROM ${MIGRATIONS} WHERE number < 0 AND checksum = $1`;
  const { rows } = await client.query(done, [waiting.digest]);
  if (rows.length > 0) return;
  const source = new Driver(waiting.file, { readonly: true, fileMustExist: true });
  source.defaultSafeIntegers(true);
  await client.query('BEGIN');
  try {
    await fillWhole(client, filling, source);
    await client.query(RECORD, [...restoredRecord(waiting)]);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => {});
    throw thrown;
  } finally {
    source.close();
  }
}

async function fillWhole(client: Client, { schema, waiting, steps }: PostgresFilling, source: Database) {
  const taken = (await tablesOf(client, schema)).find(({ name }) => name !== MIGRATIONS);
  if (taken !== undefined) throw refusal(`the database is not empty: it has the table ${taken.name}`);
  for (const step of steps) await run(client, step);
  const made = (await tablesOf(client, schema)).filter(({ name }) => name !== MIGRATIONS);
  const pairs = waitingTables(source).map((name) => pairOf(source, name, made));
  await withoutChecks(client, schema, async () => {
    await empty(client, pairs);
    for (const pair of pairs) await copyRows(client, source, pair);
  });
  if (waiting.from === 'postgres') await setSequences(client, schema, source);
  else await countOn(client, schema, source, pairs);
}

/** At once: a key may forbid to delete from one before the other, also when it is deferred. */
async function empty(client: Client, pairs: readonly Pair[]): Promise<void> {
  for (const { table } of pairs) {
    const { rows } = await client.query(`SELECT 1 FROM ${table.text} LIMIT 1`);
    if (rows.length === 0) continue;
    await client.query(`TRUNCATE ${pairs.map((each) => each.table.text).join(', ')}`);
    return;
  }
}

async function run(client: Client, step: MigrationFile): Promise<void> {
  const { file, text } = step;
  try {
    await client.query(text);
    if (client.getTransactionStatus() !== 'T') throw new Error('it ends the transaction it runs in');
    await client.query(RECORD, [...recordOf(step)]);
  } catch (thrown) {
    throw new HostError('sql/bad-migration', [file, toError(thrown).message]);
  }
}

interface Pair {
  readonly from: string;
  readonly table: PostgresTable;
  readonly columns: readonly { readonly from: string; readonly to: string; readonly isBytes: boolean }[];
}

/** SQLite reads names without regard to case, PostgreSQL has made small letters of those that are not quoted. */
function pairOf(source: Database, from: string, made: readonly PostgresTable[]): Pair {
  const table = named(made, from);
  if (table === undefined) throw refusal(`no migration has made the table ${from}`);
  const all = source.prepare<[string], { name: string }>(
    'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0',
  );
  const columns = all.all(from).flatMap(({ name }) => {
    const column = named(table.columns, name);
    if (column === undefined) throw refusal(`the table ${table.name} has no column ${name}`);
    const isBytes = column.type === types.builtins.BYTEA;
    return column.isGenerated ? [] : [{ from: name, to: column.name, isBytes }];
  });
  return { from, table, columns };
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T | undefined {
  const small = name.toLowerCase();
  return all.find((each) => each.name === name) ?? all.find((each) => each.name.toLowerCase() === small);
}

async function copyRows(client: Client, source: Database, { from, table, columns }: Pair): Promise<void> {
  if (columns.length === 0) return;
  const list = columns.map((column) => escapeIdentifier(column.from)).join(', ');
  const select = source.prepare<[], unknown[]>(`SELECT ${list} FROM ${escapeIdentifier(from)}`).raw();
  const target = table.text.replace(/^ONLY /, '');
  const into = `INSERT INTO ${target} (${columns.map(({ to }) => escapeIdentifier(to)).join(', ')}) OVERRIDING SYSTEM VALUE VALUES `;
  let values: unknown[] = [];
  let bytes = 0;
  const put = async () => {
    const rows = Array.from({ length: values.length / columns.length }, (_, row) => {
      const places = columns.map((_column, index) => `$${row * columns.length + index + 1}`);
      return `(${places.join(', ')})`;
    });
    if (rows.length > 0) await client.query(into + rows.join(', '), values);
    [values, bytes] = [[], 0];
  };
  try {
    for (const row of select.iterate()) {
      for (const [index, value] of row.entries()) {
        values.push(toPostgres(value, columns[index]?.isBytes === true));
        bytes += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
      }
      if (bytes >= MOST_BYTES || values.length + columns.length > MOST_PARAMETERS) await put();
    }
    await put();
  } catch (thrown) {
    const { message, code } = toError(thrown) as Error & { code?: string };
    throw Object.assign(refusal(`${table.name}: ${message}`), code === undefined ? {} : { code });
  }
}

function toPostgres(value: unknown, isBytes: boolean): unknown {
  if (typeof value === 'string' && isBytes) return Buffer.from(value);
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
}

/** They go on where they were. */
async function setSequences(client: Client, schema: string, source: Database): Promise<void> {
  const known = source
    .prepare<[], { name: string; table: string | null; column: string | null; last: bigint; called: bigint }>(
      `SELECT name, "table" AS "table", "column" AS "column", last, called FROM "${SEQUENCE_TABLE}"`,
    )
    .all();
  for (const own of await sequencesOf(client, schema)) {
    const isSame = (other: { name: string; table: string | null; column: string | null }) =>
      own.table === null ? other.name === own.name : other.table === own.table && other.column === own.column;
    const found = known.find(isSame);
    if (found === undefined) continue;
    await client.query('SELECT pg_catalog.setval($1::regclass, $2, $3)', [
      ...[own.text, String(found.last), found.called === 1n],
    ]);
  }
}

/** After the highest number there is, or that AUTOINCREMENT has given. */
async function countOn(client: Client, schema: string, source: Database, pairs: readonly Pair[]) {
  const hasCounters = source.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
  const counters = 'SELECT max(seq) FROM sqlite_sequence WHERE name = ?';
  const counter = hasCounters === undefined ? undefined : source.prepare(counters).pluck();
  for (const { text, table, column } of await sequencesOf(client, schema)) {
    const pair = pairs.find((each) => each.table.name === table);
    if (pair === undefined || column === null) continue;
    const highest = `SELECT max(${escapeIdentifier(column)})::text AS last FROM ${pair.table.text}`;
    const { rows } = await client.query<{ last: string | null }>(highest);
    const given = counter?.get(pair.from) as bigint | null | undefined;
    const last = [BigInt(rows[0]?.last ?? 0), given ?? 0n].reduce((one, other) =>
      other > one ? other : one,
    );
    if (last > 0n) await client.query('SELECT pg_catalog.setval($1::regclass, $2)', [text, String(last)]);
  }
}

function refusal(words: string): Error {
  return new Error(words);
}
