import { hash } from 'node:crypto';
import type { SignatureRow } from '../core/signature-row';
import { placeReader, type Reading } from './reading';
import { messageDigest, type Chunk } from './signed-message';

interface Delivery {
  readonly deliveryId: string | undefined;
  readonly dedupeKey: string | undefined;
}

/** Of an id that is its own key: printable, and no longer than ids are. */
const PLAIN_ID = /^[\x20-\x7e]{1,200}$/;

/**
 * Which delivery this is. An id outside the signed bytes makes no key: whoever replays a request writes a new one. Then it is
 * a digest of what is signed, not of the signature: of two signatures over one request either may be left out. A token
 * signs nothing, and whoever sees one delivery has the token: its id is as good as any, and without one there is no key.
 */
export function deliveryReader(row: SignatureRow): (reading: Reading, chunks: readonly Chunk[]) => Delivery {
  const places = row.delivery.map((place) => ({
    read: placeReader(place),
    isKey: place.signed || row.kind === 'token',
  }));
  return (reading, chunks) => {
    let deliveryId: string | undefined;
    for (const { read, isKey } of places) {
      const id = idOf(read(reading));
      deliveryId ??= id;
      if (isKey && id !== undefined) return { deliveryId, dedupeKey: `${row.id}:id:${id}` };
    }
    if (row.kind === 'token') return { deliveryId, dedupeKey: undefined };
    return { deliveryId, dedupeKey: `${row.id}:sha256:${messageDigest(chunks)}` };
  };
}

/** Of a batch: all its ids, in order. Those that no store takes as they are become their digest. */
function idOf(values: readonly string[]): string | undefined {
  const id = values.filter((value) => value !== '').join(',');
  if (id === '') return undefined;
  return PLAIN_ID.test(id) ? id : `sha256-${hash('sha256', id)}`;
}
