import type { AcceptOperation, AcceptResult, EnqueueResult, NewJob, StoredJob } from '../store';
import type { AcceptedRow } from './accept';
import type { Taken } from './dedupe-sql';
import type { EnqueuedRow } from './enqueue';
import type { Firsts } from './same-keys';

type Duplicate = Extract<AcceptResult, { kind: 'duplicate' }>;

export interface TakenReceipt {
  readonly id: number;
  readonly token: string | null;
  readonly body_digest: string | null;
  readonly answer_status: number | null;
  readonly answer: string | null;
}
export interface TakenJob {
  readonly id: number;
  readonly token: string | null;
}
/** Looks up, after the commit, what holds the keys that were taken. */
export type Look<Row> = (keys: readonly Taken[]) => Promise<readonly Row[]>;

/** In the order of the operations. */
export async function acceptResults(
  operations: readonly AcceptOperation[],
  { firsts, placeOf, repeats }: Firsts<AcceptOperation>,
  rows: readonly AcceptedRow[],
  look: Look<TakenReceipt>,
): Promise<AcceptResult[]> {
  const receipts = new Map<number, AcceptedRow>();
  const works = new Map<number, AcceptedRow>();
  for (const row of rows) (row.is_job ? works : receipts).set(row.ord, row);
  let work = 0;
  const results = firsts.map(({ jobs }, index): AcceptResult | undefined => {
    const { id } = receipts.get(index + 1) as AcceptedRow;
    const stored = jobs.map(() => works.get((work += 1)));
    return id === null ? undefined : { kind: 'stored', receiptId: id, jobs: stored.map(toStoredJob) };
  });
  const keys = firsts.flatMap(({ dedupe }, index) =>
    results[index] === undefined && dedupe !== undefined
      ? [{ dedupe, earlier: receipts.get(index + 1)?.other ?? undefined, index }]
      : [],
  );
  const found = keys.length === 0 ? [] : await look(keys);
  keys.forEach(
    ({ index }, at) =>
      (results[index] = toDuplicate(found[at] as TakenReceipt, firsts[index] as AcceptOperation)),
  );
  return operations.map((_, index) => {
    const place = placeOf[index] as number;
    const result = results[place] as AcceptResult;
    return repeats[index] === true && result.kind === 'stored'
      ? repeated(firsts[place] as AcceptOperation, result.receiptId)
      : result;
  });
}

/** In the order of the operations. */
export async function enqueueResults(
  operations: readonly NewJob[],
  { firsts, placeOf, repeats }: Firsts<NewJob>,
  rows: readonly EnqueuedRow[],
  look: Look<TakenJob>,
): Promise<EnqueueResult[]> {
  const results = firsts.map(({ token }, index): EnqueueResult | undefined => {
    const id = rows[index]?.id ?? undefined;
    return id === undefined ? undefined : { id, token, duplicate: false };
  });
  const keys = firsts.flatMap(({ dedupe }, index) =>
    results[index] === undefined && dedupe !== undefined
      ? [{ dedupe, earlier: rows[index]?.earlier ?? undefined, index }]
      : [],
  );
  const found = keys.length === 0 ? [] : await look(keys);
  keys.forEach(({ index }, at) => {
    const { id, token } = found[at] as TakenJob;
    results[index] = { id, token: token ?? '', duplicate: true };
  });
  return operations.map((_, index) => {
    const result = results[placeOf[index] as number] as EnqueueResult;
    return repeats[index] === true ? { ...result, duplicate: true } : result;
  });
}

function toStoredJob(row: AcceptedRow | undefined): StoredJob {
  return { id: row?.id as number, ticket: row?.other ?? undefined };
}

/** A receipt that was purged meanwhile still was accepted: its sender need not send again. */
function toDuplicate(row: TakenReceipt, { receipt }: AcceptOperation): Duplicate {
  const isGone = row.token === null;
  return {
    kind: 'duplicate',
    receiptId: row.id,
    token: row.token ?? '',
    bodyDigest: row.body_digest ?? receipt.bodyDigest,
    answerStatus: isGone ? 202 : (row.answer_status ?? undefined),
    answer: row.answer ?? undefined,
  };
}

function repeated({ receipt }: AcceptOperation, receiptId: number): Duplicate {
  const { token, bodyDigest, answerStatus } = receipt;
  return { kind: 'duplicate', receiptId, token, bodyDigest, answerStatus, answer: undefined };
}
