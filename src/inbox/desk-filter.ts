import {
  expressionBuilder,
  sql,
  type Expression,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
} from 'kysely';
import { HostError } from '../core/errors';
import type { InboxFilter, PageRequest, WorkState } from '../core/ports/inbox-desk';
import type { DeskSearch } from './desk-search';
import type { Schema } from './schema';
import { DONE, STATE } from './states';
import type { Store } from './store';

/** A filter with the tasks it names looked up: undefined is any, empty is none. */
export interface ReadyFilter extends InboxFilter {
  readonly taskIds: readonly number[] | undefined;
}

type Kind = Store['kind'];
/**
 * What conditions are for: all rows, or the few of a stretch. Of the latter each is looked at on its own, however little
 * the planner knows: it must not begin with another table, and read all of that.
 */
type Span = 'all' | 'stretch';
const job = expressionBuilder<Schema, 'job'>();
const receipt = expressionBuilder<Schema, 'receipt'>();

/** Looks up which tasks and endpoints the filter means. */
export async function readyFilter(
  { queries, orphanOf }: DeskSearch,
  filter: InboxFilter,
): Promise<ReadyFilter> {
  const { plugin, name, orphaned = false } = filter;
  if (plugin === undefined && name === undefined && !orphaned) return { ...filter, taskIds: undefined };
  let query = queries.selectFrom('task').selectAll();
  if (plugin !== undefined) query = query.where('plugin', '=', plugin);
  if (name !== undefined) query = query.where('name', '=', name);
  const tasks = (await query.execute()).filter((task) => !orphaned || orphanOf(task) !== undefined);
  return { ...filter, taskIds: tasks.map(({ id }) => Number(id)) };
}

/** What the filter demands of a row of `job`. Rows below zero are the desk's own and never shown. */
export function jobConditions(filter: ReadyFilter, kind: Kind, span: Span = 'all'): Expression<SqlBool> {
  const { taskIds, states, since, until, lane, text, orphaned } = filter;
  // Of a stretch the numbers are bounded: a planner that went by this bound would look at everything below.
  const own = span === 'all' ? job('job.id', '>', 0) : sql<SqlBool>`+job.id > 0`;
  const all: Expression<SqlBool>[] = [own];
  if (orphaned === true)
    all.push(sql<SqlBool>`job.state not in (${sql.join(DONE.map((state) => sql.lit(state)))})`);
  if (taskIds !== undefined) all.push(oneOf(sql.ref('job.task_id'), taskIds));
  if (states !== undefined) all.push(inStates(states));
  if (since !== undefined) all.push(job('job.created_at', '>=', since));
  if (until !== undefined) all.push(job('job.created_at', '<', until));
  if (lane !== undefined) all.push(job('job.lane', '=', lane));
  const ofReceipt = receiptValues(filter);
  // Of one delivery there are few: looked for once, and their jobs found by their index.
  if (filter.deliveryId !== undefined && span === 'all')
    all.push(
      job(
        'job.receipt_id',
        'in',
        job.selectFrom('receipt').select('receipt.id').where(receipt.and(ofReceipt)),
      ),
    );
  else if (ofReceipt.length > 0)
    all.push(
      there(
        span,
        job
          .selectFrom('receipt')
          .select(sql.lit(1).as('one'))
          .whereRef('receipt.id', '=', 'job.receipt_id')
          .where(receipt.and(ofReceipt)),
      ),
    );
  if (text !== undefined)
    all.push(
      job.or([
        holds(kind, 'job.payload', text),
        errorHolds(kind, text, span),
        there(
          span,
          job
            .selectFrom('receipt')
            .select(sql.lit(1).as('one'))
            .whereRef('receipt.id', '=', 'job.receipt_id')
            .where(bodyHolds(kind, text, span)),
        ),
      ]),
    );
  return job.and(all);
}

