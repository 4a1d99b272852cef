import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { mediaTypeIn } from '../core/body-values';
import { HostError, isHostError, toError } from '../core/errors';
import type { GateRequest } from './messages';

export const NO_BYTES: Buffer = Buffer.alloc(0);

/** The media type of the request, lower case, without parameters; empty when it names none. */
export function mediaTypeOf(request: GateRequest): string {
  return mediaTypeIn(request.headers['content-type']);
}

export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

/**
 * The body's bytes with their content encoding undone.
 * @throws body/unsupported-encoding (415) for another encoding than gzip, deflate or br
 */
export function decodedStream(request: GateRequest): Readable {
  if (!isEncoded(request)) return request;
  const decoder = decoderOf(request);
  // An aborted request would leave the decoder waiting for ever.
  request.once('close', () => {
    if (!request.readableEnded) decoder.destroy(new HostError('body/incomplete', []));
  });
  return request.pipe(decoder);
}

/** Whether the bytes that come are not yet those that are meant. */
export function isEncoded(request: GateRequest): boolean {
  return request.headers['content-encoding'] !== undefined && encodingOf(request) !== 'identity';
}

/** What undoes the content encoding of an encoded body. @throws body/unsupported-encoding (415) */
export function decoderOf(request: GateRequest): Duplex {
  const encoding = encodingOf(request);
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw new HostError('body/unsupported-encoding', [encoding]);
}

const encodingOf = ({ headers }: GateRequest) => (headers['content-encoding'] ?? '').trim().toLowerCase();

/**
 * Refuses by `content-length` before a byte is read, then tells a waiting client to send.
 * @throws body/too-large
 */
export function admitBody(request: GateRequest, limitBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes)
    throw new HostError('body/too-large', [limitBytes]);
  continueBody(request);
}

/** Tells a waiting client to send the body; once. */
export function continueBody(request: GateRequest): void {
  if (!request.awaitsContinue) return;
  request.awaitsContinue = false;
  request.res?.writeContinue();
}

/**
 * Reads the whole body, counting while it reads; `limitBytes` holds for what a content encoding expands to. Calls
 * back at most once: with the bytes, or with body/too-large, body/incomplete, body/undecodable,
 * body/unsupported-encoding. When the client leaves there is nobody to answer and it may not call back at all.
 */
export function readBuffered(
  request: GateRequest,
  limitBytes: number,
  done: (failure: unknown, bytes: Buffer) => void,
): void {
  let source: Readable;
  try {
    admitBody(request, limitBytes);
    source = decodedStream(request);
  } catch (refusal) {
    done(refusal, NO_BYTES);
    return;
  }
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let size = 0;
  let isSettled = false;
  const fail = (failure: unknown) => {
    if (isSettled) return;
    isSettled = true;
    discard(request, source);
    done(failure, NO_BYTES);
  };
  source.on('data', (chunk: Buffer) => {
    if (isSettled) return;
    size += chunk.length;
    if (size > limitBytes) fail(new HostError('body/too-large', [limitBytes]));
    else if (first === undefined) first = chunk;
    else (more ??= [first]).push(chunk);
  });
  source.on('end', () => {
    if (isSettled) return;
    isSettled = true;
    done(undefined, more === undefined ? (first ?? NO_BYTES) : Buffer.concat(more, size));
  });
  // Of the request itself neither is listened for: it emits them only when the client is gone.
  if (source !== request) {
    source.on('error', (cause) => fail(readFailure(cause)));
    source.on('close', () => fail(new HostError('body/incomplete', [])));
  }
}

/** What is left of a body is read and dropped: unread, it would block the connection's next request. */
export function discard(request: GateRequest, source: Readable): void {
  if (source !== request) {
    request.unpipe();
    source.destroy();
  }
  request.resume();
}

/** An error of the stream of a body, as what it means to the sender. */
export function readFailure(cause: unknown): unknown {
  if (isHostError(cause)) return cause;
  const { code } = toError(cause) as NodeJS.ErrnoException;
  const broken = code?.startsWith('Z_') === true || code?.startsWith('ERR__ERROR_FORMAT') === true;
  return new HostError(broken ? 'body/undecodable' : 'body/incomplete', [], { cause });
}
