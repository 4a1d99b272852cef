import { pipeline, type Readable } from 'node:stream';
import { HostError, isHostError } from '../core/errors';
import {
  admitBody,
  decodedStream,
  decoderOf,
  discard,
  isEncoded,
  NO_BYTES,
  readBuffered,
  readFailure,
} from './body';
import { BodyFile } from './body-file';
import type { GateRequest } from './messages';
import type { ReceivedBody } from './received-body';
import { hasBody } from './request-head';

/** A larger body waits on disk until it is its turn. */
const MEMORY_BYTES = 1_048_576;

/**
 * Reads the whole body of a request that is judged or stored as it came: in memory up to 1 MiB, beyond that in a file that
 * the caller removes. Of a client that leaves it may never settle.
 * @throws body/too-large, body/incomplete, body/undecodable, body/unsupported-encoding; inbox/unavailable (503) when the
 * disk takes no more
 */
export async function receiveKept(request: GateRequest, limitBytes: number): Promise<ReceivedBody> {
  return { body: await readKept(request, limitBytes), wire: undefined, failure: undefined };
}

function readKept(request: GateRequest, limitBytes: number): Promise<Buffer | BodyFile> {
  if (!hasBody(request)) return Promise.resolve(NO_BYTES);
  if (!isSurelySmall(request)) return spool(request, limitBytes);
  return new Promise((resolve, reject) => {
    readBuffered(request, limitBytes, (failure, bytes) => {
      if (failure === undefined) resolve(bytes);
      else reject(failure);
    });
  });
}

function isSurelySmall({ headers }: GateRequest): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= MEMORY_BYTES && headers['content-encoding'] === undefined;
}

async function spool(request: GateRequest, limitBytes: number): Promise<Buffer | BodyFile> {
  admitBody(request, limitBytes);
  const source = decodedStream(request);
  try {
    return await fill(source, limitBytes);
  } catch (failure) {
    discard(request, source);
    throw failure;
  }
}

/**
 * The same of a request that is judged by its bytes as they came: read so first, then with their content encoding undone.
 * `source` is where they come from. @throws body/too-large, body/incomplete, inbox/unavailable
 */
export async function receiveWire(
  request: GateRequest,
  limitBytes: number,
  source: Readable = request,
): Promise<ReceivedBody> {
  const isWhole = !hasBody(request) || !isEncoded(request);
  if (isWhole && source === request) return receiveKept(request, limitBytes);
  admitBody(request, limitBytes);
  let wire: Buffer | BodyFile;
  try {
    wire = await fill(source, limitBytes);
  } catch (failure) {
    discard(request, source);
    throw failure;
  }
  if (isWhole) return { body: wire, wire: undefined, failure: undefined };
  try {
    return { body: await decode(request, wire, limitBytes), wire, failure: undefined };
  } catch (failure) {
    return { body: NO_BYTES, wire, failure };
  }
}

/** @throws body/too-large, body/undecodable, body/unsupported-encoding, inbox/unavailable */
async function decode(
  request: GateRequest,
  wire: Buffer | BodyFile,
  limitBytes: number,
): Promise<Buffer | BodyFile> {
  const decoder = decoderOf(request);
  // Its failures are the decoder's too, and are told there.
  if (wire instanceof BodyFile) pipeline(wire.stream(), decoder, () => undefined);
  else decoder.end(wire);
  try {
    return await fill(decoder, limitBytes);
  } finally {
    decoder.destroy();
  }
}

async function fill(source: Readable, limitBytes: number): Promise<Buffer | BodyFile> {
  const spool = new Spool(limitBytes);
  try {
    await spool.fill(source);
    return spool.body;
  } catch (failure) {
    await spool.file?.remove();
    throw failure;
  }
}

class Spool {
  file: BodyFile | undefined;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(readonly limitBytes: number) {}

  get body(): Buffer | BodyFile {
    return this.file ?? Buffer.concat(this.#chunks, this.#size);
  }

  async fill(source: Readable): Promise<void> {
    try {
      // The request outlives a refusal: it has yet to be answered.
      for await (const chunk of source.iterator({ destroyOnReturn: false }))
        await this.#take(chunk as Buffer);
    } catch (cause) {
      throw isHostError(cause) ? cause : readFailure(cause);
    }
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#size += chunk.length;
    if (this.#size > this.limitBytes) throw new HostError('body/too-large', [this.limitBytes]);
    if (this.file === undefined && this.#size <= MEMORY_BYTES) {
      this.#chunks.push(chunk);
      return;
    }
    try {
      this.file ??= await BodyFile.create();
      for (const early of this.#chunks.splice(0)) await this.file.append(early);
      await this.file.append(chunk);
    } catch (cause) {
      throw new HostError('inbox/unavailable', [], { cause, headers: { 'retry-after': '5' } });
    }
  }
}
