import type { Readable } from 'node:stream';
import type { PluginKey } from './plugin-key';

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
 * One request as a value. Getters, so it can be destructured; the body getters are synchronous because the
 * bytes are already there when a handler runs (except with body kind `stream`).
 */
export interface Exchange {
  readonly key: PluginKey;
  readonly method: Method;
  /** Path and query as the client sent them. */
  readonly url: string;
  /** The path inside the plugin, always starting with `/`, no query. */
  readonly path: string;
  /** The prefix before `path`, as actually used (an alias has its own). */
  readonly baseUrl: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Values;
  readonly headers: RequestHeaders;
  /** The exact bytes received. @throws body/not-buffered for multipart and stream bodies */
  readonly raw: Buffer;
  /** The body as UTF-8, malformed sequences replaced. */
  text(): string;
  /** The body parsed; an empty body is `undefined`. @throws body/invalid-json (400) */
  json<T = unknown>(): T;
  /** Fields of an urlencoded or multipart body. */
  form(): Values;
  readonly files: UploadedFiles;
  readonly fields: Values;
  /** The unread body. @throws body/not-a-stream unless the endpoint declared body kind `stream` */
  readonly stream: Readable;
  readonly ip: string;
  readonly requestId: string;
  /** Aborts when the client leaves, the endpoint's time is up, or the drain deadline of a retire passes. */
  readonly signal: AbortSignal;
  /**
   * Runs `work` after the answer, inside this process: it is lost with it. Tracked per plugin; its signal
   * aborts on disable, reload and shutdown; a failure is logged with the key. Returns the work's id.
   */
  background(work: (signal: AbortSignal) => Awaitable<unknown>): string;
}
