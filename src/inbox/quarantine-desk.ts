import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import { HostError } from '../core/errors';
import type { BulkStep, Page, PageRequest } from '../core/ports/inbox-desk';
import type {
  KeptRequests,
  QuarantineDesk,
  RefusalCounts,
  RefusalDetail,
  RefusalFilter,
  RefusalSelection,
  RefusalSummary,
} from '../core/ports/quarantine-desk';
import type { Sealer } from '../core/ports/sealer';
import { secretMask } from '../core/secret-mask';
import type { RefusalReason } from '../core/signed-request';
import { reading } from './desk';
import { commitCommand, type DeskCommit } from './desk-commit';
import { isOf, numberOf, requireRow } from './desk-details';
import { limitOf } from './desk-filter';
import { cursorOf } from './desk-lists';
import { toPublicId } from './public-id';
import { detailOf, keptOf, SUMMARY_COLUMNS, summaryOf } from './quarantine-rows';
import type { ReceiptMeta } from './receipt-meta';
import type { Schema } from './schema';
import type { MaskOf } from './shown-masks';
import type { Store } from './store';

/** Said of a request that is not there. */
const WHERE_KEPT = '; `gatehouse doctor --list` tells which refused ones are kept';
/** Rows of one step of a purge. */
const STEP = 200;

export interface QuarantineDeskParts {
  readonly store: Store;
  readonly commit: DeskCommit;
  readonly sealer: Sealer;
  /** Without it members are masked by their names alone. */
  readonly maskOf?: MaskOf | undefined;
  /** How many this host did not keep. */
  dropped(): number;
  /** Called after some were removed. */
  purged(): void;
}

/** The desk over what one store keeps of refused requests. */
export function createQuarantineDesk(parts: QuarantineDeskParts): QuarantineDesk {
  return {
    refusals: (filter, page = {}) => reading(list(parts, filter, page)),
    refusal: (id) => reading(show(parts, id)),
    counts: (filter) => reading(counts(parts, filter)),
    purge: (selection, after) => reading(purgeStep(parts, selection, after)),
  };
}

/** What is kept of requests, refused or not, by their public ids, or by their request ids. */
export function createKeptRequests({
  store,
  sealer,
}: Pick<QuarantineDeskParts, 'store' | 'sealer'>): KeptRequests {
  return {
    find: (id) =>
      reading(
        (async () => {
          const row = await wholeRow(store, id);
          return row === undefined ? keptReceipt(store, id) : keptOf(row, sealer);
        })(),
      ),
  };
}

async function list(
  { store }: QuarantineDeskParts,
  filter: RefusalFilter,
  page: PageRequest,
): Promise<Page<RefusalSummary>> {
  const limit = limitOf(page);
  let query = store.searcher
    .selectFrom('refusal')
    .select(SUMMARY_COLUMNS)
    .where(conditions(filter))
    .orderBy('id', 'desc')
    .limit(limit);
  if (page.after !== undefined) query = query.where('id', '<', cursorOf(page.after)[0]);
  const rows = await query.execute();
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { items: rows.map(summaryOf), next: last && String(last.id) };
}

async function show({ store, sealer, maskOf }: QuarantineDeskParts, id: string): Promise<RefusalDetail> {
  const row = await wholeRow(store, id);
  if (row === undefined) throw new HostError('inbox/not-found', ['request', id, WHERE_KEPT]);
  return detailOf(row, sealer, maskOf?.(row.plugin, row.name) ?? secretMask([]));
}

/** By its public id, or the latest of a request id: that is what the log line and the answer tell. */
async function wholeRow({ searcher }: Store, id: string) {
  const query = searcher.selectFrom('refusal').select([...SUMMARY_COLUMNS, 'meta', 'body']);
  const row = await query.where('id', '=', numberOf(id)).executeTakeFirst();
  // Ids of receipts look alike; only one of both has this one's secret half.
  if (row !== undefined && isOf(id, row)) return row;
  return id === ''
    ? undefined
    : query.where('request_id', '=', id).orderBy('id', 'desc').limit(1).executeTakeFirst();
}

