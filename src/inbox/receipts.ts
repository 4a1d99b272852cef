import type { Kysely } from 'kysely';
import type { Sealer } from '../core/ports/sealer';
import type { StoredRequest } from '../core/ports/inbox';
import { toPublicId } from './public-id';
import { unpackRequest } from './receipt-meta';
import type { Schema } from './schema';

/** A receipt as a handler gets it. */
export interface LoadedReceipt {
  readonly publicId: string;
  readonly request: StoredRequest;
}

/**
 * The receipts of these numbers, bodies included; one that is gone is missing in the answer, one that does not open is
 * an error in its place.
 */
export async function loadReceipts(
  reader: Kysely<Schema>,
  ids: readonly number[],
  sealer: Sealer,
): Promise<Map<number, LoadedReceipt | Error>> {
  const rows = await reader
    .selectFrom('receipt')
    .where('id', 'in', ids)
    .select(['id', 'token', 'received_at', 'method', 'target', 'meta', 'ip', 'body'])
    .execute();
  const loaded = new Map<number, LoadedReceipt | Error>();
  for (const row of rows) {
    const body = row.body === null ? await loadParts(reader, row.id) : Buffer.from(row.body);
    try {
      loaded.set(Number(row.id), {
        publicId: toPublicId(Number(row.id), row.token),
        request: unpackRequest({ ...row, received_at: Number(row.received_at) }, body, sealer),
      });
    } catch (thrown) {
      loaded.set(Number(row.id), thrown as Error);
    }
  }
  return loaded;
}

async function loadParts(reader: Kysely<Schema>, id: number): Promise<Buffer> {
  const parts = await reader
    .selectFrom('receipt_body')
    .where('receipt_id', '=', id)
    .orderBy('part')
    .select('bytes')
    .execute();
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}
