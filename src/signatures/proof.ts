import {
  createHash,
  createHmac,
  createVerify,
  hash as hashOf,
  timingSafeEqual,
  verify,
  type Hash,
  type Hmac,
  type KeyObject,
} from 'node:crypto';
import type { HashName, SignatureRow } from '../core/signature-row';
import { decodeStrictly } from './encoding';
import { KEY, messageBytes, type Chunk } from './signed-message';
import type { VerifyingKey } from './verifying-key';

/** Which of the keys one of the signatures was made with: its index, or -1. All are tried, whichever matches. */
export type Proof = (
  chunks: readonly Chunk[],
  signatures: readonly Buffer[],
  keys: readonly VerifyingKey[],
) => number;

const HASH_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };
const ED25519_BYTES = 64;

export function proofOf(row: SignatureRow): Proof {
  const name = row.hash ?? 'sha256';
  switch (row.kind) {
    case 'hmac':
      return macProof((key) => createHmac(name, key));
    case 'digest':
      return macProof(() => createHash(name));
    case 'token':
      return (_chunks, signatures, keys) => {
        const digests = signatures.map((signature) => hashOf('sha256', signature, 'buffer'));
        return firstMatch(keys, (key) => matches(key as Buffer, digests));
      };
    case 'ed25519':
      return (chunks, signatures, keys) => {
        const message = messageBytes(chunks);
        return keyProof(signatures, keys, (key, signature) => verify(null, message, key, signature));
      };
    case 'ecdsa':
    case 'rsa':
      return (chunks, signatures, keys) => {
        const message = messageBytes(chunks);
        return keyProof(signatures, keys, (key, signature) =>
          createVerify(name)
            .update(message)
            .verify({ key, dsaEncoding: row.dsa ?? 'der' }, signature),
        );
      };
    case 'special':
      return () => -1;
  }
}

/** Reads signatures as text; those that are not strictly of their encoding or length are dropped. */
export function signatureDecoder(row: SignatureRow): (encoded: readonly string[]) => Buffer[] {
  const bytes = lengthOf(row);
  const { encoding } = row.signature;
  return (encoded) =>
    encoded.flatMap((text) => {
      const signature = decodeStrictly(text, encoding);
      return signature === undefined || (bytes !== undefined && signature.length !== bytes)
        ? []
        : [signature];
    });
}

/** Undefined where the key decides it. */
function lengthOf({ kind, hash }: SignatureRow): number | undefined {
  if (kind === 'hmac' || kind === 'digest') return HASH_BYTES[hash ?? 'sha256'];
  return kind === 'ed25519' ? ED25519_BYTES : undefined;
}

function macProof(start: (key: VerifyingKey) => Hmac | Hash): Proof {
  return (chunks, signatures, keys) =>
    firstMatch(keys, (key) => {
      const digest = start(key);
      for (const chunk of chunks) {
        if (chunk === KEY) digest.update(key as Buffer);
        else if (typeof chunk === 'string') digest.update(chunk, 'latin1');
        else digest.update(chunk);
      }
      return matches(digest.digest(), signatures);
    });
}

function keyProof(
  signatures: readonly Buffer[],
  keys: readonly VerifyingKey[],
  isOf: (key: KeyObject, signature: Buffer) => boolean,
): number {
  return firstMatch(keys, (key) => {
    let isMatch = false;
    for (const signature of signatures) isMatch = safely(() => isOf(key as KeyObject, signature)) || isMatch;
    return isMatch;
  });
}

/** No early way out: how long it takes must not tell which secret or signature it was. */
function firstMatch(keys: readonly VerifyingKey[], isMatch: (key: VerifyingKey) => boolean): number {
  let first = -1;
  keys.forEach((key, index) => {
    if (isMatch(key) && first < 0) first = index;
  });
  return first;
}

function matches(expected: Buffer, candidates: readonly Buffer[]): boolean {
  let isMatch = false;
  for (const candidate of candidates)
    if (candidate.length === expected.length) isMatch = timingSafeEqual(expected, candidate) || isMatch;
  return isMatch;
}

/** OpenSSL throws at some malformed signatures and answers false at others. */
function safely(verified: () => boolean): boolean {
  try {
    return verified();
  } catch {
    return false;
  }
}
