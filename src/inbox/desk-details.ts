import { timingSafeEqual } from 'node:crypto';
import type { Selectable } from 'kysely';
import { HostError } from '../core/errors';
import { secretMask } from '../core/secret-mask';
import type { JobDetail, ReceiptDetail } from '../core/ports/inbox-desk';
import { attemptOf, jobsOf, RECEIPT_COLUMNS, summariesOf } from './desk-lists';
import type { DeskSearch } from './desk-search';
import { parsePublicId } from './public-id';
import type { ReceiptMeta } from './receipt-meta';
import type { JobTable } from './schema';
import { PART_BYTES } from './store';

/** What is shown in place of a credential. */
const MASK = '••••••';
const SHOWN_BYTES = 1_048_576;

/** The row of a public id. A wrong token is as good as no row. @throws inbox/not-found */
export function requireRow<T extends { readonly token: string }>(
  what: 'job' | 'receipt' | 'refused request',
  publicId: string,
  row: T | undefined,
): T {
  if (row !== undefined && isOf(publicId, row)) return row;
  throw new HostError('inbox/not-found', [what, publicId]);
}

/** Whether a row is that of a public id: one of another id has its number at most. */
export function isOf(publicId: string, row: { readonly token: string }): boolean {
  const token = parsePublicId(publicId)?.token;
  return token !== undefined && sameToken(token, row.token);
}

/** The number in a public id; 0, which no row has, for what is none. */
export function numberOf(publicId: string): number {
  return parsePublicId(publicId)?.id ?? 0;
}

/** A job with all its attempts; live secrets in its payload are masked. @throws inbox/not-found */
export async function showJob(search: DeskSearch, publicId: string): Promise<JobDetail> {
  const { queries } = search;
  const id = numberOf(publicId);
  const found = await queries.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst();
  const row: Selectable<JobTable> = requireRow('job', publicId, found);
  const [[job], attempts] = await Promise.all([
    jobsOf(search, [row]),
    queries.selectFrom('attempt').selectAll().where('job_id', '=', id).orderBy('n').execute(),
  ]);
  if (job === undefined) throw new HostError('inbox/not-found', ['job', publicId]);
  const mask = search.maskOf?.(job.plugin, job.name) ?? secretMask([]);
  return {
    ...job,
    payload: row.payload === null ? undefined : mask.text(row.payload),
    attempts: attempts.map((attempt) => attemptOf(attempt, publicId)),
  };
}

/** A receipt with its headers and body; credentials and live secrets are masked, not opened. @throws inbox/not-found */
export async function showReceipt(search: DeskSearch, publicId: string): Promise<ReceiptDetail> {
  const id = numberOf(publicId);
  const found = await search.queries
    .selectFrom('receipt')
    .select([...RECEIPT_COLUMNS, 'meta', 'body', 'body_digest'])
    .where('id', '=', id)
    .executeTakeFirst();
  const row = requireRow('receipt', publicId, found);
  const [[receipt], body] = await Promise.all([
    summariesOf(search, [row]),
    readBody(search.queries, id, row.body, SHOWN_BYTES / PART_BYTES),
  ]);
  if (receipt === undefined) throw new HostError('inbox/not-found', ['receipt', publicId]);
  const { headers, sealed = [], target: _target, ...details } = JSON.parse(row.meta) as ReceiptMeta;
  const mask = search.maskOf?.(receipt.plugin, receipt.name) ?? secretMask([]);
  return {
    ...receipt,
    target: mask.text(receipt.target),
    headers: pairs(headers.map((text, index) => (sealed.includes(index) ? MASK : mask.text(text)))),
    details,
    body: shownBody(mask.bytes(body)),
    bodyDigest: row.body_digest,
  };
}

/** A body from its row, or, a large one, from its parts: the first `most` of them. */
export async function readBody(
  queries: DeskSearch['queries'],
  receiptId: number,
  inRow: Buffer | null,
  most = Number.MAX_SAFE_INTEGER,
): Promise<Buffer> {
  // A reader in another thread hands over plain bytes, not a Buffer.
  if (inRow !== null) return Buffer.from(inRow);
  const parts = await queries
    .selectFrom('receipt_body')
    .select('bytes')
    .where('receipt_id', '=', receiptId)
    .orderBy('part')
    .limit(most)
    .execute();
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}

function shownBody(body: Buffer): ReceiptDetail['body'] {
  try {
    // As a stream: a character may lie across the cut.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body, { stream: true });
    if (!text.includes('\0')) return { text };
  } catch {
    // Not text.
  }
  return { base64: body.toString('base64') };
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) list.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return list;
}

/** Without telling by its time how much of a guess was right. */
function sameToken(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
