import type { SignatureEncoding } from '../core/signature-row';

const HEX = /^[0-9a-fA-F]+$/;

/**
 * The bytes of a signature as text, or undefined where it is not strictly that encoding: Node's own decoder skips what it
 * does not know. Base64 must be written the one way its bytes have (RFC 4648 §3.5), base64url with or without padding.
 */
export function decodeStrictly(text: string, encoding: SignatureEncoding): Buffer | undefined {
  if (encoding === 'text') return Buffer.from(text, 'latin1');
  if (encoding === 'hex')
    return text.length % 2 === 0 && HEX.test(text) ? Buffer.from(text, 'hex') : undefined;
  if (text === '') return undefined;
  const bytes = Buffer.from(text, encoding);
  const written = bytes.toString(encoding);
  if (written === text) return bytes;
  return encoding === 'base64url' && padded(written) === text ? bytes : undefined;
}

/** As above for a key: padding may be missing, and either alphabet will do. */
export function decodeKeyText(text: string): Buffer | undefined {
  const bare = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  const bytes = Buffer.from(bare, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === bare ? bytes : undefined;
}

const padded = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=');
