import type { BackupRow, BackupValue } from '../../core/ports/backup';
import { PAGE_ROWS, tablesOf, type Snapshot, type TableFacts } from '../snapshot';
import { ReadingThread } from './reading-thread';

/**
 * One moment of the file, read in a thread of its own. What is written meanwhile stays in the log until it is closed.
 * @throws inbox/unavailable
 */
export async function openSqliteSnapshot(file: string): Promise<Snapshot> {
  const thread = new ReadingThread(file);
  const ask = (sql: string) => thread.query(sql, []);
  try {
    await ask('BEGIN');
    // The first look fixes the moment.
    const tables = await tablesOf('sqlite', ask);
    return {
      kind: 'sqlite',
      tables,
      ask,
      rows: (table, columns, where) => rowsOf(thread, table, columns, where),
      close: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** By key, from each page to the next. */
async function* rowsOf(
  thread: ReadingThread,
  { name, key }: TableFacts,
  columns: readonly string[],
  where: string | undefined,
): AsyncGenerator<BackupRow> {
  const order = key.map(quoted).join(', ');
  const marks = key.map(() => '?').join(', ');
  const wanted = [...columns, ...key].map((column, index) => `${quoted(column)} AS c${index}`).join(', ');
  let after: BackupValue[] | undefined;
  for (;;) {
    const conditions = [
      ...(where === undefined ? [] : [`(${where})`]),
      ...(after === undefined ? [] : [`(${order}) > (${marks})`]),
    ];
    const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const rows = await thread.query(
      `SELECT ${wanted} FROM ${quoted(name)}${filter} ORDER BY ${order} LIMIT ${PAGE_ROWS}`,
      after ?? [],
    );
    for (const row of rows) {
      const values = Object.values(row) as BackupValue[];
      after = values.slice(columns.length);
      yield values.slice(0, columns.length);
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
