import { Readable } from 'node:stream';
import { HostError } from '../core/errors';
import type { GateRequest } from './messages';

/**
 * Takes the body of a request away before anybody reads it, and gives it back afterwards as if it had just come: the
 * request itself never ends meanwhile. States: diverting (the parser's bytes come here) → handed back (they are the
 * request's again), or given up (what still comes is the request's).
 */
export class Diversion extends Readable {
  readonly #request: GateRequest;
  /** All of the body was in the request's own buffer by the time it was taken. */
  readonly #isLate: boolean;

  /** At once where bytes may come: none that the request has buffered by now is lost, but none may have been read. */
  constructor(request: GateRequest) {
    super();
    this.#request = request;
    const early = peek(request);
    this.#isLate = request.complete;
    // Its end is told by whoever reads it; a request that nobody reads any more must not be an unheard error.
    this.on('error', () => undefined);
    if (early !== undefined) this.push(early);
    if (this.#isLate) {
      this.push(null);
      return;
    }
    request.push = (chunk: unknown, encoding?: BufferEncoding) => this.push(chunk, encoding);
    request.once('close', () => {
      if (!this.readableEnded) this.destroy(new HostError('body/incomplete', []));
    });
  }

  override _read(size: number): void {
    if (!this.#isLate) this.#request._read(size);
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#release();
    done(error);
  }

  /** The body is the request's again, all of it. Once, and only after it was read here to its end. */
  handBack(body: Buffer): void {
    const request = this.#request;
    this.#release();
    // What was buffered before stands among `body`. An end that was told cannot be told again, but put off.
    if (request.readableLength > 0) request.read();
    if (this.#isLate) {
      if (body.length > 0) request.unshift(body);
      return;
    }
    request.push(body);
    request.push(null);
  }

  /** The same of a body that is too large to be in memory as a whole. */
  handBackFrom(source: Readable): void {
    const request = this.#request;
    this.#release();
    if (request.readableLength > 0) request.read();
    request._read = () => source.resume();
    source.on('data', (chunk: Buffer) => {
      if (!request.push(chunk)) source.pause();
    });
    source.once('end', () => request.push(null));
    source.once('error', (error) => request.destroy(error));
  }

  #release(): void {
    // The method of its class again; what was counted was this body.
    delete (this.#request as { push?: unknown }).push;
    this.#request.bodyLeft = undefined;
  }
}

/** What the request has buffered; it stays there, so that its end is not told. */
function peek(request: GateRequest): Buffer | undefined {
  if (request.readableLength === 0) return undefined;
  const early = request.read() as Buffer | null;
  if (early === null) return undefined;
  request.unshift(early);
  return early;
}
