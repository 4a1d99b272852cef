import { randomBytes } from 'node:crypto';
import type { JobTable } from '../../../src/inbox/schema';
import type {
  AcceptOperation,
  AcceptResult,
  Batch,
  BatchResult,
  ClaimedJob,
  Command,
  DedupeKey,
  DocumentWrite,
  NewJob,
  NewReceipt,
  SettleResult,
  Settlement,
  Store,
} from '../../../src/inbox/store';
import type { Selectable } from 'kysely';

/** One open store, and how to open another on the same database; `close` closes both. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly second?: () => Promise<Store>;
  close(): Promise<void>;
}
/** The store of the running test. */
export type Current = () => StoreUnderTest;

export const HOUR_MS = 3_600_000;
const token = (): string => randomBytes(12).toString('base64url');

export function batch(part: Partial<Batch>): Batch {
  return {
    accepts: [],
    enqueues: [],
    answers: [],
    settles: [],
    extensions: [],
    commands: [],
    claim: undefined,
    ...part,
  };
}
export const commit = (store: Store, part: Partial<Batch>): Promise<BatchResult> => store.commit(batch(part));

export async function taskId(store: Store, name = 'POST /hook'): Promise<number> {
  const kind = name.startsWith('POST') ? 'endpoint' : 'task';
  const [id] = await store.taskIds([{ plugin: 'acme.ci', name, kind }]);
  return id as number;
}

export function receipt(task: number, more: Partial<NewReceipt> = {}): NewReceipt {
  return {
    token: token(),
    taskId: task,
    receivedAt: 1_700_000_000_000,
    method: 'POST',
    target: '/api/plugin/acme.ci/hook?x=1',
    meta: '{"headers":["content-type","application/json"]}',
    body: Buffer.from('{"a":1}'),
    bodyDigest: 'digest-of-it',
    ip: '127.0.0.1',
    scheme: undefined,
    deliveryId: undefined,
    event: undefined,
    answerStatus: undefined,
    replayOf: undefined,
    ...more,
  };
}

export function job(task: number, more: Partial<NewJob> = {}): NewJob {
  return {
    token: token(),
    taskId: task,
    payload: undefined,
    runAt: 0,
    priority: 0,
    lane: undefined,
    dedupe: undefined,
    held: undefined,
    receiptId: undefined,
    ...more,
  };
}

export const keyOf = (task: number, key: string, windowMs = 72 * HOUR_MS): DedupeKey => ({
  taskId: task,
  key,
  windowMs,
});

/** A receipt with one job. */
export function accept(task: number, key?: DedupeKey, more: Partial<NewReceipt> = {}): AcceptOperation {
  return { receipt: receipt(task, more), dedupe: key, jobs: [job(task)] };
}
export async function acceptOne(store: Store, operation: AcceptOperation): Promise<AcceptResult> {
  return (await commit(store, { accepts: [operation] })).accepts[0] as AcceptResult;
}
export function stored(result: AcceptResult | undefined): Extract<AcceptResult, { kind: 'stored' }> {
  if (result?.kind !== 'stored') throw new Error(`it is ${String(result?.kind)}`);
  return result;
}

/** Their ids, in order. */
export async function enqueue(store: Store, ...jobs: readonly NewJob[]): Promise<number[]> {
  return (await commit(store, { enqueues: jobs })).enqueues.map(({ id }) => id);
}
export async function claim(
  store: Store,
  task: number,
  most = 100,
  node = 'node-a',
): Promise<readonly ClaimedJob[]> {
  const claimed = { node, leaseUntil: store.now() + 10_000, wants: [{ taskId: task, most }] };
  return (await commit(store, { claim: claimed })).claimed;
}
export async function claimOne(store: Store, task: number): Promise<ClaimedJob> {
  const [claimed] = await claim(store, task, 1);
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
}

type Held = Pick<ClaimedJob, 'id' | 'ticket'>;
export function settlement(
  held: Held,
  next: Settlement['next'] = { state: 'succeeded' },
  more: Partial<Settlement> = {},
): Settlement {
  return {
    jobId: held.id,
    ticket: held.ticket,
    next,
    at: 1_700_000_002_000,
    startedAt: 1_700_000_001_000,
    outcome: next.state === 'succeeded' ? 'succeeded' : 'failed',
    error: next.state === 'succeeded' ? undefined : 'it broke',
    writes: [],
    enqueues: [],
    ...more,
  };
}
export async function settle(store: Store, ...all: readonly Settlement[]): Promise<readonly SettleResult[]> {
  return (await commit(store, { settles: all })).settles;
}
export const end = async (store: Store, held: Held, next?: Settlement['next']): Promise<SettleResult> =>
  (await settle(store, settlement(held, next)))[0] as SettleResult;

export function write(
  id: string,
  data: object | undefined,
  expected?: number,
  collection = 'orders',
): DocumentWrite {
  return {
    plugin: 'acme.ci',
    collection,
    id,
    expected,
    data: data === undefined ? undefined : JSON.stringify(data),
  };
}

export function jobRow(store: Store, id: number): Promise<Selectable<JobTable> | undefined> {
  return store.reader.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst();
}
export const command = (...statements: readonly { compile(): Command['statements'][number] }[]): Command => ({
  statements: statements.map((statement) => statement.compile()),
});
export const ids = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id);
