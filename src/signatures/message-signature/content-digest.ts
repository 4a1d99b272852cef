import { createHash, timingSafeEqual } from 'node:crypto';
import { parseDictionary } from 'structured-headers';

/** Names of RFC 9530 §5 that stand for something; `md5`, `sha` and the checksums of its registry never count. */
const HASHES = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const;
export type DigestName = keyof typeof HASHES;
const NAMES = Object.keys(HASHES) as DigestName[];

/** The value of `Content-Digest` for a body as it is sent, its content encoding applied. */
export function contentDigest(body: Buffer, name: DigestName = 'sha-256'): string {
  return `${name}=:${createHash(HASHES[name]).update(body).digest('base64')}:`;
}

/**
 * True when `value` (of `Content-Digest`, or of `Repr-Digest`: the same bytes, as a request is never partial) names at least
 * one hash that counts, and all of those are of `body`. Unknown hashes are passed over. Never throws.
 */
export function isDigestOf(value: string, body: Buffer): boolean {
  const digests = parse(value);
  if (digests === undefined) return false;
  const counting = NAMES.filter((name) => digests.has(name));
  return counting.length > 0 && counting.every((name) => isSame(digests.get(name)?.[0], name, body));
}

function parse(value: string) {
  try {
    return parseDictionary(value);
  } catch {
    return undefined;
  }
}

function isSame(claimed: unknown, name: DigestName, body: Buffer): boolean {
  const bytes = byteSequence(claimed);
  const actual = createHash(HASHES[name]).update(body).digest();
  return bytes !== undefined && bytes.length === actual.length && timingSafeEqual(bytes, actual);
}

/** A byte sequence that was parsed from a structured field; undefined for every other item. */
export function byteSequence(value: unknown): Buffer | undefined {
  if (Object.prototype.toString.call(value) !== '[object ArrayBuffer]') return undefined;
  return Buffer.from(value as ArrayBuffer);
}
