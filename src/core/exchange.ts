import type { Readable } from 'node:stream';
import type { Verified } from './declaration';
import type { Job } from './job';
import type { PluginKey } from './plugin-key';
import type { ReplyHeaders } from './reply';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
export type Awaitable<T> = T | PromiseLike<T>;
/** Repeated names become an array, in order of arrival. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** Header lookup that ignores case and keeps duplicates. */
export interface RequestHeaders extends Iterable<[name: string, value: string]> {
  /** All values of the name joined by `, ` (RFC 9110 §5.3), or undefined. */
  get(name: string): string | undefined;
  /** Each line of the name as it was sent, in order. */
  getAll(name: string): string[];
  has(name: string): boolean;
}

/** One uploaded file, spooled to a temporary path that is removed after the response and background work. */
export interface UploadedFile {
  /** The client's file name, sanitised: no directory, no control characters, never empty. */
  readonly filename: string;
  readonly contentType: string;
  readonly content_type: string;
  readonly size: number;
  readonly path: string;
  read(): Promise<Buffer>;
  stream(): Readable;
}
export type UploadedFiles = Readonly<Record<string, UploadedFile | readonly UploadedFile[]>>;

/**
 * One part of a multipart form, while it comes. One that nobody began to read is passed over when the next is asked for; one
 * that was begun holds up the rest until it is read, or destroyed.
 */
export interface UploadPart {
  readonly name: string;
  /** Sanitised, as of an uploaded file; undefined for a field. */
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly stream: Readable;
  /** All of it as text, at most 1 MiB. @throws body/too-large */
  text(): Promise<string>;
}
export interface UploadProgress {
  readonly receivedBytes: number;
  /** Undefined when the client does not say. */
  readonly totalBytes: number | undefined;
}

/** An answer given before the handler is through. Values as `reply()` takes them; `status` 200–599, default 200. */
export interface EarlyAnswer {
  /** Default: the one that the endpoint declares, else 200. */
  readonly status?: number | undefined;
  /** What the endpoint's response schema makes of it is sent, as of what a handler returns. */
  readonly body?: unknown;
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * One request as a value. Getters, so it can be destructured; the body getters are synchronous because the
 * bytes are already there when a handler runs (except with body kind `stream`).
 */
export interface Exchange {
  readonly key: PluginKey;
  readonly method: Method;
  /** Path and query as the client sent them, without tokens that were the gate's. */
  readonly url: string;
  /** The path inside the plugin, always starting with `/`, no query. */
  readonly path: string;
  /** The prefix before `path`, as actually used (an alias has its own). */
  readonly baseUrl: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Values;
  readonly headers: RequestHeaders;
  /**
   * The bytes received, any content encoding undone. Where a body is judged or stored and above 1 MiB it is on disk, and
   * read anew each time it is asked for.
   * @throws body/not-buffered for stream bodies, and for multipart that is not stored; body/removed once the request is over
   */
  readonly raw: Buffer;
  /** The body as UTF-8, malformed sequences replaced. */
  text(): string;
  /** The body parsed; an empty body is `undefined`. @throws body/invalid-json (400) */
  json<T = unknown>(): T;
  /** Fields of an urlencoded or multipart body. */
  form(): Values;
  /**
   * What the endpoint's schema made of the body. Without one: JSON parsed, a form as its fields, other text as a string, else
   * the bytes; undefined when there is none. @throws body/invalid-json (400)
   */
  readonly body: unknown;
  readonly files: UploadedFiles;
  readonly fields: Values;
  /**
   * The parts of a form, in order, once. What the form must not have is thrown into the loop (4xx); when the loop is left the
   * rest is dropped. @throws body/not-parts unless the endpoint declared body kind `parts`; body/parts-taken
   */
  parts(): AsyncIterable<UploadPart>;
  /** The unread body. @throws body/not-a-stream unless the endpoint declared body kind `stream` */
  readonly stream: Readable;
  readonly ip: string;
  readonly requestId: string;
  /** Of the stored request, as in `/api/receipts/<id>`; undefined where nothing was stored before the handler runs. */
  readonly receiptId: string | undefined;
  /** The receipt that an operator replays with this one. */
  readonly replayOf: string | undefined;
  /** Who sent it, where the endpoint verifies that. */
  readonly verified: Verified | undefined;
  /** The attempt that runs this handler, where the request was stored first: its store commits with its success. */
  readonly job: Job | undefined;
  /**
   * Aborts when the client leaves, the endpoint's time is up, or the drain deadline of a retire passes. Of a stored
   * request it is its job's: a client that leaves ends nothing.
   */
  readonly signal: AbortSignal;
  /**
   * Runs `work` after the answer, inside this process: a function cannot be stored, so it is lost with the process
   * (`plugin.tasks.enqueue` is the durable form). Tracked per plugin; its signal aborts on disable, reload and
   * shutdown; a failure is logged with the key. Returns the work's id.
   */
  background(work: (signal: AbortSignal) => Awaitable<unknown>): string;
  /**
   * Answers now; the handler goes on and what it returns is no answer any more. Where the request was stored the rest
   * runs under its lease and a later throw runs the whole handler again; otherwise it is in-process work like
   * `background`. Ignored when the host has answered already (the deadline of `ackWithinMs`) and where no caller waits.
   * @throws endpoint/answered-twice at a second call, endpoint/unserializable
   */
  respond(answer: EarlyAnswer): void;
}
