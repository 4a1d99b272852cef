import { sql, type Kysely } from 'kysely';
import { toError } from '../core/errors';
import type { Sealer } from '../core/ports/sealer';
import type { StoredRequest } from '../core/ports/inbox';
import { toPublicId } from './public-id';
import { unpackRequest } from './receipt-meta';
import type { Schema } from './schema';

/** Bodies up to this size come with their receipt; larger ones are asked for, one by one. */
const INLINE_BYTES = 65_536;

/** A receipt as a handler gets it. */
export interface LoadedReceipt {
  readonly publicId: string;
  readonly request: StoredRequest;
}
/** A receipt whose body is large. */
export interface LargeReceipt {
  readonly bytes: number;
  /** As `loadReceipts` answers it: undefined when it is gone by now. @throws the database's error */
  load(): Promise<LoadedReceipt | Error | undefined>;
}

/**
 * The receipts of these numbers, in one query, with the bodies that are small; one that is gone is missing in the answer,
 * one that does not open is an error in its place.
 */
export async function loadReceipts(
  reader: Kysely<Schema>,
  ids: readonly number[],
  sealer: Sealer,
): Promise<Map<number, LoadedReceipt | LargeReceipt | Error>> {
  const rows = await reader
    .selectFrom('receipt')
    .where('id', 'in', ids)
    .select(['id', 'token', 'received_at', 'method', 'target', 'meta', 'ip', 'body_bytes'])
    .select(sql<Buffer | null>`case when body_bytes <= ${sql.lit(INLINE_BYTES)} then body end`.as('body'))
    .execute();
  const loaded = new Map<number, LoadedReceipt | LargeReceipt | Error>();
  for (const { body, body_bytes: bytes, ...row } of rows) {
    const id = Number(row.id);
    const open = (given: Buffer): LoadedReceipt | Error => {
      try {
        const request = unpackRequest({ ...row, received_at: Number(row.received_at) }, given, sealer);
        return { publicId: toPublicId(id, row.token), request };
      } catch (thrown) {
        return toError(thrown);
      }
    };
    const load = async () => {
      const large = await loadBody(reader, id);
      return large && open(large);
    };
    loaded.set(id, body === null ? { bytes: Number(bytes), load } : open(Buffer.from(body)));
  }
  return loaded;
}

async function loadBody(reader: Kysely<Schema>, id: number): Promise<Buffer | undefined> {
  const row = await reader.selectFrom('receipt').where('id', '=', id).select('body').executeTakeFirst();
  if (row === undefined || row.body !== null) return row && Buffer.from(row.body as Buffer);
  const parts = await reader
    .selectFrom('receipt_body')
    .where('receipt_id', '=', id)
    .orderBy('part')
    .select('bytes')
    .execute();
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}
