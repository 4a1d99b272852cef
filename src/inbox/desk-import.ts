import { createHash } from 'node:crypto';
import type { CredentialPlaces } from '../core/access-credentials';
import { HostError, toError } from '../core/errors';
import type { StoredRequest } from '../core/ports/inbox';
import type { ExportedJob, ExportedReceipt, ImportReport } from '../core/ports/inbox-desk';
import type { Sealer } from '../core/ports/sealer';
import type { DeskCommit } from './desk-commit';
import { readExported } from './exported-job';
import { newToken, parsePublicId } from './public-id';
import { packMeta, placesIn, unpackRequest, type ReceiptMeta, type ReceiptRow } from './receipt-meta';
import type { AcceptOperation, AcceptResult, NewJob, Store } from './store';

/** How long an import is known to have been made, where the sender's own key does not say. */
const WINDOW_MS = 72 * 3_600_000;
const TOKEN_LENGTH = 16;

/**
 * Stores what `exportJobs` gave, under new ids: first the receipts with what their repetitions are known by, then the
 * jobs. Both are deduplicated by what they were called before, so that an import that stopped half-way may be made again.
 * A receipt that the sender sent here as well has its own job: it is a duplicate, and is not worked twice.
 * @throws inbox/bad-request, host/cannot-unseal before anything is stored
 */
export async function importJobs(
  store: Store,
  commit: DeskCommit,
  sealer: Sealer,
  given: readonly unknown[],
): Promise<ImportReport> {
  const jobs = given.map(readExported);
  const [taskIds, receipts] = await Promise.all([
    store.taskIds(jobs),
    importReceipts(store, commit, sealer, jobs),
  ]);
  const enqueues: NewJob[] = [];
  jobs.forEach((job, index) => {
    const receipt = job.receipt === undefined ? undefined : receipts.get(job.receipt.id);
    if (job.receipt !== undefined && receipt === undefined) return;
    const taskId = taskIds[index] ?? 0;
    enqueues.push({
      token: newToken(),
      taskId,
      payload: job.payload,
      runAt: job.runAt,
      priority: job.priority,
      lane: job.lane,
      dedupe: { taskId, key: `import:${job.id}`, windowMs: WINDOW_MS },
      held: undefined,
      receiptId: receipt,
    });
  });
  const result = await commit({ enqueues, wakes: [...new Set(taskIds)] });
  const imported = result.enqueues.filter(({ duplicate }) => !duplicate).length;
  return { imported, duplicates: jobs.length - imported };
}

/** The numbers of the receipts here, by their ids there; without those the sender sent here itself. */
async function importReceipts(
  store: Store,
  commit: DeskCommit,
  sealer: Sealer,
  jobs: readonly ExportedJob[],
): Promise<Map<string, number>> {
  const receipts = [
    ...new Map(jobs.flatMap(({ receipt }) => (receipt ? [[receipt.id, receipt]] : []))).values(),
  ];
  if (receipts.length === 0) return new Map();
  const taskIds = await store.taskIds(
    receipts.map(({ plugin, name }) => ({ plugin, name, kind: 'endpoint' as const })),
  );
  const accepts = receipts.map((receipt, index) => acceptOf(store, sealer, receipt, taskIds[index] ?? 0));
  const bytes = accepts.reduce((sum, { receipt }) => sum + receipt.body.length, 0);
  const results = (await commit({ accepts, bytes })).accepts;
  const numbers = new Map<string, number>();
  receipts.forEach((receipt, index) => {
    const [accept, result] = [accepts[index], results[index]];
    if (accept !== undefined && result !== undefined && isOurs(accept, result))
      numbers.set(receipt.id, result.receiptId);
  });
  return numbers;
}

/** Stored now, or by an earlier import: only that one gave it this token. */
function isOurs({ receipt }: AcceptOperation, result: AcceptResult): boolean {
  return result.kind === 'stored' || result.token === receipt.token;
}

function acceptOf(store: Store, sealer: Sealer, given: ExportedReceipt, taskId: number): AcceptOperation {
  const body = Buffer.from(given.body, 'base64');
  const { id, receivedAt, method, target, meta, ip, scheme, deliveryId, event } = given;
  const before = parsePublicId(id)?.token ?? '';
  // Made from the old one, which is as hard to guess: an import made again finds its own receipts.
  const token = createHash('sha256').update(`import ${id}`).digest('base64url').slice(0, TOKEN_LENGTH);
  const { dedupe, remarks = [] } = JSON.parse(meta) as ReceiptMeta;
  const row = { token: before, received_at: receivedAt, method, target, meta, ip };
  const { request, places } = unpack(row, body, sealer);
  const left = dedupe === undefined ? 0 : dedupe.windowMs - (store.now() - receivedAt);
  return {
    receipt: {
      token,
      taskId,
      receivedAt,
      method,
      ...packMeta(request, { token, places, remarks, dedupe }, sealer),
      body,
      bodyDigest: createHash('sha256').update(body).digest('base64url'),
      ip,
      scheme,
      deliveryId,
      event,
      answerStatus: undefined,
      replayOf: undefined,
    },
    dedupe:
      dedupe !== undefined && left > 0
        ? { taskId, key: dedupe.key, windowMs: left }
        : { taskId, key: `import:${id}`, windowMs: WINDOW_MS },
    jobs: [],
  };
}

function unpack(
  row: ReceiptRow,
  body: Buffer,
  sealer: Sealer,
): { request: StoredRequest; places: CredentialPlaces } {
  try {
    return { request: unpackRequest(row, body, sealer), places: placesIn(row) };
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof HostError) throw error;
    throw new HostError('inbox/bad-request', [`a receipt cannot be read: ${error.message}`], {
      cause: error,
    });
  }
}
