import { createPublicKey, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { SignatureRow } from '../core/signature-row';
import { decodeKeyText, decodeStrictly } from './encoding';

/** A secret in the form its row hashes with: a digest of it for tokens, bytes for `digest`, else a key. */
export type VerifyingKey = KeyObject | Buffer;

/** SubjectPublicKeyInfo of an Ed25519 key, up to its 32 bytes (RFC 8410 §4). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** As many as can be live at once, and those of the rotation before. */
const MOST_REMEMBERED = 128;
const KEY_TYPES = { ed25519: ['ed25519'], ecdsa: ['ec'], rsa: ['rsa', 'rsa-pss'] } as const;

/**
 * Makes keys of secrets, each once: importing a public key costs more than verifying with it. Undefined for a secret that
 * is no key of that kind, the empty one above all: Node would take it for an HMAC.
 */
export function keyMaker(row: SignatureRow): (secret: string) => VerifyingKey | undefined {
  const known = new Map<string, VerifyingKey | undefined>();
  return (secret) => {
    if (known.has(secret)) return known.get(secret);
    if (known.size >= MOST_REMEMBERED) known.clear();
    const key = keyOf(row, secret);
    known.set(secret, key);
    return key;
  };
}

function keyOf(row: SignatureRow, secret: string): VerifyingKey | undefined {
  const bytes = keyBytes(row, secret);
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (row.kind === 'token') return hash('sha256', bytes, 'buffer');
  if (row.kind === 'digest') return bytes;
  return row.kind === 'hmac' ? createSecretKey(bytes) : publicKey(row, bytes);
}

/** The secret's bytes, its prefix taken off and its encoding undone. */
export function keyBytes({ key: { encoding, strip } }: SignatureRow, secret: string): Buffer | undefined {
  const text = strip !== undefined && secret.startsWith(strip) ? secret.slice(strip.length) : secret;
  switch (encoding) {
    case 'utf8':
    case 'pem':
      return Buffer.from(text);
    case 'hex':
    case 'ed25519-hex':
      return decodeStrictly(text, 'hex');
    case 'base64':
    case 'ed25519-base64':
      return decodeKeyText(text);
    case 'spki-base64':
      return text.includes('-----BEGIN') ? Buffer.from(text) : decodeKeyText(text);
  }
}

function publicKey(row: SignatureRow, bytes: Buffer): KeyObject | undefined {
  const isRaw = row.key.encoding.startsWith('ed25519');
  if (isRaw && bytes.length !== 32) return undefined;
  const isPem = bytes.includes('-----BEGIN');
  try {
    const key = isPem
      ? createPublicKey(bytes)
      : createPublicKey({
          key: isRaw ? Buffer.concat([ED25519_SPKI, bytes]) : bytes,
          format: 'der',
          type: 'spki',
        });
    const types: readonly (string | undefined)[] = KEY_TYPES[row.kind as keyof typeof KEY_TYPES];
    return types.includes(key.asymmetricKeyType) ? key : undefined;
  } catch {
    return undefined;
  }
}
