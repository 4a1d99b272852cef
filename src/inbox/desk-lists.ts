import { sql, type Selectable } from 'kysely';
import { HostError } from '../core/errors';
import type {
  AttemptRecord,
  InboxFilter,
  JobSummary,
  Page,
  PageRequest,
  ReceiptSummary,
  WorkCount,
  WorkState,
} from '../core/ports/inbox-desk';
import { jobConditions, limitOf, readyFilter, receiptConditions } from './desk-filter';
import type { DeskSearch } from './desk-search';
import { groupBy, orUndefined, receiptIds, stateNamed, tasksById, type TaskOfRow } from './desk-rows';
import { toPublicId } from './public-id';
import type { JobTable, ReceiptTable, Schema } from './schema';
import { DONE } from './states';

/** Everything of a receipt but its body and what takes long to read. */
export const RECEIPT_COLUMNS = [
  'id',
  'token',
  'task_id',
  'received_at',
  'method',
  'target',
  'body_bytes',
  'ip',
  'scheme',
  'delivery_id',
  'event',
  'answer_status',
  'replay_of',
] as const satisfies readonly (keyof ReceiptTable)[];
export type ReceiptRow = Pick<Selectable<ReceiptTable>, (typeof RECEIPT_COLUMNS)[number]>;

/** One page of receipts, newest first. @throws inbox/bad-request */
export async function listReceipts(
  search: DeskSearch,
  filter: InboxFilter,
  page: PageRequest,
): Promise<Page<ReceiptSummary>> {
  const limit = limitOf(page);
  const ready = await readyFilter(search, filter);
  let query = search.queries
    .selectFrom('receipt')
    .select(RECEIPT_COLUMNS)
    .where(receiptConditions(ready, search.kind))
    .orderBy('id', 'desc')
    .limit(limit);
  if (page.after !== undefined) query = query.where('id', '<', cursorOf(page.after)[0]);
  const rows = await query.execute();
  return { items: await summariesOf(search, rows), next: nextOf(rows, limit, ({ id }) => String(id)) };
}

export async function summariesOf(
  { queries, orphanOf }: DeskSearch,
  rows: readonly ReceiptRow[],
): Promise<ReceiptSummary[]> {
  const ids = rows.map(({ id }) => id);
  const [taskOf, replayed, jobs] = await Promise.all([
    tasksById(
      queries,
      rows.map((row) => row.task_id),
    ),
    receiptIds(
      queries,
      rows.map((row) => row.replay_of),
    ),
    ids.length === 0
      ? []
      : queries
          .selectFrom('job')
          .select(['id', 'token', 'state', 'receipt_id'])
          .where('receipt_id', 'in', ids)
          .orderBy('id')
          .execute(),
  ]);
  const jobsOf = groupBy(jobs, (job) => job.receipt_id);
  return rows.map((row) => {
    const task = taskOf(row.task_id);
    return {
      id: toPublicId(row.id, row.token),
      plugin: task.plugin,
      name: task.name,
      receivedAt: row.received_at,
      method: row.method,
      target: row.target,
      ip: row.ip,
      bodyBytes: row.body_bytes,
      scheme: orUndefined(row.scheme),
      deliveryId: orUndefined(row.delivery_id),
      event: orUndefined(row.event),
      answerStatus: orUndefined(row.answer_status),
      replayOf: replayed(row.replay_of),
      orphan: orphanOf(task),
      jobs: (jobsOf.get(row.id) ?? []).map((job) => ({
        id: toPublicId(job.id, job.token),
        state: stateNamed(job.state),
      })),
    };
  });
}

/** One page of jobs, newest first. @throws inbox/bad-request */
export async function listJobs(
  search: DeskSearch,
  filter: InboxFilter,
  page: PageRequest,
): Promise<Page<JobSummary>> {
  const limit = limitOf(page);
  const ready = await readyFilter(search, filter);
  let query = search.queries
    .selectFrom('job')
    .selectAll()
    .where(jobConditions(ready, search.kind))
    .orderBy('id', 'desc')
    .limit(limit);
  if (page.after !== undefined) query = query.where('id', '<', cursorOf(page.after)[0]);
  const rows = await query.execute();
  return { items: await jobsOf(search, rows), next: nextOf(rows, limit, ({ id }) => String(id)) };
}

