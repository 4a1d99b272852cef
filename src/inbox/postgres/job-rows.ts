import { HOLDS_LANE, STATE } from '../states';
import type { NewJob } from '../store';
import type { Column } from './rows';

export const JOB_COLUMNS: readonly Column<NewJob>[] = [
  { name: 'token', type: 'text', of: (job) => job.token },
  { name: 'task_id', type: 'bigint', of: (job) => job.taskId },
  { name: 'payload', type: 'text', of: (job) => job.payload },
  { name: 'run_at', type: 'bigint', of: (job) => job.runAt },
  { name: 'priority', type: 'integer', of: (job) => job.priority },
  { name: 'lane', type: 'text', of: (job) => job.lane },
  { name: 'node', type: 'text', of: (job) => job.held?.node },
  { name: 'lease_until', type: 'bigint', of: (job) => job.held?.leaseUntil },
];

/**
 * Of `job j` found by its id. So written that the planner does not think of the index over leases, which lists
 * everything that runs.
 */
export const IS_RUNNING = `j.state + 0 = ${STATE.running}`;

/**
 * Common table expressions from `work` (the job columns, `id`, `receipt_id`, `ord`) to `headed`, the rows with
 * `lane_head` and, where a node holds them from the start, `ticket`; and the insertion. A lane's first unfinished job
 * is its head; the lanes are locked before, so that what is looked at here is true. Held behind another job of its
 * lane, it becomes an ordinary one.
 */
export function insertedJobs(hasLanes: boolean, now: string): string[] {
  const head = hasLanes
    ? `(w.lane IS NULL OR (row_number() OVER (PARTITION BY w.task_id, w.lane ORDER BY w.ord) = 1
        AND (SELECT 1 FROM job j WHERE j.task_id = w.task_id AND j.lane = w.lane AND j.${HOLDS_LANE} LIMIT 1) IS NULL))`
    : 'true';
  return [
    `placed AS MATERIALIZED (SELECT w.*, ${head} AS head FROM work w)`,
    `headed AS MATERIALIZED (
      SELECT p.*, CASE WHEN p.head AND p.node IS NOT NULL THEN nextval('ticket_seq') END AS ticket
      FROM placed p ORDER BY p.ord)`,
    `inserted AS (
      INSERT INTO job (id, token, state, run_at, priority, task_id, lane, lane_head, receipt_id, payload, attempt, crashes,
        ticket, lease_until, node, cancel, created_at, started_at)
      SELECT h.id, h.token,
        CASE WHEN h.ticket IS NOT NULL THEN ${STATE.running} WHEN h.run_at > ${now} THEN ${STATE.later} ELSE ${STATE.ready} END,
        h.run_at, h.priority, h.task_id, h.lane, CASE WHEN h.head THEN 1 ELSE 0 END, h.receipt_id, h.payload, 0, 0,
        h.ticket, CASE WHEN h.ticket IS NOT NULL THEN h.lease_until END, CASE WHEN h.ticket IS NOT NULL THEN h.node END,
        0, ${now}, CASE WHEN h.ticket IS NOT NULL THEN ${now} END
      FROM headed h)`,
  ];
}
