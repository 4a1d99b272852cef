import { Client, escapeIdentifier } from 'pg';
import type { BackupValue } from '../../core/ports/backup';
import type { StoreWriter } from '../store-writer';
import { clientConfig, parseAddress, sessionSettings } from './address';
import { withoutNul } from './rows';

/** Begins the transaction; the tables are up to date. @throws the database's error */
export async function openPostgresWriter(url: string): Promise<StoreWriter> {
  const address = parseAddress(url);
  const client = new Client(clientConfig(address));
  client.on('error', () => {}); // whoever waits for an answer is told
  try {
    await client.connect();
    await client.query(`${sessionSettings(address)}; SET statement_timeout TO 0; BEGIN`);
    return writerOn(client);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

function writerOn(client: Client): StoreWriter {
  return {
    kind: 'postgres',
    ask: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    insert: async ({ name }, columns, rows) => {
      if (rows.length === 0) return;
      const places = rows.map(
        (_row, at) =>
          `(${columns.map((_column, index) => `$${at * columns.length + index + 1}`).join(', ')})`,
      );
      const names = columns.map(escapeIdentifier).join(', ');
      await client.query(
        `INSERT INTO ${escapeIdentifier(name)} AS t (${names}) VALUES ${places.join(', ')}
         ${name.startsWith('dedupe_') ? latestCounts(columns) : ''}`,
        rows.flatMap((row) => row.map(toParameter)),
      );
    },
    setCounter: async (name, last) => {
      const sequence = name === 'ticket' ? 'ticket_seq' : `${name}_id_seq`;
      await client.query('SELECT setval(to_regclass($1), $2) WHERE to_regclass($1) IS NOT NULL', [
        escapeIdentifier(sequence),
        last,
      ]);
    },
    makeDay: async (table) => {
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${table}
          (task_id bigint NOT NULL, key bytea NOT NULL, target bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (task_id, key))`,
      );
    },
    commit: async () => void (await client.query('COMMIT')),
    close: () => client.end().catch(() => {}),
  };
}

/** Around midnight a key stands in the tables of both days. */
function latestCounts(columns: readonly string[]): string {
  const key = columns.filter((column) => column === 'task_id' || column === 'key').join(', ');
  return `ON CONFLICT (${key}) DO UPDATE SET target = excluded.target, at = excluded.at WHERE excluded.at > t.at`;
}

function toParameter(value: BackupValue): BackupValue {
  if (typeof value === 'string') return withoutNul(value);
  return ArrayBuffer.isView(value) ? Buffer.from(value) : value;
}
