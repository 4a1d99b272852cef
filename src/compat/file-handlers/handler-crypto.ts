import { createHash, createHmac, randomUUID, type BinaryToTextEncoding } from 'node:crypto';
import { timingSafeEqual, verifyHmac } from '../../core/by-hand';
import type { RawBody } from './raw-body';

type Data = string | Uint8Array;

/** `crypto` of a handler. Nothing of it is asynchronous; awaiting is harmless. */
export interface HandlerCrypto {
  /** Whether `signature` (hex or base64) is the HMAC of `body`, `request.rawBody` counting as the bytes that came. Never throws; a missing secret verifies nothing. */
  verifyHmac(algorithm: string, secret: Data, body: Data, signature: string): boolean;
  /** Never throws; an empty or missing value equals nothing. */
  timingSafeEqual(a: Data, b: Data): boolean;
  /** Default encoding `hex`. */
  hmac(algorithm: string, secret: Data, data: Data, encoding?: BinaryToTextEncoding): string;
  digest(algorithm: string, data: Data, encoding?: BinaryToTextEncoding): string;
  sha256(data: Data, encoding?: BinaryToTextEncoding): string;
  randomUUID(): string;
}

export function handlerCrypto(rawBody: RawBody): HandlerCrypto {
  const digest: HandlerCrypto['digest'] = (algorithm, data, encoding = 'hex') =>
    createHash(algorithm).update(rawBody.bytesOf(data)).digest(encoding);
  return {
    verifyHmac: (algorithm, secret, body, signature) =>
      isData(body) && verifyHmac(algorithm, secret, rawBody.bytesOf(body), signature),
    timingSafeEqual: (a, b) => isData(a) && isData(b) && timingSafeEqual(a, b),
    hmac: (algorithm, secret, data, encoding = 'hex') =>
      createHmac(algorithm, secret).update(rawBody.bytesOf(data)).digest(encoding),
    digest,
    sha256: (data, encoding) => digest('sha256', data, encoding),
    randomUUID: () => randomUUID(),
  };
}

/** What a handler leaves out, a header that is not there, arrives as undefined. */
function isData(value: unknown): value is Data {
  return typeof value === 'string' || ArrayBuffer.isView(value);
}
