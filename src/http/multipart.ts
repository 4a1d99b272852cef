import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type express from 'express';
import multer from 'multer';
import { HostError, isHostError, toError } from '../core/errors';
import { admitBody, decodedStream, readFailure } from './body';
import type { GateRequest } from './messages';
import type { UploadMeter } from './multipart-progress';
import { SpooledFile } from './uploaded-file';

/** How much of a form is taken. */
export interface FormLimits {
  readonly fileBytes: (field: string) => number;
  readonly files: number;
  /** Of all fields together; they are kept in memory. */
  readonly fieldBytes: number;
}

/** A form as read: fields in order, files in a folder of their own. */
export interface Form {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly SpooledFile[];
  /** Removes the folder. Never rejects. */
  remove(): Promise<void>;
}

/** What the parser reads of a request: its headers, and whether it goes on. */
type FormRequest = Readable & { readonly headers: IncomingHttpHeaders };

/** In one form. */
export const MOST_FIELDS = 1_000;
/** Several pieces of a body wait for the disk at once. */
const FILE = { flags: 'wx', mode: 0o600, highWaterMark: 262_144 };
const LIMITS = { fieldNameSize: 200, fieldNestingDepth: 20, fieldArrayIndexLimit: 1_000, headerPairs: 100 };

/**
 * Reads a multipart body; files go to a temporary folder while they arrive, never whole in memory. On failure the
 * folder is gone before this rejects.
 * @throws body/too-large, body/too-many-parts, body/invalid-form, body/incomplete, body/unsupported-encoding
 */
export async function spoolForm(
  request: GateRequest,
  limits: FormLimits,
  meter?: UploadMeter,
): Promise<Form> {
  admitBody(request, Infinity);
  const open = () => {
    meter?.watch();
    return decodedStream(request);
  };
  return readForm(request, open, limits, meter);
}

/** The same of a body that is there already, as bytes. @throws as spoolForm */
export function spoolBytes(bytes: Buffer, contentType: string, limits: FormLimits): Promise<Form> {
  return spoolStored(Readable.from([bytes]), bytes.length, contentType, limits);
}

/** The same of a body of that many bytes that is kept somewhere. @throws as spoolForm */
export function spoolStored(
  body: Readable,
  bytes: number,
  contentType: string,
  limits: FormLimits,
): Promise<Form> {
  const headers = { 'content-type': contentType, 'content-length': String(bytes) };
  const request = Object.assign(body, { headers });
  return readForm(request, () => request, limits);
}

async function readForm(
  request: FormRequest,
  open: () => Readable,
  limits: FormLimits,
  meter?: UploadMeter,
): Promise<Form> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const spool = new Spool(request, open, folder, limits);
  try {
    await spool.run();
    return spool;
  } catch (failure) {
    meter?.stop();
    request.resume();
    await spool.remove();
    throw failure;
  }
}

class Spool implements Form {
  readonly fields: [string, string][] = [];
  readonly files: SpooledFile[] = [];
  readonly #writes = new Set<Promise<void>>();
  #fieldBytes = 0;
  #started = 0;
  #fail: (failure: unknown) => void = () => undefined;

  constructor(
    readonly request: FormRequest,
    /** Begins to read. */
    readonly open: () => Readable,
    readonly folder: string,
    readonly limits: FormLimits,
  ) {}

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Our own refusals reject at once; the parser would first read the rest of the body.
      this.#fail = reject;
      if (this.request.destroyed) return reject(new HostError('body/incomplete', []));
      const source = this.open();
      source.once('error', (cause) => reject(readFailure(cause)));
      const read = this.#parser(source) as unknown as express.RequestHandler;
      read(this.request as unknown as express.Request, {} as express.Response, (failure?: unknown) => {
        if (failure === undefined) resolve();
        else reject(toRefusal(failure, this.limits));
      });
    });
  }

  async remove(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }

  #parser(source: Readable) {
    const options = {
      storage: {
        _handleFile: (_request: unknown, file: Express.Multer.File, done: (error?: unknown) => void) => {
          const write = this.#write(file);
          this.#writes.add(write);
          write.then(() => done(), done);
        },
        _removeFile: (_request: unknown, _file: unknown, done: (error: null) => void) => done(null),
      },
      limits: { ...LIMITS, fieldSize: this.limits.fieldBytes },
      defParamCharset: 'utf8',
      // Not in the types yet: takes the place of `request.pipe(parser)`.
      streamHandler: (_request: unknown, parser: Writable) => {
        parser.on('field', (name: string | undefined, value: string) => this.#field(name ?? '', value));
        source.pipe(parser);
      },
    };
    return multer(options as unknown as multer.Options).any();
  }

  #field(name: string, value: string): void {
    this.#fieldBytes += name.length + Buffer.byteLength(value);
    if (this.fields.length >= MOST_FIELDS)
      this.#refuse(new HostError('body/too-many-parts', ['fields', MOST_FIELDS]));
    else if (this.#fieldBytes > this.limits.fieldBytes)
      this.#refuse(new HostError('body/too-large', [this.limits.fieldBytes]));
    else this.fields.push([name, value]);
  }

  async #write(file: Express.Multer.File): Promise<void> {
    this.#started += 1;
    const path = join(this.folder, `part-${this.#started}`);
    if (this.#started > this.limits.files) {
      file.stream.resume();
      throw this.#refuse(new HostError('body/too-many-parts', ['files', this.limits.files]));
    }
    const limitBytes = this.limits.fileBytes(file.fieldname);
    const count = new Counter(limitBytes);
    try {
      await pipeline(file.stream, count, createWriteStream(path, FILE));
    } catch (cause) {
      throw this.#refuse(isHostError(cause) ? cause : readFailure(cause));
    }
    this.files.push(new SpooledFile(file.fieldname, file.originalname, file.mimetype, path, count.size));
  }

  #refuse(failure: unknown): unknown {
    this.#fail(failure);
    return failure;
  }
}

class Counter extends Transform {
  size = 0;

  constructor(readonly limitBytes: number) {
    super();
  }
  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.size += chunk.length;
    if (this.size > this.limitBytes) done(new HostError('body/too-large', [this.limitBytes]));
    else done(null, chunk);
  }
}

/** The parser's own errors, as what they mean to the sender. */
function toRefusal(failure: unknown, limits: FormLimits): unknown {
  if (isHostError(failure)) return failure;
  const { code, message } = toError(failure) as NodeJS.ErrnoException;
  if (message === 'Request aborted' || message === 'Request closed')
    return new HostError('body/incomplete', []);
  if (code === 'LIMIT_FIELD_VALUE') return new HostError('body/too-large', [limits.fieldBytes]);
  return new HostError('body/invalid-form', [message.toLowerCase()], { cause: failure });
}
