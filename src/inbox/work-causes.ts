import { sql, type Kysely } from 'kysely';
import { contextOfAttempt, contextOfRequest, traceparentIn, type TraceContext } from '../core/trace-context';
import { toPublicId } from './public-id';
import type { ReceiptMeta } from './receipt-meta';
import type { Schema } from './schema';
import { STATE } from './states';

/** A longer chain is not followed: what enqueues itself for ever would be one trace without an end. */
const MOST_STEPS = 16;
/** Their last attempt is counted. */
const ENDED: readonly number[] = [STATE.succeeded, STATE.dead, STATE.poisoned];

interface CauseRow {
  readonly job_id: number;
  readonly steps: number;
  readonly id: number;
  readonly token: string;
  readonly state: number;
  readonly attempt: number;
  readonly meta: string | null;
  readonly received_at: number | null;
}

/** Of jobs that were stored by others: the attempt that stored each, in the trace of what began it all. */
export async function causesOf(
  reader: Kysely<Schema>,
  jobIds: readonly number[],
): Promise<ReadonlyMap<number, TraceContext>> {
  const { rows } = await sql<CauseRow>`with recursive cause(job_id, id, steps) as (
      select job_id, cause_id, 1 from job_cause where job_id in (${sql.join(jobIds)})
      union all select cause.job_id, c.cause_id, cause.steps + 1
        from cause join job_cause c on c.job_id = cause.id where cause.steps < ${sql.lit(MOST_STEPS)})
    select cause.job_id, steps, job.id, job.token, job.state, job.attempt, meta, received_at
    from cause join job on job.id = cause.id left join receipt on receipt.id = job.receipt_id
    order by cause.job_id, steps`.execute(reader);
  const chains = new Map<number, CauseRow[]>();
  for (const row of rows) {
    const jobId = Number(row.job_id);
    chains.set(jobId, [...(chains.get(jobId) ?? []), row]);
  }
  const causes = new Map<number, TraceContext>();
  for (const [jobId, chain] of chains) {
    const [first, last] = [chain[0], chain.at(-1)];
    const isWhole = chain.every(({ steps }, index) => Number(steps) === index + 1);
    if (first === undefined || last === undefined || !isWhole || chain.length === MOST_STEPS) continue;
    causes.set(jobId, attemptOf(first, beginningOf(last)));
  }
  return causes;
}

/** The request that began it, or the first of the jobs. */
function beginningOf(row: CauseRow): TraceContext {
  if (row.meta === null) return attemptOf(row, undefined);
  const { requestId, headers } = JSON.parse(row.meta) as ReceiptMeta;
  const receivedAt = Number(row.received_at);
  return contextOfRequest({ requestId, receivedAt, traceparent: traceparentIn(headers) }).context;
}

function attemptOf(row: CauseRow, beginning: TraceContext | undefined): TraceContext {
  const counted = Number(row.attempt);
  const attempt = ENDED.includes(row.state) ? counted : counted + 1;
  return contextOfAttempt(toPublicId(Number(row.id), row.token), attempt, beginning);
}
