import { timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import { HostError } from '../core/errors';
import type { ReceiptStatus } from '../core/ports/inbox';
import { parsePublicId } from './public-id';
import type { Schema } from './schema';
import { STATE } from './states';

/** Of the jobs of one receipt: replays beyond it are old. */
const MOST_JOBS = 200;

/** Undefined unless id and token are those of one receipt. @throws inbox/unavailable */
export async function readStatus(
  reader: Kysely<Schema>,
  receiptId: string,
): Promise<ReceiptStatus | undefined> {
  const parsed = parsePublicId(receiptId);
  if (parsed === undefined) return undefined;
  const rows = await readRows(reader, parsed.id).catch((thrown: unknown) => {
    throw new HostError('inbox/unavailable', [], { cause: thrown, headers: { 'retry-after': '5' } });
  });
  const [row] = rows;
  if (row === undefined || !isSame(row.token, parsed.token)) return undefined;
  // Of each listener the latest: an operator's replay is what counts.
  const latest = rows.filter(
    ({ task_id }, index) => rows.findIndex((other) => other.task_id === task_id) === index,
  );
  const states = latest.map(({ state }) => (state === null ? 'succeeded' : (STATES[state] ?? 'accepted')));
  const state = TELLING.find((candidate) => states.includes(candidate)) ?? 'succeeded';
  const telling = latest[states.indexOf(state)] ?? row;
  return {
    id: receiptId,
    receivedAt: Number(row.received_at),
    state,
    attempts: Math.max(...latest.map(({ attempt, crashes }) => Number(attempt ?? 0) + Number(crashes ?? 0))),
    progress:
      telling.progress === null
        ? undefined
        : { fraction: Number(telling.progress), note: telling.note ?? undefined },
  };
}

/** The receipt once for each of its jobs, latest first; once without a job. */
function readRows(reader: Kysely<Schema>, id: number) {
  return reader
    .selectFrom('receipt')
    .leftJoin('job', 'job.receipt_id', 'receipt.id')
    .where('receipt.id', '=', id)
    .select([
      'receipt.token',
      'receipt.received_at',
      'job.task_id',
      'job.state',
      'job.attempt',
      'job.crashes',
      'job.progress',
      'job.note',
    ])
    .orderBy('job.id', 'desc')
    .limit(MOST_JOBS)
    .execute();
}

/** Where several listeners work one receipt: what is told of all, the first that one of them is in. */
const TELLING: readonly ReceiptStatus['state'][] = [
  'running',
  'waiting',
  'accepted',
  'failed',
  'cancelled',
  'succeeded',
];

/** What senders are told; whether a job is dead or poisoned is the operator's. */
const STATES: Readonly<Record<number, ReceiptStatus['state']>> = {
  [STATE.later]: 'accepted',
  [STATE.ready]: 'accepted',
  [STATE.running]: 'running',
  [STATE.waiting]: 'waiting',
  [STATE.succeeded]: 'succeeded',
  [STATE.dead]: 'failed',
  [STATE.poisoned]: 'failed',
  [STATE.cancelled]: 'cancelled',
};

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
