import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { SecretMask } from '../core/secret-mask';

const MOST_BYTES = 8 * 1024 ** 2;

/**
 * A body as it may be shown. One that is compressed cannot be masked: it is shown as it is where nothing in it is to be, and
 * not at all where something is, or where it does not open.
 */
export function maskedBody(
  body: Buffer | undefined,
  encoding: string | undefined,
  mask: SecretMask,
): Buffer | undefined {
  if (body === undefined || encoding === undefined || encoding.trim().toLowerCase() === 'identity')
    return body && mask.bytes(body);
  const plain = openedBody(body, encoding.trim().toLowerCase());
  return plain !== undefined && mask.bytes(plain) === plain ? body : undefined;
}

function openedBody(body: Buffer, encoding: string): Buffer | undefined {
  const options = { maxOutputLength: MOST_BYTES };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(body, options);
    if (encoding === 'deflate') return inflateSync(body, options);
    return encoding === 'br' ? brotliDecompressSync(body, options) : undefined;
  } catch {
    return undefined;
  }
}
