import type { StoredAnswer } from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';

interface Kept {
  readonly headers?: StoredAnswer['headers'];
  readonly body?: string;
}

/** Binds what is sealed to its receipt: it opens nowhere else. */
const contextOf = (receiptId: number) => `answer:${receiptId}`;

/**
 * What the `answer` column holds beside the status; undefined when that is all. Sealed as a whole: an answer may hand out
 * what its receipt had to show, in any header and in its body.
 */
export function packAnswer(
  { headers, body }: StoredAnswer,
  receiptId: number,
  sealer: Sealer,
): string | undefined {
  if (headers === undefined && body === undefined) return undefined;
  const kept: Kept = {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: body.toString('base64') }),
  };
  return sealer.seal(JSON.stringify(kept), contextOf(receiptId));
}

/** @throws host/cannot-unseal */
export function unpackAnswer(
  status: number | undefined,
  answer: string | undefined,
  receiptId: number,
  sealer: Sealer,
): StoredAnswer | undefined {
  if (status === undefined) return undefined;
  if (answer === undefined) return { status };
  const { headers, body } = JSON.parse(sealer.open(answer, contextOf(receiptId))) as Kept;
  return {
    status,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: Buffer.from(body, 'base64') }),
  };
}
