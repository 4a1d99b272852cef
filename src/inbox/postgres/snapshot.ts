import { Client, escapeIdentifier } from 'pg';
import type { BackupRow, BackupValue } from '../../core/ports/backup';
import { PAGE_ROWS, tablesOf, type Snapshot, type TableFacts } from '../snapshot';
import { clientConfig, sessionSettings, type Address } from './address';
import { unavailable } from './fault';

/** One moment of all tables, in a transaction on a connection of its own. @throws inbox/unavailable */
export async function openPostgresSnapshot(address: Address): Promise<Snapshot> {
  const client = new Client(clientConfig(address));
  client.on('error', () => {}); // whoever waits for an answer is told
  const ask = async (sql: string) => {
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } catch (error) {
      throw unavailable(error);
    }
  };
  const close = () => client.end().catch(() => {});
  try {
    await client.connect();
    await client.query(
      `${sessionSettings(address)}; SET statement_timeout TO 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
    );
    // The first look fixes the moment.
    const tables = await tablesOf('postgres', ask);
    const rows: Snapshot['rows'] = (table, columns, where) => rowsOf(client, table, columns, where);
    return { kind: 'postgres', tables, ask, rows, close };
  } catch (error) {
    await close();
    throw unavailable(error);
  }
}

/** By a cursor: one look at the table, however its rows are found. */
async function* rowsOf(
  client: Client,
  { name }: TableFacts,
  columns: readonly string[],
  where: string | undefined,
): AsyncGenerator<BackupRow> {
  const filter = where === undefined ? '' : ` WHERE ${where}`;
  const wanted = columns.map(escapeIdentifier).join(', ');
  try {
    await client.query(
      `DECLARE backup NO SCROLL CURSOR FOR SELECT ${wanted} FROM ${escapeIdentifier(name)}${filter}`,
    );
    for (;;) {
      const text = `FETCH FORWARD ${PAGE_ROWS} FROM backup`;
      const { rows } = await client.query<BackupValue[]>({ text, rowMode: 'array' });
      yield* rows;
      if (rows.length < PAGE_ROWS) break;
    }
    await client.query('CLOSE backup');
  } catch (error) {
    throw unavailable(error);
  }
}