/** What the filter demands of a row of `receipt`. */
export function receiptConditions(filter: ReadyFilter, kind: Kind, span: Span = 'all'): Expression<SqlBool> {
  const { taskIds, states, since, until, lane, text } = filter;
  const all: Expression<SqlBool>[] = [...receiptValues(filter)];
  if (taskIds !== undefined) all.push(oneOf(sql.ref('receipt.task_id'), taskIds));
  if (since !== undefined) all.push(receipt('receipt.received_at', '>=', since));
  if (until !== undefined) all.push(receipt('receipt.received_at', '<', until));
  const ofJob: Expression<SqlBool>[] = [];
  if (states !== undefined) ofJob.push(inStates(states));
  if (lane !== undefined) ofJob.push(job('job.lane', '=', lane));
  const hasJob = (conditions: readonly Expression<SqlBool>[]) =>
    there(
      span,
      receipt
        .selectFrom('job')
        .select(sql.lit(1).as('one'))
        .whereRef('job.receipt_id', '=', 'receipt.id')
        .where(job.and([...conditions])),
    );
  if (ofJob.length > 0) all.push(hasJob(ofJob));
  if (text !== undefined)
    all.push(receipt.or([bodyHolds(kind, text, span), hasJob([errorHolds(kind, text, span)])]));
  return all.length === 0 ? sql<SqlBool>`1 = 1` : receipt.and(all);
}

/** Written out, not bound: only so do partial indexes on states serve. */
export function inStates(states: readonly WorkState[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`job.state in (${sql.join(states.map((state) => sql.lit(STATE[state])))})`;
}

/** `reference in (…)`, which databases refuse to write with an empty list. */
function oneOf(reference: RawBuilder<unknown>, ids: readonly number[]): RawBuilder<SqlBool> {
  return ids.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${reference} in (${sql.join(ids)})`;
}

/** @throws inbox/bad-request */
export function limitOf({ limit = 50 }: PageRequest): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new HostError('inbox/bad-request', [`limit is ${String(limit)} and must be from 1 to 200`]);
}

/** Whether there is such a row; of a stretch as a subquery for one value, which no planner joins or hashes. */
function there(span: Span, rows: SelectQueryBuilder<Schema, never, unknown>): Expression<SqlBool> {
  return span === 'all' ? job.exists(rows) : sql<SqlBool>`(${rows.limit(1)}) = 1`;
}

function receiptValues({ ip, deliveryId, event }: InboxFilter): Expression<SqlBool>[] {
  const all: Expression<SqlBool>[] = [];
  if (ip !== undefined) all.push(receipt('receipt.ip', '=', ip));
  if (deliveryId !== undefined) all.push(receipt('receipt.delivery_id', '=', deliveryId));
  if (event !== undefined) all.push(receipt('receipt.event', '=', event));
  return all;
}

function holds(kind: Kind, column: string, text: string): RawBuilder<SqlBool> {
  return kind === 'sqlite'
    ? sql<SqlBool>`instr(${sql.ref(column)}, ${text}) > 0`
    : sql<SqlBool>`strpos(${sql.ref(column)}, ${text}) > 0`;
}

function holdsBytes(kind: Kind, column: string, text: string): RawBuilder<SqlBool> {
  const bytes = Buffer.from(text);
  return kind === 'sqlite'
    ? sql<SqlBool>`instr(${sql.ref(column)}, ${bytes}) > 0`
    : sql<SqlBool>`position(cast(${bytes} as bytea) in ${sql.ref(column)}) > 0`;
}

function errorHolds(kind: Kind, text: string, span: Span): Expression<SqlBool> {
  return job.or([
    holds(kind, 'job.error', text),
    there(
      span,
      job
        .selectFrom('attempt')
        .select(sql.lit(1).as('one'))
        .whereRef('attempt.job_id', '=', 'job.id')
        .where(holds(kind, 'attempt.error', text)),
    ),
  ]);
}

/** A text that lies across two parts of a large body is not found. */
function bodyHolds(kind: Kind, text: string, span: Span): Expression<SqlBool> {
  return receipt.or([
    holdsBytes(kind, 'receipt.body', text),
    there(
      span,
      receipt
        .selectFrom('receipt_body')
        .select(sql.lit(1).as('one'))
        .whereRef('receipt_body.receipt_id', '=', 'receipt.id')
        .where(holdsBytes(kind, 'receipt_body.bytes', text)),
    ),
  ]);
}
