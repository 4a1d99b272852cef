import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The envelope of WeCom and DingTalk: AES-256-CBC with the first half of the key as its vector, over 16 random bytes, a
 * length (uint32, big endian), the message and the receiver's id, padded to 32 bytes as PKCS #7 pads.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export interface EnvelopeKey {
  readonly token: string;
  readonly key: Buffer;
}

const RANDOM_BYTES = 16;
const HEAD_BYTES = RANDOM_BYTES + 4;
const BLOCK = 32;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The key of a secret `token:encodingAesKey` (43 characters of base64); undefined when it is not one. */
export function envelopeKey(secret: string): EnvelopeKey | undefined {
  const at = secret.lastIndexOf(':');
  const token = secret.slice(0, Math.max(at, 0));
  const encoded = secret.slice(at + 1);
  if (token === '' || encoded.length !== 43 || !BASE64.test(encoded)) return undefined;
  const key = Buffer.from(`${encoded}=`, 'base64');
  return key.length === BLOCK ? { token, key } : undefined;
}

/** Hex SHA-1 over the four texts, sorted and joined. */
export function envelopeSignature(parts: readonly [string, string, string, string]): string {
  return createHash('sha1')
    .update([...parts].sort(byCodeUnit).join(''))
    .digest('hex');
}

/** Constant-time; hex of either case. */
export function isEnvelopeSignature(
  signature: string,
  parts: readonly [string, string, string, string],
): boolean {
  if (!/^[0-9a-f]{40}$/i.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature.toLowerCase()), Buffer.from(envelopeSignature(parts)));
}

/** The message that was sealed for `receiver`; undefined when it was not, or not with this key. Never throws. */
export function openEnvelope(encrypted: string, key: Buffer, receiver: string): Buffer | undefined {
  if (!BASE64.test(encrypted)) return undefined;
  const plain = decryptCbc(Buffer.from(encrypted, 'base64'), key, key.subarray(0, 16), false);
  if (plain === undefined || plain.length < HEAD_BYTES) return undefined;
  const padding = plain.at(-1) ?? 0;
  if (padding < 1 || padding > BLOCK || padding > plain.length - HEAD_BYTES) return undefined;
  if (plain.subarray(-padding).some((byte) => byte !== padding)) return undefined;
  const end = plain.length - padding;
  const messageEnd = HEAD_BYTES + plain.readUInt32BE(RANDOM_BYTES);
  if (messageEnd > end || !plain.subarray(messageEnd, end).equals(Buffer.from(receiver))) return undefined;
  return plain.subarray(HEAD_BYTES, messageEnd);
}

/** Seals `message` for `receiver`, as base64. */
export function sealEnvelope(message: string, key: Buffer, receiver: string): string {
  const text = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const content = Buffer.concat([randomBytes(RANDOM_BYTES), length, text, Buffer.from(receiver)]);
  const padding = BLOCK - (content.length % BLOCK);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([content, Buffer.alloc(padding, padding)]);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

/** AES-256-CBC; `isPadded`: PKCS #7 to 16 bytes is taken off. Undefined when it cannot be. */
export function decryptCbc(
  sealed: Buffer,
  key: Buffer,
  vector: Buffer,
  isPadded: boolean,
): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, vector).setAutoPadding(isPadded);
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** As Java's and Python's sort: by code unit, never by locale. */
function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
