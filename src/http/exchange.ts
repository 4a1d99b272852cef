import type { Readable } from 'node:stream';
import { HostError } from '../core/errors';
import type { Awaitable, Exchange, Method, RequestHeaders, UploadedFiles, Values } from '../core/exchange';
import type { LeaseHolder, LiveMount } from '../core/live-mount';
import type { PluginKey } from '../core/plugin-key';
import type { RetireReason } from '../core/scope';
import { isJson, mediaTypeOf } from './body';
import type { Timed } from './deadlines';
import { fieldsOf, filesOf } from './form-rules';
import type { GateRequest, GateResponse, Passage } from './messages';
import type { Form } from './multipart';
import { parseQuery, parseUrlEncoded } from './query';
import { HeaderLines } from './request-head';
import type { Target } from './target';

const NO_VALUES: Values = Object.freeze(Object.create(null) as Values);
const NO_FILES: UploadedFiles = Object.freeze(Object.create(null) as UploadedFiles);

/**
 * A live request as a value, and its lease on the generation. States: open → answered (nothing more is sent) →
 * over (response closed, handler settled: the lease ends) → released (its background work ended too: files go).
 * Fields are plain and everything else is made when asked for: most handlers ask for little.
 */
export class LiveExchange implements Exchange, LeaseHolder, Passage, Timed {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  dueTurn = 0;
  isAnswered = false;
  /** The handler has been called and has not settled. */
  isPending = false;
  /** Called once, when the time for an answer is up. */
  onTimeout: ((exchange: LiveExchange) => void) | undefined = undefined;
  #bytes: Buffer | undefined = undefined;
  #form: Form | undefined = undefined;
  #headers: RequestHeaders | undefined = undefined;
  #query: Values | undefined = undefined;
  #json: { readonly value: unknown } | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #abortReason: Error | undefined = undefined;
  #isClosed = false;
  #isOver = false;
  #works = 0;

  constructor(
    readonly request: GateRequest,
    readonly response: GateResponse,
    readonly live: LiveMount,
    readonly target: Target,
    readonly params: Readonly<Record<string, string>>,
    readonly baseUrl: string,
    readonly path: string,
  ) {
    live.enter(this);
  }

  get key(): PluginKey {
    return this.live.mount.key;
  }
  get method(): Method {
    return this.request.method as Method;
  }
  get url(): string {
    return this.request.originalUrl;
  }
  get query(): Values {
    if (this.#query === undefined) {
      const { originalUrl } = this.request;
      const at = originalUrl.indexOf('?');
      this.#query = at === -1 ? NO_VALUES : parseQuery(originalUrl.slice(at + 1));
    }
    return this.#query;
  }
  get headers(): RequestHeaders {
    return (this.#headers ??= new HeaderLines(this.request.rawHeaders));
  }
  get raw(): Buffer {
    if (this.#bytes === undefined)
      throw new HostError('body/not-buffered', [this.#form === undefined ? 'stream' : 'multipart']);
    return this.#bytes;
  }
  // Accessors that give functions, so that `({ json }) => json()` works.
  get text(): () => string {
    return () => this.raw.toString('utf8');
  }
  get json(): <T = unknown>() => T {
    return <T>() => this.#parsed() as T;
  }
  get form(): () => Values {
    return () => this.#formValues();
  }
  get files(): UploadedFiles {
    return this.#form === undefined ? NO_FILES : filesOf(this.#form, this.target.fileRules);
  }
  get fields(): Values {
    if (this.#form !== undefined) return fieldsOf(this.#form);
    return this.isUrlEncoded ? this.#formValues() : NO_VALUES;
  }
  get stream(): Readable {
    if (this.target.bodyKind !== 'stream') throw new HostError('body/not-a-stream', []);
    return this.request;
  }
  get ip(): string {
    return this.request.clientIp;
  }
  get requestId(): string {
    return this.request.requestId;
  }
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }
  get background(): (work: (signal: AbortSignal) => Awaitable<unknown>) => string {
    return (work) => {
      this.#works += 1;
      return this.live.spawn(async (signal) => {
        try {
          await work(signal);
        } finally {
          this.#works -= 1;
          this.#release();
        }
      });
    };
  }

  /** The response is over: whoever asked has the answer, or left. */
  get isClosed(): boolean {
    return this.#isClosed;
  }
  get isUrlEncoded(): boolean {
    return mediaTypeOf(this.request) === 'application/x-www-form-urlencoded';
  }
  /** What was spooled, for rules that look at all files. */
  get spooled(): Form | undefined {
    return this.#form;
  }
  takeBytes(bytes: Buffer): void {
    this.#bytes = bytes;
  }
  takeForm(form: Form): void {
    this.#form = form;
    // The client may have left while the last part was being written.
    this.#release();
  }

  #parsed(): unknown {
    if (this.#json !== undefined) return this.#json.value;
    const bytes = this.raw;
    const { jsonBytes } = this.target.limits;
    if (bytes.length > jsonBytes) throw new HostError('body/too-large', [jsonBytes]);
    this.#json = { value: bytes.length === 0 ? undefined : parseJson(bytes) };
    return this.#json.value;
  }

  #formValues(): Values {
    if (this.#form !== undefined) return fieldsOf(this.#form);
    const { raw } = this;
    if (raw.length === 0) return NO_VALUES;
    const mediaType = mediaTypeOf(this.request);
    if (mediaType !== '' && !this.isUrlEncoded)
      throw new HostError('body/wrong-type', [`a form, not ${isJson(mediaType) ? 'JSON' : mediaType}`]);
    return parseUrlEncoded(raw.toString('utf8'));
  }

  /** The generation retires: a stream of events says goodbye, anything else is left to finish. */
  retiring(reason: RetireReason): void {
    sayGoodbye(this.response, reason);
  }
  expired(): void {
    this.abort(new Error('the plugin is being taken down'));
    if (!this.response.writableEnded) this.response.destroy();
    this.#isClosed = true;
    this.settled();
  }
  timedOut(): void {
    this.onTimeout?.(this);
  }
  responseClosed(): void {
    this.#isClosed = true;
    if (!this.response.writableFinished) this.abort(new Error('the client left'));
    if (!this.isPending) this.#finish();
  }
  /** The handler returned or threw, or its result is no longer waited for. */
  settled(): void {
    this.isPending = false;
    if (this.#isClosed) this.#finish();
  }
  abort(reason: Error): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(this.#abortReason);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.live.leave(this);
    this.#release();
  }
  #release(): void {
    if (this.#isOver && this.#works === 0) void this.#form?.remove();
  }
}

function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw new HostError('body/invalid-json', [], { cause });
  }
}

/** Ends an open stream of events with a last event, so that its clients come back to the next generation. */
export function sayGoodbye(response: GateResponse, reason: RetireReason): void {
  if (!response.headersSent || response.writableEnded || response.destroyed) return;
  const type = response.getHeader('content-type') as unknown;
  if (typeof type !== 'string' || !type.startsWith('text/event-stream')) return;
  response.end(`event: goodbye\ndata: ${JSON.stringify({ reason })}\n\n`);
}
