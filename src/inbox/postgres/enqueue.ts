import type { NewJob } from '../store';
import { dedupeName, digestOf, judgedBy, type DedupeTables } from './dedupe-sql';
import { insertedJobs, JOB_COLUMNS } from './job-rows';
import { Rows } from './rows';
import type { Statement } from './transaction';

const rows = new Rows<NewJob>(
  'i',
  [
    ...JOB_COLUMNS,
    { name: 'receipt_id', type: 'bigint', of: (job) => job.receiptId },
    { name: 'dedupe_task', type: 'bigint', of: (job) => job.dedupe?.taskId },
    { name: 'dedupe_key', type: 'bytea', of: (job) => digestOf(job.dedupe) },
    { name: 'window_ms', type: 'bigint', of: (job) => job.dedupe?.windowMs },
    { name: 'cause_id', type: 'bigint', of: (job) => job.causeId },
  ],
  2,
);
const NOW = '$1::bigint';
const CAUSES = `causes AS (
  INSERT INTO job_cause (job_id, cause_id) SELECT w.id, w.cause_id FROM work w WHERE w.cause_id IS NOT NULL)`;

/** A row for each job, in order: `earlier` is the id an older key points to; neither of both: a key that came first. */
export interface EnqueuedRow {
  readonly id: number | null;
  readonly earlier: number | null;
}

/** Stores jobs. No two of them may have the same key. */
export function enqueueStatement(jobs: readonly NewJob[], tables: DedupeTables, now: number): Statement {
  const hasLanes = jobs.some(({ lane }) => lane !== undefined);
  const hasCauses = jobs.some(({ causeId }) => causeId !== undefined);
  return {
    name: `enqueue ${dedupeName(tables)}${hasLanes ? ' lanes' : ''}${hasCauses ? ' causes' : ''}`,
    text: textOf(tables, hasLanes, hasCauses),
    values: [now, ...rows.values(jobs)],
  };
}

function textOf(tables: DedupeTables, hasLanes: boolean, hasCauses: boolean): string {
  const parts = [
    `input AS MATERIALIZED (SELECT i.*, ${NOW} - i.window_ms AS since FROM ${rows.source})`,
    ...judgedBy(tables, 'job_id_seq', NOW),
    'work AS MATERIALIZED (SELECT * FROM judged WHERE stored)',
    ...insertedJobs(hasLanes, NOW),
    ...(hasCauses ? [CAUSES] : []),
  ];
  return `WITH ${parts.join(',\n')}
    SELECT CASE WHEN stored THEN id END AS id, earlier FROM judged ORDER BY ord`;
}
