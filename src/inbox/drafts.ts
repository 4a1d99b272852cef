import { hash } from 'node:crypto';
import { credentialPlaces } from '../core/access-credentials';
import type { ReceiptDraft, StoredAnswer } from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import { MOST_WINDOW_MS } from './dedupe-days';
import { storableKey } from './new-job';
import { newToken } from './public-id';
import { packMeta, type ReceiptMeta } from './receipt-meta';
import type { AcceptOperation, NewJob, NewReceipt } from './store';

/** A little more than an empty receipt and its job weigh. */
const ROW_BYTES = 1_024;

/** The rows of a request that is to be worked. `now` is the store's clock. */
export function toAccept(
  draft: ReceiptDraft,
  taskId: number,
  now: number,
  sealer: Sealer,
  held: NewJob['held'],
): AcceptOperation {
  const { dedupe } = draft;
  const kept = dedupe && {
    key: storableKey(dedupe.key),
    windowMs: Math.min(dedupe.windowMs, MOST_WINDOW_MS),
  };
  return {
    receipt: toReceipt(draft, taskId, sealer, undefined, kept),
    dedupe: kept && { taskId, ...kept },
    jobs: [toJob(draft, taskId, now, held)],
  };
}

/** The job of a request that is to be worked. */
export function toJob({ lane }: ReceiptDraft, taskId: number, now: number, held: NewJob['held']): NewJob {
  return {
    token: newToken(),
    taskId,
    payload: undefined,
    runAt: now,
    priority: 0,
    lane: lane === undefined ? undefined : storableKey(lane),
    dedupe: undefined,
    held,
    receiptId: undefined,
  };
}

/** The rows of a request that was answered already. */
export function toRecord(
  draft: ReceiptDraft,
  taskId: number,
  sealer: Sealer,
  answer: StoredAnswer,
): AcceptOperation {
  return { receipt: toReceipt(draft, taskId, sealer, answer.status), dedupe: undefined, jobs: [] };
}

export function bytesOf(draft: ReceiptDraft): number {
  return draft.request.body.length + ROW_BYTES;
}

function toReceipt(
  { request, remarks, endpoint, sharedWith = [] }: ReceiptDraft,
  taskId: number,
  sealer: Sealer,
  answerStatus: number | undefined,
  dedupe?: ReceiptMeta['dedupe'],
): NewReceipt {
  const token = newToken();
  const places = credentialPlaces(endpoint.access, ...sharedWith.map(({ access }) => access));
  const { target, meta } = packMeta(request, { token, places, remarks, dedupe }, sealer);
  return {
    token,
    taskId,
    receivedAt: request.receivedAt,
    method: request.method,
    target,
    meta,
    body: request.body,
    bodyDigest: hash('sha256', request.body, 'base64url'),
    ip: request.ip,
    scheme: request.verified?.scheme,
    deliveryId: request.verified?.deliveryId?.replaceAll('\0', '\uFFFD'),
    event: request.verified?.event?.replaceAll('\0', '\uFFFD'),
    answerStatus,
    replayOf: undefined,
  };
}