export async function jobsOf(
  { queries, orphanOf }: DeskSearch,
  rows: readonly Selectable<JobTable>[],
): Promise<JobSummary[]> {
  const [taskOf, receiptOf] = await Promise.all([
    tasksById(
      queries,
      rows.map((row) => row.task_id),
    ),
    receiptIds(
      queries,
      rows.map((row) => row.receipt_id),
    ),
  ]);
  return rows.map((row) => ({
    id: toPublicId(row.id, row.token),
    ...nameOf(taskOf(row.task_id)),
    state: stateNamed(row.state),
    attempt: row.attempt,
    crashes: row.crashes,
    priority: row.priority,
    lane: orUndefined(row.lane),
    laneHead: row.lane_head === 1,
    runAt: row.run_at,
    createdAt: row.created_at,
    startedAt: orUndefined(row.started_at),
    endedAt: orUndefined(row.ended_at),
    node: orUndefined(row.node),
    progress: row.progress === null ? undefined : { fraction: row.progress, note: orUndefined(row.note) },
    awaited: orUndefined(row.awaited),
    receiptId: receiptOf(row.receipt_id),
    error: orUndefined(row.error),
    // What is done needs nobody.
    orphan: DONE.includes(row.state) ? undefined : orphanOf(taskOf(row.task_id)),
  }));
}

function nameOf({ plugin, name, kind }: TaskOfRow): TaskOfRow {
  return { plugin, name, kind };
}

/** One page of attempts of the jobs the filter means, newest job first. @throws inbox/bad-request */
export async function listAttempts(
  search: DeskSearch,
  filter: InboxFilter,
  page: PageRequest,
): Promise<Page<AttemptRecord>> {
  const limit = limitOf(page);
  const ready = await readyFilter(search, filter);
  let query = search.queries
    .selectFrom('attempt')
    .innerJoin('job', 'job.id', 'attempt.job_id')
    .selectAll('attempt')
    .select('job.token')
    .where(jobConditions(ready, search.kind))
    .orderBy('attempt.job_id', 'desc')
    .orderBy('attempt.n', 'desc')
    .limit(limit);
  if (page.after !== undefined) {
    const [job, n = 0] = cursorOf(page.after);
    query = query.where(sql<boolean>`(attempt.job_id, attempt.n) < (${job}, ${n})`);
  }
  const rows = await query.execute();
  return {
    items: rows.map((row) => attemptOf(row, toPublicId(row.job_id, row.token))),
    next: nextOf(rows, limit, (row) => `${row.job_id}.${row.n}`),
  };
}

export function attemptOf(row: Selectable<Schema['attempt']>, jobId: string): AttemptRecord {
  return {
    jobId,
    number: row.n,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    error: orUndefined(row.error),
    node: row.node,
  };
}

/** How many jobs stand where, per task and endpoint. */
export async function countJobs({ queries, orphanOf }: DeskSearch): Promise<WorkCount[]> {
  const rows = await queries
    .selectFrom('job')
    .select(['task_id', 'state', (eb) => eb.fn.countAll<number>().as('count')])
    .where('id', '>', 0)
    .groupBy(['task_id', 'state'])
    .execute();
  const taskOf = await tasksById(
    queries,
    rows.map((row) => row.task_id),
  );
  const counts = [...groupBy(rows, (row) => row.task_id)].map(([taskId, ofTask]) => {
    const states: Partial<Record<WorkState, number>> = {};
    for (const { state, count } of ofTask) states[stateNamed(state)] = Number(count);
    return { ...nameOf(taskOf(taskId)), states, orphan: orphanOf(taskOf(taskId)) };
  });
  return counts.sort((a, b) => (`${a.plugin} ${a.name}` < `${b.plugin} ${b.name}` ? -1 : 1));
}

/** The numbers of a cursor. @throws inbox/bad-request */
export function cursorOf(after: string): [number, ...number[]] {
  const numbers = /^\d{1,15}(\.\d{1,15})?$/.test(after) ? after.split('.').map(Number) : [];
  const [first, ...rest] = numbers;
  if (first === undefined) throw new HostError('inbox/bad-request', [`"${after}" is no place to go on from`]);
  return [first, ...rest];
}

function nextOf<T>(rows: readonly T[], limit: number, cursor: (row: T) => string): string | undefined {
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? undefined : cursor(last);
}
