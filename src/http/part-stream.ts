import { Readable } from 'node:stream';
import { HostError } from '../core/errors';
import type { UploadPart } from '../core/exchange';
import { sanitiseFilename } from './uploaded-file';

const LONGEST_TEXT_BYTES = 1_048_576;
const HIGH_WATER_BYTES = 65_536;

/**
 * The bytes of one part. The parser's own stream stays behind it: destroyed before its end, that one would hold up the
 * form for ever, so whoever lets go of a part lets the rest of it flow by.
 */
export class PartStream extends Readable {
  #size = 0;

  constructor(
    private readonly source: Readable,
    private readonly limitBytes: number,
    /** Refuses the form, whether or not somebody reads the part; answers the refusal. */
    private readonly refuse: (cause: unknown) => Error,
  ) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.on('end', () => this.push(null));
    source.on('error', (cause) => this.destroy(refuse(cause)));
    // Whoever reads it is told; of a part that nobody reads the error is the form's alone.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.source.resume();
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.source.resume();
    done(error);
  }

  /** Nothing beyond the limit is handed on. */
  #take(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.limitBytes)
      this.destroy(this.refuse(new HostError('body/too-large', [this.limitBytes])));
    else if (!this.destroyed && !this.push(chunk)) this.source.pause();
  }
}

/** One part of a form as it comes. */
export class IncomingPart implements UploadPart {
  readonly filename: string | undefined;
  /** An arrow, so that it can be destructured. */
  readonly text: () => Promise<string>;

  private constructor(
    readonly name: string,
    clientName: string | undefined,
    readonly contentType: string,
    readonly stream: Readable,
    value: string | undefined,
  ) {
    this.filename = clientName === undefined ? undefined : sanitiseFilename(clientName);
    this.text = () => (value === undefined ? textOf(stream) : shortText(value));
  }

  static file(name: string, clientName: string, contentType: string, stream: PartStream): IncomingPart {
    return new IncomingPart(name, clientName, contentType, stream, undefined);
  }
  static field(name: string, contentType: string, value: string): IncomingPart {
    const stream = Readable.from([Buffer.from(value)], { objectMode: false });
    stream.on('error', () => undefined);
    return new IncomingPart(name, undefined, contentType, stream, value);
  }

  /** The form goes on: a part that nobody reads flows by, one that is being read is left to its reader. */
  pass(): void {
    const isUntouched = this.stream.readableFlowing === null && !this.stream.readableDidRead;
    if (isUntouched) this.drop();
  }
  /** Whoever reads on is told that it is too late. A stream that is over stays as it is. */
  drop(): void {
    if (this.stream.readableEnded) return;
    this.stream.destroy(new HostError('body/part-gone', [`The part "${this.name}"`]));
  }
}

async function shortText(value: string): Promise<string> {
  if (Buffer.byteLength(value) > LONGEST_TEXT_BYTES)
    throw new HostError('body/too-large', [LONGEST_TEXT_BYTES]);
  return value;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST_TEXT_BYTES) throw new HostError('body/too-large', [LONGEST_TEXT_BYTES]);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
