import { createHash, createHmac, hash, timingSafeEqual as sameBytes } from 'node:crypto';

const HASHES: ReadonlySet<string> = new Set(['sha1', 'sha256', 'sha384', 'sha512']);
const HEX = /^[0-9a-fA-F]+$/;

/**
 * Whether `signature` (hex or base64, nothing before it) is the HMAC of exactly these bytes of `body`. Never throws: a
 * missing or empty secret, another hash than sha1, sha256, sha384 or sha512, or anything that is no text is false.
 */
export function verifyHmac(
  algorithm: string,
  secret: string | Uint8Array,
  body: string | Uint8Array,
  signature: string,
): boolean {
  try {
    const name = algorithm.toLowerCase().replace('-', '');
    if (!HASHES.has(name) || secret.length === 0 || typeof signature !== 'string') return false;
    const expected = createHmac(name, secret).update(body).digest();
    const given = signatureBytes(signature, expected.length);
    return given !== undefined && sameBytes(expected, given);
  } catch {
    return false;
  }
}

/**
 * Compares two texts or byte strings in a time that tells nothing of their contents. Never throws; an empty or missing value equals
 * nothing, so that a secret that was not set opens nothing.
 */
export function timingSafeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  try {
    if (a.length === 0 || b.length === 0) return false;
    return sameBytes(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
  } catch {
    return false;
  }
}

/** The hash of text (as UTF-8) or bytes, by a name that Node.js knows: `sha256`. @throws what Node.js does for any other name */
export function digest(
  algorithm: string,
  data: string | Uint8Array,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
): string {
  return createHash(algorithm).update(data).digest(encoding);
}

/** All of it, as plugins have it under one name. */
export interface ByHand {
  readonly verifyHmac: typeof verifyHmac;
  readonly timingSafeEqual: typeof timingSafeEqual;
  readonly digest: typeof digest;
}
export const byHand: ByHand = Object.freeze({ verifyHmac, timingSafeEqual, digest });

/** By its length: a hash as hex is never as long as one as base64. */
function signatureBytes(text: string, length: number): Buffer | undefined {
  if (text.length === length * 2) return HEX.test(text) ? Buffer.from(text, 'hex') : undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined;
}
