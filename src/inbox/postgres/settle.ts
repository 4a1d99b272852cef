import { HOLDS_LANE, STATE } from '../states';
import type { Settlement } from '../store';
import { IS_RUNNING } from './job-rows';
import { Rows } from './rows';
import type { Statement } from './transaction';

/** After these the next of the lane may run; a poisoned job keeps it. */
const PASSES_LANE_ON: readonly string[] = ['succeeded', 'dead', 'cancelled'];
const ENDS: readonly string[] = [...PASSES_LANE_ON, 'poisoned'];

const rows = new Rows<Settlement>('s', [
  { name: 'id', type: 'bigint', of: (one) => one.jobId },
  { name: 'ticket', type: 'bigint', of: (one) => one.ticket },
  { name: 'state', type: 'smallint', of: (one) => STATE[one.next.state] },
  { name: 'run_at', type: 'bigint', of: runAtOf },
  { name: 'counts', type: 'integer', of: (one) => (counts(one) ? 1 : 0) },
  {
    name: 'awaited',
    type: 'text',
    of: ({ next }) => (next.state === 'waiting' ? next.awaited : undefined),
  },
  { name: 'started_at', type: 'bigint', of: (one) => one.startedAt },
  { name: 'at', type: 'bigint', of: (one) => one.at },
  { name: 'ends', type: 'boolean', of: ({ next }) => ENDS.includes(next.state) },
  { name: 'passes', type: 'boolean', of: ({ next }) => PASSES_LANE_ON.includes(next.state) },
  { name: 'outcome', type: 'text', of: (one) => one.outcome },
  { name: 'error', type: 'text', of: (one) => one.error },
]);

export interface SettledRow {
  /** Of the settlement whose ticket held, from 1. */
  readonly ord: number;
}

/**
 * Settles those whose ticket holds: the job, a row for an attempt that did not succeed, and the next head of its lane.
 * The lanes are locked before; of one lane only one job runs at a time. No job twice.
 */
export function settleStatement(settlements: readonly Settlement[]): Statement {
  return { name: 'settle', text: TEXT, values: rows.values(settlements) };
}

const TEXT = `WITH s AS MATERIALIZED (SELECT * FROM ${rows.source}),
done AS (
  UPDATE job j SET state = s.state, run_at = coalesce(s.run_at, j.run_at), attempt = j.attempt + s.counts,
    ticket = NULL, lease_until = NULL, awaited = coalesce(s.awaited, j.awaited), error = s.error,
    started_at = s.started_at, ended_at = CASE WHEN s.ends THEN s.at END
  FROM s WHERE j.id = s.id AND j.ticket = s.ticket AND ${IS_RUNNING}
  RETURNING s.ord, s.started_at, s.at, s.passes, s.outcome, s.error, j.id, j.task_id, j.lane, j.node),
attempts AS (
  INSERT INTO attempt (job_id, n, started_at, ended_at, outcome, error, node)
  SELECT d.id, coalesce((SELECT a.n FROM attempt a WHERE a.job_id = d.id ORDER BY a.n DESC LIMIT 1), 0) + 1,
    d.started_at, d.at, d.outcome, d.error, coalesce(d.node, '')
  FROM done d WHERE d.outcome <> 'succeeded'),
heads AS (
  UPDATE job SET lane_head = 1 WHERE id = ANY (ARRAY(
    SELECT (SELECT n.id FROM job n WHERE n.task_id = d.task_id AND n.lane = d.lane AND n.${HOLDS_LANE} AND n.id <> d.id
      ORDER BY n.id LIMIT 1)
    FROM done d WHERE d.lane IS NOT NULL AND d.passes)))
SELECT ord FROM done`;

function runAtOf({ next }: Settlement): number | undefined {
  if (next.state === 'waiting') return next.until;
  return next.state === 'ready' || next.state === 'later' ? next.runAt : undefined;
}

/** An interruption and a wait are no attempts. */
function counts({ next }: Settlement): boolean {
  if (next.state === 'ready' || next.state === 'later') return next.counts;
  return next.state === 'succeeded' || next.state === 'dead';
}
