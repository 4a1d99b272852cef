import type { BackupOptions, BackupRow, BackupSection, StoreBackup } from '../core/ports/backup';
import { HostError } from '../core/errors';
import { isKept, isKeptMeta, isOfKeys, RESTORED_KEYS, undoneRows } from './backup-tables';
import { PROOF_NAME } from './key-agreement';
import type { Snapshot, TableFacts } from './snapshot';
import type { Store } from './store';

/** The store at this moment: whatever was acknowledged before is in it. @throws inbox/unavailable */
export async function openStoreBackup(store: Store, { all }: BackupOptions): Promise<StoreBackup> {
  const at = store.now();
  const snapshot = await store.snapshot();
  try {
    const [schema] = await snapshot.ask(`SELECT value FROM meta WHERE name = 'schema'`);
    const [proof] = await snapshot.ask(`SELECT value FROM meta WHERE name = '${PROOF_NAME}'`);
    if (schema === undefined) throw new HostError('inbox/unavailable', []);
    return {
      head: {
        at,
        all,
        store: snapshot.kind,
        schema: Number(schema['value']),
        proof: proof === undefined ? undefined : String(proof['value']),
      },
      sections: () => sectionsOf(snapshot, all),
      close: () => snapshot.close(),
    };
  } catch (error) {
    await snapshot.close();
    throw error;
  }
}

async function* sectionsOf(snapshot: Snapshot, all: boolean): AsyncGenerator<BackupSection> {
  yield counters(snapshot);
  for (const table of snapshot.tables) {
    if (isOfKeys(table.name)) yield keys(snapshot, table);
    if (!isKept(table)) continue;
    const where = all ? undefined : undoneRows(table);
    if (where === 'none') continue;
    const rows = snapshot.rows(table, table.columns, where);
    const kept = table.name === 'meta' ? withoutOwn(rows, table.columns.indexOf('name')) : rows;
    yield { part: 'store', name: table.name, columns: table.columns, facts: {}, rows: kept };
  }
}

async function* withoutOwn(rows: AsyncIterable<BackupRow>, nameAt: number): AsyncGenerator<BackupRow> {
  for await (const row of rows) if (isKeptMeta(row[nameAt])) yield row;
}

/** The last number each table gave, and the last ticket: none is given twice, also of what is not in the backup. */
function counters(snapshot: Snapshot): BackupSection {
  const query =
    snapshot.kind === 'sqlite'
      ? `SELECT name, seq AS last FROM sqlite_sequence
         UNION ALL SELECT name, CAST(value AS INTEGER) FROM meta WHERE name = 'ticket'`
      : `SELECT regexp_replace(sequencename::text, '(_id)?_seq$', '') AS name, last_value AS last FROM pg_sequences
         WHERE schemaname = current_schema() AND last_value IS NOT NULL`;
  const read = async function* (): AsyncGenerator<BackupRow> {
    for (const { name, last } of await snapshot.ask(query)) yield [String(name), Number(last)];
  };
  return { part: 'store', name: 'counters', columns: ['name', 'last'], facts: {}, rows: read() };
}

const KEY_COLUMNS = ['task_id', 'key', 'target', 'at'];

/** `form` says how the digests were made: on SQLite the task is part of them. */
function keys(snapshot: Snapshot, table: TableFacts): BackupSection {
  const other = snapshot.kind === 'sqlite' ? 'postgres' : 'sqlite';
  const form = table.name === RESTORED_KEYS ? other : snapshot.kind;
  const columns = form === 'sqlite' ? KEY_COLUMNS.slice(1) : KEY_COLUMNS;
  const rows = snapshot.rows(table, columns, undefined);
  return { part: 'store', name: 'dedupe', columns, facts: { form }, rows };
}
