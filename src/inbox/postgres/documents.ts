import type { DocumentWrite, Settlement } from '../store';
import { Moved } from './fault';
import { IS_RUNNING } from './job-rows';
import { Rows, withoutNul } from './rows';
import type { Transaction } from './transaction';

/** A document as it is, or is to be: not there without `version`. */
interface Content {
  readonly version: number | undefined;
  readonly data: string | undefined;
  readonly createdAt: number;
  readonly at: number;
}
interface Place {
  readonly plugin: string;
  readonly collection: string;
  readonly id: string;
}
interface Changed extends Place {
  readonly before: Content | undefined;
  readonly after: Content;
}

/** What settlements with writes may do: those without a conflict, and what becomes of the documents. */
export interface Judgement {
  readonly conflicts: ReadonlyMap<Settlement, string>;
  readonly lost: ReadonlySet<Settlement>;
  readonly changes: readonly Changed[];
}

const PLACE = [
  { name: 'plugin', type: 'text', of: (one: Place) => one.plugin },
  { name: 'collection', type: 'text', of: (one: Place) => one.collection },
  { name: 'id', type: 'text', of: (one: Place) => one.id },
] as const;
const places = new Rows<Place>('p', PLACE);
const LOOK = `SELECT d.plugin, d.collection, d.id, d.version, d.created_at FROM ${places.source}
JOIN document d ON d.plugin = p.plugin AND d.collection = p.collection AND d.id = p.id
ORDER BY d.plugin, d.collection, d.id FOR UPDATE OF d`;

const tickets = new Rows<Settlement>('s', [
  { name: 'id', type: 'bigint', of: (one) => one.jobId },
  { name: 'ticket', type: 'bigint', of: (one) => one.ticket },
]);
const HELD = `SELECT s.ord FROM ${tickets.source} JOIN job j ON j.id = s.id AND j.ticket = s.ticket
WHERE ${IS_RUNNING} ORDER BY j.ticket FOR UPDATE OF j`;

/**
 * Locks the documents and jobs of settlements and tells, one settlement after the other, which of them may be applied:
 * a conflict leaves its job running and its writes undone, and is none of the others' affair.
 */
export async function judgeWrites(
  transaction: Transaction,
  settlements: readonly Settlement[],
): Promise<Judgement> {
  const written = new Map<string, Place>();
  for (const { writes } of settlements) for (const write of writes) written.set(keyOf(write), write);
  const held = transaction.send<{ ord: number }>({
    name: 'held',
    text: HELD,
    values: tickets.values(settlements),
  });
  const found = transaction.send<Place & { version: number; created_at: number }>({
    name: 'documents',
    text: LOOK,
    values: places.values([...written.values()]),
  });
  await transaction.caughtUp();
  const before = new Map<string, Content>();
  for (const row of (await found).rows)
    before.set(keyOf(row), { version: row.version, data: undefined, createdAt: row.created_at, at: 0 });
  const holding = new Set((await held).rows.map(({ ord }) => settlements[ord - 1]));
  return judge(settlements, holding, written, before);
}

function judge(
  settlements: readonly Settlement[],
  holding: ReadonlySet<Settlement | undefined>,
  written: ReadonlyMap<string, Place>,
  before: ReadonlyMap<string, Content>,
): Judgement {
  const conflicts = new Map<Settlement, string>();
  const lost = new Set<Settlement>();
  const now = new Map(before);
  const touched = new Set<string>();
  for (const settlement of settlements) {
    if (!holding.has(settlement)) {
      lost.add(settlement);
      continue;
    }
    const overlay = new Map<string, Content>();
    const conflict = settlement.writes
      .map((write) => apply(write, overlay, now, settlement.at))
      .find((problem) => problem !== undefined);
    if (conflict !== undefined) conflicts.set(settlement, conflict);
    else
      for (const [key, content] of overlay) {
        now.set(key, content);
        touched.add(key);
      }
  }
  const changes = [...touched].sort().map((key) => ({
    ...(written.get(key) as Place),
    before: before.get(key),
    after: now.get(key) as Content,
  }));
  return { conflicts, lost, changes };
}

/** One write on top of what is there; the conflict, if it is one. */
function apply(
  write: DocumentWrite,
  overlay: Map<string, Content>,
  now: ReadonlyMap<string, Content>,
  at: number,
): string | undefined {
  const key = keyOf(write);
  const current = overlay.get(key) ?? now.get(key);
  const version = current?.version ?? 0;
  if (write.expected !== undefined && write.expected !== version)
    return write.expected === 0
      ? `${write.collection}/${write.id} is there already: another writer came first`
      : `${write.collection}/${write.id} is no longer at version ${write.expected}: another writer came first`;
  if (write.data === undefined) overlay.set(key, { version: undefined, data: undefined, createdAt: at, at });
  else {
    const createdAt = current?.version === undefined ? at : current.createdAt;
    overlay.set(key, { version: version + 1, data: write.data, createdAt, at });
  }
  return undefined;
}

const contents = [
  ...PLACE,
  { name: 'version', type: 'bigint', of: ({ after }: Changed) => after.version },
  { name: 'data', type: 'text', of: ({ after }: Changed) => after.data },
  { name: 'created_at', type: 'bigint', of: ({ after }: Changed) => after.createdAt },
  { name: 'updated_at', type: 'bigint', of: ({ after }: Changed) => after.at },
] as const;
const changed = new Rows<Changed>('c', contents);
const CREATE = `INSERT INTO document (plugin, collection, id, version, data, created_at, updated_at)
SELECT c.plugin, c.collection, c.id, c.version, c.data, c.created_at, c.updated_at FROM ${changed.source}
ON CONFLICT (plugin, collection, id) DO NOTHING`;
const UPDATE = `UPDATE document d SET version = c.version, data = c.data, created_at = c.created_at, updated_at = c.updated_at
FROM ${changed.source} WHERE d.plugin = c.plugin AND d.collection = c.collection AND d.id = c.id`;
const REMOVE = `DELETE FROM document d USING ${places.source}
WHERE d.plugin = p.plugin AND d.collection = p.collection AND d.id = p.id`;

/** Writes what was judged. @throws Moved when somebody else created one of the documents meanwhile */
export async function writeDocuments(transaction: Transaction, changes: readonly Changed[]): Promise<void> {
  const isThere = ({ before }: Changed) => before?.version !== undefined;
  const stays = ({ after }: Changed) => after.version !== undefined;
  const created = changes.filter((one) => stays(one) && !isThere(one));
  const updated = changes.filter((one) => stays(one) && isThere(one));
  const removed = changes.filter((one) => !stays(one) && isThere(one));
  if (updated.length > 0)
    void transaction.send({ name: 'update documents', text: UPDATE, values: changed.values(updated) });
  if (removed.length > 0)
    void transaction.send({ name: 'remove documents', text: REMOVE, values: places.values(removed) });
  if (created.length === 0) return;
  const answer = transaction.send({
    name: 'create documents',
    text: CREATE,
    values: changed.values(created),
  });
  await transaction.caughtUp();
  if ((await answer).rowCount !== created.length) throw new Moved('a document was created meanwhile');
}

function keyOf({ plugin, collection, id }: Place): string {
  return [plugin, collection, id].map(withoutNul).join('\0');
}
