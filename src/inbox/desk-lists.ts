import type { Selectable } from 'kysely';
import { HostError } from '../core/errors';
import type {
  AttemptRecord,
  InboxFilter,
  JobSummary,
  Page,
  PageRequest,
  ReceiptSummary,
} from '../core/ports/inbox-desk';
import { jobConditions, limitOf, readyFilter, receiptConditions, type ReadyFilter } from './desk-filter';
import { attemptGround, inAttempts, inStretch, receiptGround, tableGround } from './desk-grounds';
import { BODIES_LOOK, groundOf, lookThrough, USUAL_LOOK, type Ground, type Place } from './desk-look';
import { groupBy, orUndefined, receiptIds, stateNamed, tasksById, type TaskOfRow } from './desk-rows';
import type { DeskSearch } from './desk-search';
import { toPublicId } from './public-id';
import { rareJobs, receiptSpan, type RareJobs } from './rare-jobs';
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
  const { queries, kind } = search;
  const [ready, rare, span] = await Promise.all([
    readyFilter(search, filter),
    rareOf(search, filter),
    receiptSpan(search, filter),
  ]);
  const { rows, next } = await lookThrough({
    ...asked(search, filter, page),
    ground: orNone(ready, receiptGround(queries, ready.taskIds, rare, span)),
    find: (stretch, most) =>
      queries
        .selectFrom('receipt')
        .select(RECEIPT_COLUMNS)
        .where(receiptConditions(ready, kind, 'stretch'))
        .where(inStretch('receipt', stretch))
        .orderBy('id', 'desc')
        .limit(most)
        .execute(),
    placeOf: ({ id }) => [id],
  });
  return { items: await summariesOf(search, rows), next };
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
  const { queries, kind } = search;
  const [ready, rare] = await Promise.all([readyFilter(search, filter), rareOf(search, filter)]);
  const { rows, next } = await lookThrough({
    ...asked(search, filter, page),
    ground: orNone(ready, rare === undefined ? tableGround(queries, 'job') : groundOf(rare.jobs)),
    find: (stretch, most) =>
      queries
        .selectFrom('job')
        .selectAll()
        .where(jobConditions(ready, kind, 'stretch'))
        .where(inStretch('job', stretch))
        .orderBy('id', 'desc')
        .limit(most)
        .execute(),
    placeOf: ({ id }) => [id],
  });
  return { items: await jobsOf(search, rows), next };
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

export function nameOf({ plugin, name, kind }: TaskOfRow): TaskOfRow {
  return { plugin, name, kind };
}

function rareOf(search: DeskSearch, { states }: InboxFilter): Promise<RareJobs | undefined> {
  return states === undefined ? Promise.resolve(undefined) : rareJobs(search, states);
}

/** One page of attempts of the jobs the filter means, newest job first. @throws inbox/bad-request */
export async function listAttempts(
  search: DeskSearch,
  filter: InboxFilter,
  page: PageRequest,
): Promise<Page<AttemptRecord>> {
  const { queries, kind } = search;
  const ready = await readyFilter(search, filter);
  const { rows, next } = await lookThrough({
    ...asked(search, filter, page),
    ground: orNone(ready, attemptGround(queries)),
    find: (stretch, most) =>
      queries
        .selectFrom('attempt')
        .innerJoin('job', 'job.id', 'attempt.job_id')
        .selectAll('attempt')
        .select('job.token')
        .where(jobConditions(ready, kind, 'stretch'))
        .where(inAttempts(stretch))
        .orderBy('attempt.job_id', 'desc')
        .orderBy('attempt.n', 'desc')
        .limit(most)
        .execute(),
    placeOf: ({ job_id: job, n }) => [job, n],
  });
  return { items: rows.map((row) => attemptOf(row, toPublicId(row.job_id, row.token))), next };
}

/** Where no task or endpoint is meant there is nothing to look through. */
function orNone({ taskIds }: ReadyFilter, ground: Ground): Ground {
  return taskIds?.length === 0 ? groundOf([]) : ground;
}

/** What every list is asked alike. @throws inbox/bad-request */
function asked({ look }: DeskSearch, { text }: InboxFilter, page: PageRequest) {
  return {
    limit: limitOf(page),
    from: page.after === undefined ? undefined : cursorOf(page.after),
    bounds: look ?? (text === undefined ? USUAL_LOOK : BODIES_LOOK),
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

/** The numbers of a cursor. @throws inbox/bad-request */
export function cursorOf(after: string): Place {
  const numbers = /^\d{1,15}(\.\d{1,15})?$/.test(after) ? after.split('.').map(Number) : [];
  const [first, ...rest] = numbers;
  if (first === undefined) throw new HostError('inbox/bad-request', [`"${after}" is no place to go on from`]);
  return [first, ...rest];
}
