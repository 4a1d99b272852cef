import busboy, { type Busboy, type PartInfo } from 'busboy';
import type { Readable } from 'node:stream';
import { HostError, isHostError, toError } from '../core/errors';
import { admitBody, decodedStream, discard, readFailure } from './body';
import type { GateRequest } from './messages';
import type { UploadMeter } from './multipart-progress';
import type { FormTally } from './multipart-tally';
import { IncomingPart, PartStream } from './part-stream';

const LONGEST_NAME = 200;
const MOST_HEADER_LINES = 100;

/** What becomes of a form while it is read. */
export interface PartReaderEvents {
  /** A part begins. What is given nowhere is never read on. */
  onPart(part: IncomingPart): void;
  /** Once: all of it was parsed (`undefined`), or why it was not. */
  onOver(failure: unknown): void;
}

/**
 * Parses the body of a request as a form, part by part. It reads no further while parts wait for whoever takes them
 * (`isFull`) or a part's own stream is full. States: reading → over (all was parsed, refused, or let go of).
 */
export class PartReader {
  #source: Readable | undefined;
  #parser: Busboy | undefined;
  #isParsing = false;
  #isOver = false;

  constructor(
    readonly request: GateRequest,
    readonly tally: FormTally,
    readonly meter: UploadMeter | undefined,
    readonly isFull: () => boolean,
    readonly events: PartReaderEvents,
  ) {}

  /** Never throws: whatever is wrong is the form's failure. */
  start(): void {
    try {
      if (this.request.destroyed) throw new HostError('body/incomplete', []);
      this.#parser = this.#createParser();
      admitBody(this.request, Infinity);
      this.meter?.watch();
      this.#listen((this.#source = decodedStream(this.request)));
    } catch (cause) {
      this.#refuse(cause);
    }
  }

  /** There is room again. */
  pull(): void {
    if (!this.#isOver && !this.#isParsing && !this.isFull()) this.#source?.resume();
  }

  /** What is left of the form is read and dropped. A second time does nothing. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.meter?.stop();
    this.#source?.off('data', this.#onData).off('end', this.#onEnd);
    discard(this.request, this.#source ?? this.request);
    this.#parser?.on('error', () => undefined).destroy();
  }

  #end(failure: unknown): void {
    if (this.#isOver) return;
    if (failure !== undefined) this.#parser?.on('error', () => undefined).destroy(toError(failure));
    this.close();
    this.events.onOver(failure);
  }

  /** @throws body/invalid-form */
  #createParser(): Busboy {
    const parser = busboy({
      headers: this.request.headers,
      defParamCharset: 'utf8',
      limits: { fieldSize: this.tally.limits.fieldBytes + 1, headerPairs: MOST_HEADER_LINES },
    });
    parser.on('file', (name, file, info) => this.#file(name, file, info));
    parser.on('field', (name, value, info) => this.#field(name, value, info));
    parser.on('error', (cause: unknown) => this.#refuse(cause));
    return parser;
  }

  #listen(source: Readable): void {
    source.on('data', this.#onData).on('end', this.#onEnd);
    // These two stay: the stream may fail when nobody wants it any more.
    source.on('error', (cause) => this.#end(readFailure(cause)));
    source.on('close', () => {
      if (!source.readableEnded) this.#end(new HostError('body/incomplete', []));
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#source?.pause();
    this.#isParsing = true;
    this.#parser?.write(chunk, () => {
      this.#isParsing = false;
      this.pull();
    });
  };

  readonly #onEnd = (): void => {
    this.#parser?.end((cause?: unknown) => {
      if (cause === undefined || cause === null) this.#end(undefined);
      else this.#refuse(cause);
    });
  };

  #file(name: string | undefined, file: Readable, { filename, mimeType }: PartInfo): void {
    // Of a part that is passed over.
    file.on('error', () => undefined);
    // A file field in which nothing was chosen is no file.
    if (this.#isOver || filename === undefined || filename === '') {
      file.resume();
      return;
    }
    try {
      const partName = this.#nameOf(name);
      const limitBytes = this.tally.file(partName, mimeType);
      const stream = new PartStream(file, limitBytes, (cause) => this.#refuse(cause));
      this.events.onPart(IncomingPart.file(partName, unescaped(filename), mimeType, stream));
    } catch (refusal) {
      file.resume();
      this.#end(refusal);
    }
  }

  #refuse(cause: unknown): Error {
    const refusal = toRefusal(cause);
    this.#end(refusal);
    return refusal;
  }

  #field(name: string | undefined, value: string, { mimeType, valueTruncated }: PartInfo): void {
    if (this.#isOver) return;
    try {
      const partName = this.#nameOf(name);
      if (valueTruncated === true) throw new HostError('body/too-large', [this.tally.limits.fieldBytes]);
      this.tally.field(partName, value);
      this.events.onPart(IncomingPart.field(partName, mimeType, value));
    } catch (refusal) {
      this.#end(refusal);
    }
  }

  #nameOf(name: string | undefined): string {
    if (name === undefined) throw new HostError('body/invalid-form', ['field name missing']);
    if (name.length > LONGEST_NAME) throw new HostError('body/invalid-form', ['field name too long']);
    return unescaped(name);
  }
}

/**
 * Undoes what browsers do to three characters in names, and only to these.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
function unescaped(name: string): string {
  return name.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replaceAll('%22', '"');
}

/** The parser's own errors, as what they mean to the sender. */
function toRefusal(cause: unknown): Error {
  if (isHostError(cause)) return cause;
  return new HostError('body/invalid-form', [toError(cause).message.toLowerCase()], { cause });
}
