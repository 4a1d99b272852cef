import type { Readable } from 'node:stream';
import { NO_VALUES, parseJson, parseUrlEncoded, queryOf, URL_ENCODED } from '../core/body-values';
import type { Endpoint, Verified } from '../core/declaration';
import { HostError } from '../core/errors';
import type {
  Awaitable,
  EarlyAnswer,
  Exchange,
  Method,
  RequestHeaders,
  UploadedFiles,
  UploadPart,
  Values,
} from '../core/exchange';
import { ENDPOINT } from '../core/exchange-endpoint';
import type { Job } from '../core/job';
import type { PluginKey } from '../core/plugin-key';
import { isJson } from './body';
import type { BodyFile } from './body-file';
import { fieldsOf, filesOf } from './form-rules';
import type { Form } from './multipart';
import { HeaderLines } from './request-head';
import type { Target } from './target';
import type { TypedExchange } from './typed-exchange';

const NO_FILES: UploadedFiles = Object.freeze(Object.create(null) as UploadedFiles);

/**
 * What a live request and a stored one have in common: query, headers and body as values. Fields are plain and
 * everything else is made when asked for: most handlers ask for little.
 */
export abstract class ExchangeView implements Exchange {
  #bytes: Buffer | undefined = undefined;
  #file: BodyFile | undefined = undefined;
  #form: Form | undefined = undefined;
  #headers: RequestHeaders | undefined = undefined;
  #query: Values | undefined = undefined;
  #json: { readonly value: unknown } | undefined = undefined;

  /**
   * The request as an endpoint with schemas sees it, once its head was checked. Not a field of every request: most
   * endpoints have none.
   */
  declare typed?: TypedExchange;
  abstract readonly target: Target;
  abstract readonly key: PluginKey;
  abstract readonly method: Method;
  abstract readonly url: string;
  abstract readonly path: string;
  abstract readonly baseUrl: string;
  abstract readonly params: Readonly<Record<string, string>>;
  abstract readonly stream: Readable;
  abstract readonly ip: string;
  abstract readonly requestId: string;
  abstract readonly receiptId: string | undefined;
  abstract readonly replayOf: string | undefined;
  abstract readonly verified: Verified | undefined;
  abstract readonly job: Job | undefined;
  abstract readonly signal: AbortSignal;
  abstract readonly background: (work: (signal: AbortSignal) => Awaitable<unknown>) => string;
  abstract readonly respond: (answer: EarlyAnswer) => void;

  get [ENDPOINT](): Endpoint {
    return this.target.endpoint;
  }
  /** Names and values in turn, as received. */
  abstract readonly headerLines: readonly string[];
  /** Lower case, without parameters; empty when the request names none. */
  abstract readonly mediaType: string;

  get query(): Values {
    return (this.#query ??= queryOf(this.url));
  }
  get headers(): RequestHeaders {
    return (this.#headers ??= new HeaderLines(this.headerLines));
  }
  get raw(): Buffer {
    const { bytes } = this;
    if (bytes !== undefined) return bytes;
    if (this.#file !== undefined) throw new HostError('body/removed', []);
    const kind = this.target.bodyKind === 'parts' ? 'parts' : 'stream';
    throw new HostError('body/not-buffered', [this.#form === undefined ? kind : 'multipart']);
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
  get body(): unknown {
    return this.#bodyValue();
  }
  get parts(): () => AsyncIterable<UploadPart> {
    return () => {
      throw new HostError('body/not-parts', []);
    };
  }
  get files(): UploadedFiles {
    return this.#form === undefined ? NO_FILES : filesOf(this.#form, this.target.fileRules);
  }
  get fields(): Values {
    if (this.#form !== undefined) return fieldsOf(this.#form);
    return this.#isUrlEncoded ? this.#formValues() : NO_VALUES;
  }

  /** Its values are texts. */
  get isForm(): boolean {
    return this.#form !== undefined || this.#isUrlEncoded;
  }
  /** What was read of the body; undefined when it was never there as a whole, and once its file is removed. */
  get bytes(): Buffer | undefined {
    return this.#bytes ?? this.#file?.read();
  }
  /** The body was read as a whole, into memory or a file. */
  get isRead(): boolean {
    return this.#bytes !== undefined || this.#file !== undefined;
  }
  /** Where the body is, if it is too large to stay in memory. */
  get bodyFile(): BodyFile | undefined {
    return this.#file;
  }
  /** What was spooled, for rules that look at all files. */
  get spooled(): Form | undefined {
    return this.#form;
  }
  takeBytes(bytes: Buffer): void {
    this.#bytes = bytes;
  }
  takeFile(file: BodyFile): void {
    this.#file = file;
  }
  /** Runs `work` with all of the body in memory: it is read from its file once, however often it is asked for. */
  async inMemory<T>(file: BodyFile, work: () => Promise<T>): Promise<T> {
    this.#bytes = file.read();
    try {
      return await work();
    } finally {
      if (this.#file === file) this.#bytes = undefined;
    }
  }
  /** From now on the body is this one. */
  replaceBody(bytes: Buffer): void {
    void this.#file?.remove();
    this.#file = undefined;
    this.#bytes = bytes;
  }
  takeForm(form: Form): void {
    this.#form = form;
  }

  get #isUrlEncoded(): boolean {
    return this.mediaType === URL_ENCODED;
  }

  #parsed(): unknown {
    if (this.#json !== undefined) return this.#json.value;
    const bytes = this.raw;
    const { jsonBytes } = this.target.limits;
    if (bytes.length > jsonBytes) throw new HostError('body/too-large', [jsonBytes]);
    this.#json = { value: bytes.length === 0 ? undefined : parsed(bytes) };
    return this.#json.value;
  }

  #bodyValue(): unknown {
    if (this.#form !== undefined) return fieldsOf(this.#form);
    const { raw, mediaType } = this;
    if (raw.length === 0) return undefined;
    if (isJson(mediaType)) return this.#parsed();
    if (this.#isUrlEncoded) return parseUrlEncoded(raw);
    return mediaType.startsWith('text/') ? raw.toString('utf8') : raw;
  }

  #formValues(): Values {
    if (this.#form !== undefined) return fieldsOf(this.#form);
    const { raw, mediaType } = this;
    if (raw.length === 0) return NO_VALUES;
    if (mediaType !== '' && !this.#isUrlEncoded)
      throw new HostError('body/wrong-type', [`a form, not ${isJson(mediaType) ? 'JSON' : mediaType}`]);
    return parseUrlEncoded(raw);
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch (cause) {
    throw new HostError('body/invalid-json', [], { cause });
  }
}
