import { pipeline } from 'node:stream/promises';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HostError, toError } from '../core/errors';

/** What is asked for where the author does not say. */
export const ACCEPT_ENCODING = 'gzip, br';
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  deflate: () => createInflate(),
};
/** More of them, one inside the other, are no honest answer. */
const MOST_CODINGS = 2;
/** Errors of zlib and brotli; all others are of the connection. */
const DECODER_CODE = /^(?:Z_|ERR__|ERR_BROTLI|ERR_ZLIB)/;

/**
 * All of a body, its content codings undone. What came and what it unpacks to are both counted, so that a small answer
 * cannot become a large one.
 * @throws outgoing/too-large, outgoing/bad-answer; what the connection died of
 */
export async function readResponseBody(
  where: string,
  body: Readable,
  encoding: string,
  maxBytes: number,
): Promise<Buffer> {
  const decoders = decodersOf(where, encoding);
  const chunks: Buffer[] = [];
  let isTooLarge = false;
  const counted = async function* (source: AsyncIterable<Buffer>) {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      isTooLarge ||= bytes > maxBytes;
      if (isTooLarge) throw new HostError('outgoing/too-large', [where, maxBytes]);
      yield chunk;
    }
  };
  const keep = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of counted(source)) chunks.push(chunk);
  };
  try {
    if (decoders.length === 0) await pipeline(body, keep);
    else await inTurn([body, counted, ...decoders, keep]);
  } catch (thrown) {
    // With several steps, the one that only saw its neighbour end may be heard first.
    if (isTooLarge) throw new HostError('outgoing/too-large', [where, maxBytes]);
    if (DECODER_CODE.test(String((toError(thrown) as NodeJS.ErrnoException).code)))
      throw new HostError('outgoing/bad-answer', [where, `its body is not ${encoding} as it says`], {
        cause: thrown,
      });
    throw thrown;
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** Its types know no list of steps; what it does is documented (stream.pipeline). */
const inTurn = pipeline as unknown as (steps: readonly unknown[]) => Promise<void>;

/** Whether the body comes as it is. */
export function isPlain(encoding: string): boolean {
  return codingsOf(encoding).length === 0;
}

/** The last coding was applied last, and is undone first. */
function decodersOf(where: string, encoding: string): Transform[] {
  const codings = codingsOf(encoding);
  const makers = codings.map((coding) => (Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined));
  if (codings.length > MOST_CODINGS || makers.includes(undefined))
    throw new HostError('outgoing/bad-answer', [
      where,
      'its content encoding is not one that is undone here',
    ]);
  return makers.flatMap((make) => (make === undefined ? [] : [make()])).reverse();
}

function codingsOf(encoding: string): string[] {
  return encoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}
