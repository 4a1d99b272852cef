import type { Batch } from '../store';
import { Rows } from './rows';
import type { Statement } from './transaction';

interface Lane {
  readonly taskId: number;
  readonly lane: string;
}
const lanes = new Rows<Lane>('l', [
  { name: 'task_id', type: 'bigint', of: ({ taskId }) => taskId },
  { name: 'lane', type: 'text', of: ({ lane }) => lane },
]);
/**
 * Of the lanes given and of those of the jobs given; in one order on all hosts. Who holds a lane's lock sees all jobs
 * of the lane that were committed, in each statement that follows: so its order of arrival is the order of its ids.
 */
const LOCK = `SELECT pg_advisory_xact_lock(k) FROM (
  SELECT DISTINCT k FROM (
    SELECT hashtextextended(l.lane, l.task_id) AS k FROM ${lanes.source}
    UNION ALL
    SELECT hashtextextended(j.lane, j.task_id) FROM unnest($3::bigint[]) AS s(id) JOIN job j ON j.id = s.id
    WHERE j.lane IS NOT NULL) given ORDER BY k) sorted`;

/** Everything of the batch that moves a lane's head; undefined when nothing can. */
export function laneLock({ accepts, enqueues, settles, commands }: Batch): Statement | undefined {
  const found: Lane[] = [];
  const add = ({ taskId, lane }: { readonly taskId: number; readonly lane: string | undefined }) => {
    if (lane !== undefined) found.push({ taskId, lane });
  };
  for (const { jobs } of accepts) jobs.forEach(add);
  enqueues.forEach(add);
  for (const settlement of settles) settlement.enqueues.forEach(add);
  for (const command of commands) command.lanes?.forEach(add);
  if (found.length === 0 && settles.length === 0) return undefined;
  return {
    name: 'lock lanes',
    text: LOCK,
    values: [...lanes.values(found), settles.map(({ jobId }) => jobId)],
  };
}
