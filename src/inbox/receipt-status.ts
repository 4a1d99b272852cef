import { timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import { HostError } from '../core/errors';
import type { ReceiptStatus } from '../core/ports/inbox';
import { parsePublicId } from './public-id';
import type { Schema } from './schema';
import { STATE } from './states';

/** Undefined unless id and token are those of one receipt. @throws inbox/unavailable */
export async function readStatus(
  reader: Kysely<Schema>,
  receiptId: string,
): Promise<ReceiptStatus | undefined> {
  const parsed = parsePublicId(receiptId);
  if (parsed === undefined) return undefined;
  const rows = await reader
    .selectFrom('receipt')
    // The latest: an operator's replay is what counts.
    .leftJoin('job', 'job.receipt_id', 'receipt.id')
    .where('receipt.id', '=', parsed.id)
    .select([
      'receipt.token',
      'receipt.received_at',
      'job.state',
      'job.attempt',
      'job.crashes',
      'job.progress',
      'job.note',
    ])
    .orderBy('job.id', 'desc')
    .limit(1)
    .execute()
    .catch((thrown: unknown) => {
      throw new HostError('inbox/unavailable', [], { cause: thrown, headers: { 'retry-after': '5' } });
    });
  const [row] = rows;
  if (row === undefined || !isSame(row.token, parsed.token)) return undefined;
  return {
    id: receiptId,
    receivedAt: Number(row.received_at),
    state: row.state === null ? 'succeeded' : (STATES[row.state] ?? 'accepted'),
    attempts: Number(row.attempt ?? 0) + Number(row.crashes ?? 0),
    progress:
      row.progress === null ? undefined : { fraction: Number(row.progress), note: row.note ?? undefined },
  };
}

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