async function keptReceipt({ searcher }: Store, id: string) {
  const row = await searcher
    .selectFrom('receipt')
    .innerJoin('task', 'task.id', 'receipt.task_id')
    .select([
      'receipt.id',
      'receipt.token',
      'receipt.received_at',
      'receipt.meta',
      'task.plugin',
      'task.name',
    ])
    .where('receipt.id', '=', numberOf(id))
    .executeTakeFirst();
  if (row === undefined || !isOf(id, row))
    throw new HostError('inbox/not-found', ['request', id, WHERE_KEPT]);
  const { verified } = JSON.parse(row.meta) as ReceiptMeta;
  const { plugin, name, received_at } = row;
  return { kind: 'receipt', id, plugin, name, receivedAt: Number(received_at), verified } as const;
}

async function counts(
  { store, dropped }: QuarantineDeskParts,
  filter: RefusalFilter,
): Promise<RefusalCounts> {
  const rows = await store.searcher
    .selectFrom('refusal')
    .select(['plugin', 'name', 'scheme', 'reason'])
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.max<number>('received_at').as('latest_at'),
      fn.max<number>('id').as('latest_id'),
    ])
    .where(conditions(filter))
    .groupBy(['plugin', 'name', 'scheme', 'reason'])
    .orderBy('plugin')
    .orderBy('name')
    .orderBy('scheme')
    .orderBy('reason')
    .execute();
  const tokens = await tokensOf(
    store,
    rows.map((row) => Number(row.latest_id)),
  );
  return {
    dropped: dropped(),
    counts: rows.map(({ plugin, name, scheme, reason, ...row }) => ({
      ...{ plugin, name, scheme, reason: reason as RefusalReason },
      count: Number(row.count),
      latestAt: Number(row.latest_at),
      latestId: toPublicId(Number(row.latest_id), tokens.get(Number(row.latest_id)) ?? ''),
    })),
  };
}

async function tokensOf({ searcher }: Store, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await searcher.selectFrom('refusal').select(['id', 'token']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, token }) => [Number(id), token]));
}

/** Goes up through what was there at the first step (`<last>.<highest>`): it ends while more arrives. */
async function purgeStep(
  parts: QuarantineDeskParts,
  selection: RefusalSelection,
  after: string | undefined,
): Promise<BulkStep> {
  const { store } = parts;
  if ('ids' in selection) {
    const rows = await store.searcher
      .selectFrom('refusal')
      .select(['id', 'token'])
      .where('id', 'in', selection.ids.map(numberOf))
      .execute();
    const byId = new Map(rows.map((row) => [Number(row.id), row]));
    const found = selection.ids.map((id) => requireRow('refused request', id, byId.get(numberOf(id))));
    return { looked: found.length, changed: await remove(parts, found), next: undefined };
  }
  const [above, upTo = await highestOf(store)] = after === undefined ? [0] : cursorOf(after);
  const rows = await store.searcher
    .selectFrom('refusal')
    .select('id')
    .where(conditions(selection.filter))
    .where('id', '>', above)
    .where('id', '<=', upTo)
    .orderBy('id')
    .limit(STEP)
    .execute();
  const changed = await remove(parts, rows);
  return {
    looked: rows.length,
    changed,
    next: rows.length < STEP ? undefined : `${rows.at(-1)?.id}.${upTo}`,
  };
}

async function highestOf({ searcher }: Store): Promise<number> {
  const { highest } = await searcher
    .selectFrom('refusal')
    .select(({ fn }) => fn.max<number | null>('id').as('highest'))
    .executeTakeFirstOrThrow();
  return Number(highest ?? 0);
}

async function remove(
  { store, commit, purged }: QuarantineDeskParts,
  rows: readonly { readonly id: number }[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => Number(id));
  const statement = store.searcher.deleteFrom('refusal').where('id', 'in', ids).compile();
  const [changed = 0] = await commitCommand(commit, { statements: [statement] });
  purged();
  return changed;
}

const refusal = expressionBuilder<Schema, 'refusal'>();

function conditions({ plugin, name, reason, ip, since, until }: RefusalFilter): Expression<SqlBool> {
  const all: Expression<SqlBool>[] = [refusal('refusal.id', '>', 0)];
  if (plugin !== undefined) all.push(refusal('refusal.plugin', '=', plugin));
  if (name !== undefined) all.push(refusal('refusal.name', '=', name));
  if (reason !== undefined) all.push(refusal('refusal.reason', '=', reason));
  if (ip !== undefined) all.push(refusal('refusal.ip', '=', ip));
  if (since !== undefined) all.push(refusal('refusal.received_at', '>=', since));
  if (until !== undefined) all.push(refusal('refusal.received_at', '<', until));
  return refusal.and(all);
}
