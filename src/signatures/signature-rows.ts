import { HostError } from '../core/errors';
import { nearestName } from '../core/nearest-name';
import type { SignatureRow } from '../core/signature-row';
import { businessRows } from './rows/business';
import { codeHostingRows } from './rows/code-hosting';
import { commerceRows } from './rows/commerce';
import { contentRows } from './rows/content';
import { messagingRows } from './rows/messaging';
import { paymentRows } from './rows/payments';
import { specialRows } from './rows/special';
import { standardRows } from './rows/standard';

/** Every sender that is known, in the order of the documents. */
export const signatureRows: readonly SignatureRow[] = [
  ...standardRows,
  ...codeHostingRows,
  ...messagingRows,
  ...paymentRows,
  ...commerceRows,
  ...businessRows,
  ...contentRows,
  ...specialRows,
];

const byId: ReadonlyMap<string, SignatureRow> = new Map(signatureRows.map((row) => [row.id, row]));

/** @throws signatures/unknown-row naming the nearest one */
export function signatureRow(id: string): SignatureRow {
  const row = byId.get(id);
  if (row === undefined)
    throw new HostError('signatures/unknown-row', [id, nearestName(id, byId.keys()) ?? '']);
  return row;
}
