import { HostError } from '../core/errors';
import type { BackupHead, BackupRow, BackupSection, RestoreTarget } from '../core/ports/backup';
import type { Sealer } from '../core/ports/sealer';
import { isKept, isKeptMeta, isOfKeys, RESTORED_KEYS } from './backup-tables';
import { dayOf, dedupeTable } from './dedupe-days';
import { provesKey } from './key-agreement';
import { NODE_GONE_MS } from './nodes';
import { recordRestore } from './restore-record';
import { tablesOf, type TableFacts } from './snapshot';
import { STATE } from './states';
import type { StoreWriter } from './store-writer';

/** Of one statement: rows may carry a part of a body each. */
const ROWS_AT_ONCE = 64;

export interface RestoreParts {
  readonly writer: StoreWriter;
  readonly head: BackupHead;
  /** With the keys of the host that is to serve; undefined where it has none. */
  readonly sealer: Sealer | undefined;
  /** Empties the store first. */
  readonly force: boolean;
  /** Of this restore: `wasRestored` knows it once it is committed. */
  readonly id?: string | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * A store that takes the rows of a backup, their numbers and tokens included: what senders and operators know by an id
 * keeps it. What ran is ready again; that attempt is noted as interrupted, and does not count.
 * @throws backup/too-new, backup/other-master-key, backup/not-empty, backup/host-runs; the database's error
 */
export async function openRestoreTarget(parts: RestoreParts): Promise<RestoreTarget> {
  const { writer, head, sealer, force } = parts;
  const [row] = await writer.ask(`SELECT value FROM meta WHERE name = 'schema'`);
  const known = Number(row?.['value'] ?? 0);
  if (head.schema > known) throw new HostError('backup/too-new', [head.schema, known, head.version]);
  if (head.proof !== undefined && (sealer === undefined || !provesKey(sealer, head.proof)))
    throw new HostError('backup/other-master-key', []);
  const tables = await tablesOf(writer.kind, writer.ask);
  await requireSilence(writer);
  if (force) await clear(writer, tables);
  else await requireEmpty(writer, tables);
  // The proof of a key that seals nothing gives way to that of the rows.
  await clearMeta(writer);
  return new StoreTarget(parts, new Map(tables.map((table) => [table.name, table])));
}

class StoreTarget implements RestoreTarget {
  constructor(
    private readonly parts: RestoreParts,
    private readonly tables: ReadonlyMap<string, TableFacts>,
  ) {}

  async take({ name, columns, rows, facts }: BackupSection): Promise<void> {
    const { writer } = this.parts;
    if (name === 'counters') {
      for await (const [of, last] of rows)
        if (Number(last) > 0) await writer.setCounter(String(of), Number(last));
      return;
    }
    if (name === 'dedupe') return this.#takeKeys(columns, rows, facts['form']);
    const table = this.tables.get(name);
    const missing = columns.find((column) => table?.columns.includes(column) !== true);
    if (table === undefined || !isKept(table) || missing !== undefined)
      throw damaged(
        `it has rows of ${name}${missing === undefined ? '' : `.${missing}`}, which no store has`,
      );
    for await (const batch of batches(rows)) await writer.insert(table, columns, batch);
  }

  async commit(): Promise<void> {
    const { writer, head, id, now } = this.parts;
    const why = 'the host was backed up while it ran, and restored elsewhere';
    await writer.ask(
      `INSERT INTO attempt (job_id, n, started_at, ended_at, outcome, error, node)
       SELECT id, coalesce((SELECT max(n) FROM attempt WHERE job_id = job.id), 0) + 1, coalesce(started_at, ${head.at}),
         ${head.at}, 'interrupted', '${why}', coalesce(node, '') FROM job WHERE state = ${STATE.running}`,
    );
    await writer.ask(
      `UPDATE job SET state = ${STATE.ready}, ticket = NULL, lease_until = NULL, node = NULL WHERE state = ${STATE.running}`,
    );
    if (id !== undefined) await writer.ask(recordRestore(id, now));
    // Of a host that has started meanwhile.
    await requireSilence(writer);
    await writer.commit();
  }

  close(): Promise<void> {
    return this.parts.writer.close();
  }

