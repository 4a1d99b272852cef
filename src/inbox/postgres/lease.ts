import { CLAIMED_COLUMNS } from '../claimed-job';
import { STATE } from '../states';
import type { AnswerOperation, ClaimOperation, Extension } from '../store';
import { IS_RUNNING } from './job-rows';
import { Rows } from './rows';
import type { Statement } from './transaction';

const wants = new Rows<ClaimOperation['wants'][number]>(
  'w',
  [
    { name: 'task_id', type: 'bigint', of: (want) => want.taskId },
    { name: 'most', type: 'integer', of: (want) => want.most },
  ],
  4,
);
/** Whatever another host is about to take is passed over, without waiting for it. */
const CLAIM = `WITH picked AS MATERIALIZED (
  SELECT p.id FROM ${wants.source} CROSS JOIN LATERAL (
    SELECT j.id FROM job j WHERE j.state = ${STATE.ready} AND j.lane_head = 1 AND j.task_id = w.task_id
    ORDER BY j.priority DESC, j.run_at, j.id LIMIT w.most FOR UPDATE SKIP LOCKED) p)
UPDATE job j SET state = ${STATE.running}, ticket = nextval('ticket_seq'), lease_until = $2, node = $1,
  started_at = $3::bigint, progress = NULL, note = NULL
FROM picked WHERE j.id = picked.id
RETURNING ${CLAIMED_COLUMNS.map((column) => `j.${column}`).join(', ')}`;

/** Takes ready jobs: of each task the highest priority first, then the longest due. */
export function claimStatement(operation: ClaimOperation, now: number): Statement {
  return {
    name: 'claim',
    text: CLAIM,
    values: [operation.node, operation.leaseUntil, now, ...wants.values(operation.wants)],
  };
}

const extensions = new Rows<Extension>('e', [
  { name: 'id', type: 'bigint', of: (one) => one.jobId },
  { name: 'ticket', type: 'bigint', of: (one) => one.ticket },
  { name: 'lease_until', type: 'bigint', of: (one) => one.leaseUntil },
  { name: 'progress', type: 'double precision', of: (one) => one.progress?.fraction },
  { name: 'note', type: 'text', of: (one) => one.progress?.note },
]);
const EXTEND = `UPDATE job j SET lease_until = e.lease_until,
  progress = coalesce(e.progress, j.progress), note = CASE WHEN e.progress IS NULL THEN j.note ELSE e.note END
FROM ${extensions.source} WHERE j.id = e.id AND j.ticket = e.ticket AND ${IS_RUNNING}
RETURNING e.ord, j.cancel`;

export interface ExtendedRow {
  /** Of the extension whose ticket held, from 1. */
  readonly ord: number;
  readonly cancel: number;
}
/** No job twice. */
export function extendStatement(operations: readonly Extension[]): Statement {
  return { name: 'extend', text: EXTEND, values: extensions.values(operations) };
}
const answers = new Rows<AnswerOperation>('a', [
  { name: 'id', type: 'bigint', of: (one) => one.receiptId },
  { name: 'status', type: 'integer', of: (one) => one.status },
  { name: 'answer', type: 'text', of: (one) => one.answer },
]);
const ANSWER = `UPDATE receipt r SET answer_status = a.status, answer = a.answer FROM ${answers.source} WHERE r.id = a.id`;

/** No receipt twice. */
export function answerStatement(operations: readonly AnswerOperation[]): Statement {
  return { name: 'answer', text: ANSWER, values: answers.values(operations) };
}
