import type { Database } from 'better-sqlite3';
import type { BackupRow } from '../../core/ports/backup';
import type { StoreWriter } from '../store-writer';
import { DatabaseFile } from './database-file';
import { WriterLock } from './writer-lock';

/** Takes the file for itself; its tables are up to date. @throws host/already-running; the database's error */
export function openSqliteWriter(file: string): StoreWriter {
  const lock = WriterLock.take(file);
  let open: DatabaseFile | undefined;
  try {
    open = DatabaseFile.open(file, { create: false });
    open.connection.exec('BEGIN IMMEDIATE');
    return writerOn(open, lock);
  } catch (error) {
    open?.close();
    lock.release();
    throw error;
  }
}

function writerOn(file: DatabaseFile, lock: WriterLock): StoreWriter {
  const { connection } = file;
  return {
    kind: 'sqlite',
    ask: async (sql) => {
      const statement = connection.prepare<[], Record<string, unknown>>(sql);
      if (statement.reader) return statement.all();
      statement.run();
      return [];
    },
    insert: async ({ name }, columns, rows) => insert(connection, name, columns, rows),
    setCounter: async (name, last) => setCounter(connection, name, last),
    makeDay: async (table) => {
      connection.exec(
        `CREATE TABLE IF NOT EXISTS ${table} (
          key BLOB PRIMARY KEY, target INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
      );
    },
    commit: async () => void connection.exec('COMMIT'),
    close: async () => {
      file.close(); // and with it what is not committed
      lock.release();
    },
  };
}

/** Of dedupe keys the latest counts: a log and a day's table may both have one. */
function insert(
  connection: Database,
  table: string,
  columns: readonly string[],
  rows: readonly BackupRow[],
): void {
  const names = columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(', ');
  const statement = connection.prepare(
    `INSERT INTO "${table.replaceAll('"', '""')}" (${names}) VALUES (${columns.map(() => '?').join(', ')})
     ${table.startsWith('dedupe_') ? LATEST_COUNTS : ''}`,
  );
  for (const row of rows)
    statement.run(...row.map((value) => (ArrayBuffer.isView(value) ? Buffer.from(value) : value)));
}
const LATEST_COUNTS =
  'ON CONFLICT DO UPDATE SET target = excluded.target, at = excluded.at WHERE excluded.at >= at';

function setCounter(connection: Database, name: string, last: number): void {
  if (name === 'ticket') {
    connection
      .prepare(
        "INSERT INTO meta (name, value) VALUES ('ticket', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      )
      .run(String(last));
    return;
  }
  connection.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(name);
  connection.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, last);
}