  async #takeKeys(columns: readonly string[], rows: AsyncIterable<BackupRow>, form: unknown): Promise<void> {
    const { writer } = this.parts;
    if (form !== 'sqlite' && form !== 'postgres')
      throw damaged('its dedupe keys are of no kind that is known');
    const isForeign = form !== writer.kind;
    if (isForeign && !this.tables.has(RESTORED_KEYS)) await writer.ask(foreignTable(form));
    const at = columns.indexOf('at');
    const made = new Set<string>();
    for await (const batch of batches(rows)) {
      for (const [day, ofDay] of byDay(batch, at)) {
        // Of foreign ones as well: they are taken over into it.
        if (!made.has(day)) await writer.makeDay(day);
        made.add(day);
        if (!isForeign) await writer.insert({ name: day, columns, key: [] }, columns, ofDay);
      }
      if (isForeign) await writer.insert({ name: RESTORED_KEYS, columns, key: [] }, columns, batch);
    }
  }
}

/** By the table of the day each key was seen on. */
function byDay(rows: readonly BackupRow[], at: number): ReadonlyMap<string, readonly BackupRow[]> {
  const days = new Map<string, BackupRow[]>();
  for (const row of rows) {
    const day = dedupeTable(dayOf(Number(row[at])));
    const ofDay = days.get(day);
    if (ofDay === undefined) days.set(day, [row]);
    else ofDay.push(row);
  }
  return days;
}

function foreignTable(form: 'sqlite' | 'postgres'): string {
  return form === 'sqlite'
    ? `CREATE TABLE IF NOT EXISTS ${RESTORED_KEYS} (key bytea PRIMARY KEY, target bigint NOT NULL, at bigint NOT NULL)`
    : `CREATE TABLE IF NOT EXISTS ${RESTORED_KEYS} (
        task_id INTEGER NOT NULL, key BLOB NOT NULL, target INTEGER NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (task_id, key)) STRICT, WITHOUT ROWID`;
}

async function* batches(rows: AsyncIterable<BackupRow>): AsyncGenerator<BackupRow[]> {
  let batch: BackupRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A host that serves would not see what comes, and might work what is about to go. */
async function requireSilence(writer: StoreWriter): Promise<void> {
  // Nobody else can have a SQLite file while it is ours.
  if (writer.kind === 'sqlite') return;
  // By the server's clock, as hosts say it; one that stops finishes its work still.
  const nodes = await writer.ask(
    `SELECT host, pid FROM node WHERE seen_at > extract(epoch FROM clock_timestamp()) * 1000 - ${NODE_GONE_MS}`,
  );
  const [node] = nodes;
  if (node !== undefined)
    throw new HostError('backup/host-runs', [`${String(node['host'])}, process ${String(node['pid'])}`]);
}

async function requireEmpty(writer: StoreWriter, tables: readonly TableFacts[]): Promise<void> {
  const found: string[] = [];
  for (const table of tables) {
    if (table.name === 'meta' || !(isKept(table) || isOfKeys(table.name))) continue;
    const [row] = await writer.ask(
      `SELECT count(*) AS rows FROM (SELECT 1 FROM "${table.name}" LIMIT 1001) x`,
    );
    const rows = Number(row?.['rows'] ?? 0);
    if (rows > 0) found.push(`${rows > 1_000 ? 'more than 1,000' : rows} ${table.name}`);
  }
  if (found.length > 0) throw new HostError('backup/not-empty', [found.join(', ')]);
}

async function clear(writer: StoreWriter, tables: readonly TableFacts[]): Promise<void> {
  for (const { name } of tables) {
    // A row of a host that we take away it could not write before we are done: it would start unseen.
    if (name === 'meta' || name === 'migration' || name === 'node') continue;
    await writer.ask(`DELETE FROM "${name}"`);
  }
}

async function clearMeta(writer: StoreWriter): Promise<void> {
  for (const { name } of await writer.ask('SELECT name FROM meta'))
    if (isKeptMeta(name))
      await writer.ask(`DELETE FROM meta WHERE name = '${String(name).replaceAll("'", "''")}'`);
}

function damaged(why: string): HostError {
  return new HostError('backup/damaged', [why]);
}
