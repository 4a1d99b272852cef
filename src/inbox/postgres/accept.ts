import { COME_AGAIN } from '../../core/durable-answer';
import { PART_BYTES, type AcceptOperation, type NewJob } from '../store';
import { dedupeName, digestOf, judgedBy, type DedupeTables } from './dedupe-sql';
import { insertedJobs, JOB_COLUMNS } from './job-rows';
import { Rows } from './rows';
import type { Statement } from './transaction';

/** A body's place in the one buffer that carries all of them: bytes go over unchanged, without being written as text. */
interface Item {
  readonly operation: AcceptOperation;
  /** From 1. */
  readonly bodyAt: number;
}
interface Work {
  /** Which receipt, from 1. */
  readonly receipt: number;
  readonly job: NewJob;
}

const NOW = '$1::bigint';
const BODIES = '$2::bytea';
const items = new Rows<Item>(
  'i',
  [
    { name: 'token', type: 'text', of: ({ operation }) => operation.receipt.token },
    { name: 'task_id', type: 'bigint', of: ({ operation }) => operation.receipt.taskId },
    { name: 'received_at', type: 'bigint', of: ({ operation }) => operation.receipt.receivedAt },
    { name: 'method', type: 'text', of: ({ operation }) => operation.receipt.method },
    { name: 'target', type: 'text', of: ({ operation }) => operation.receipt.target },
    { name: 'meta', type: 'text', of: ({ operation }) => operation.receipt.meta },
    { name: 'body_at', type: 'integer', of: ({ bodyAt }) => bodyAt },
    { name: 'body_bytes', type: 'integer', of: ({ operation }) => operation.receipt.body.length },
    { name: 'body_digest', type: 'text', of: ({ operation }) => operation.receipt.bodyDigest },
    { name: 'ip', type: 'text', of: ({ operation }) => operation.receipt.ip },
    { name: 'scheme', type: 'text', of: ({ operation }) => operation.receipt.scheme },
    { name: 'delivery_id', type: 'text', of: ({ operation }) => operation.receipt.deliveryId },
    { name: 'event', type: 'text', of: ({ operation }) => operation.receipt.event },
    { name: 'answer_status', type: 'integer', of: ({ operation }) => operation.receipt.answerStatus },
    { name: 'replay_of', type: 'bigint', of: ({ operation }) => operation.receipt.replayOf },
    { name: 'dedupe_task', type: 'bigint', of: ({ operation }) => operation.dedupe?.taskId },
    { name: 'dedupe_key', type: 'bytea', of: ({ operation }) => digestOf(operation.dedupe) },
    { name: 'window_ms', type: 'bigint', of: ({ operation }) => operation.dedupe?.windowMs },
  ],
  3,
);
const works = new Rows<Work>(
  'w',
  [
    { name: 'receipt', type: 'integer', of: ({ receipt }) => receipt },
    ...JOB_COLUMNS.map(({ name, type, of }) => ({ name, type, of: ({ job }: Work) => of(job) })),
  ],
  3 + items.count,
);

/**
 * A row for each receipt, then one for each job that was stored; `ord` counts each of them from 1. Of a receipt: `id`
 * when it was stored, else `other`, what an older key points to, or neither: a key that came first. Of a job: `id`, and
 * `other` is its ticket.
 */
export interface AcceptedRow {
  readonly is_job: boolean;
  readonly ord: number;
  readonly id: number | null;
  readonly other: number | null;
}

/** Stores receipts with their jobs, bodies and keys. No two of them may have the same key. */
export function acceptStatement(
  operations: readonly AcceptOperation[],
  tables: DedupeTables,
  now: number,
): Statement {
  const bodies = operations.map(({ receipt }) => receipt.body);
  let next = 1;
  const placed = operations.map((operation) => {
    const bodyAt = next;
    next += operation.receipt.body.length;
    return { operation, bodyAt };
  });
  const work = operations.flatMap(({ jobs }, index) => jobs.map((job) => ({ receipt: index + 1, job })));
  const hasLanes = work.some(({ job }) => job.lane !== undefined);
  const hasParts = bodies.some(({ length }) => length > PART_BYTES);
  return {
    name: `accept ${dedupeName(tables)}${hasLanes ? ' lanes' : ''}${hasParts ? ' parts' : ''}`,
    text: textOf(tables, hasLanes, hasParts),
    values: [now, Buffer.concat(bodies), ...items.values(placed), ...works.values(work)],
  };
}

function textOf(tables: DedupeTables, hasLanes: boolean, hasParts: boolean): string {
  const parts = [
    `input AS MATERIALIZED (SELECT i.*, ${NOW} - i.window_ms AS since FROM ${items.source})`,
    ...judgedBy(tables, 'receipt_id_seq', NOW, isFreed),
    `receipts AS (
      INSERT INTO receipt (id, token, task_id, received_at, method, target, meta, body, body_bytes, body_digest, ip,
        scheme, delivery_id, event, answer_status, replay_of)
      SELECT s.id, s.token, s.task_id, s.received_at, s.method, s.target, s.meta,
        CASE WHEN s.body_bytes <= ${PART_BYTES} THEN substring(${BODIES} FROM s.body_at FOR s.body_bytes) END,
        s.body_bytes, s.body_digest, s.ip, s.scheme, s.delivery_id, s.event, s.answer_status, s.replay_of
      FROM judged s WHERE s.stored ORDER BY s.ord)`,
    ...(hasParts ? [PARTS] : []),
    'ids AS MATERIALIZED (SELECT array_agg(CASE WHEN stored THEN id END ORDER BY ord) AS stored FROM judged)',
    `work AS MATERIALIZED (
      SELECT w.*, ids.stored[w.receipt] AS receipt_id, nextval('job_id_seq') AS id
      FROM ${works.source} CROSS JOIN ids WHERE ids.stored[w.receipt] IS NOT NULL)`,
    ...insertedJobs(hasLanes, NOW),
  ];
  return `WITH ${parts.join(',\n')}
    SELECT false AS is_job, ord, CASE WHEN stored THEN id END AS id, earlier AS other FROM judged
    UNION ALL SELECT true, ord, id, ticket FROM headed`;
}

/** Its answer asked the sender to come again. */
const isFreed = (receipt: string) =>
  `coalesce((SELECT r.answer_status >= 500 OR r.answer_status IN (${COME_AGAIN.join(', ')})
    FROM receipt r WHERE r.id = ${receipt}), false)`;

const PARTS = `body_parts AS (
  INSERT INTO receipt_body (receipt_id, part, bytes)
  SELECT s.id, n, substring(${BODIES} FROM s.body_at + n * ${PART_BYTES}
    FOR least(${PART_BYTES}, s.body_bytes - n * ${PART_BYTES}))
  FROM judged s CROSS JOIN LATERAL generate_series(0, (s.body_bytes - 1) / ${PART_BYTES}) AS n
  WHERE s.stored AND s.body_bytes > ${PART_BYTES})`;
