import type { Awaitable, Exchange, UploadedFiles, Values } from '../../core/exchange';
import { HostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import { reply, type Reply, type ReplyHeaders } from '../../core/reply';
import { ChatContext, type ServicesSource } from '../chat-context';
import { formParts, isMultipart, legacyBody } from './legacy-body';
import { legacyHeaders, type LegacyHeaders } from './legacy-headers';
import { isSigned, type SignatureScheme } from './signature-check';

/** Values by name, with the `get(name, fallback)` that the old system's query and path parameters have. */
export type Lookup<V> = Readonly<Record<string, V>> & {
  get(name: string, fallback?: unknown): V | undefined;
};

/**
 * What a webhook method's handler is given: the documented request and the old system's agent context in one, the
 * old snake_case names beside ours. Body accessors are promises as documented; `rawBody`, `webhookRequest` and the
 * handler's second argument are there at once.
 */
export class LegacyRequest extends ChatContext {
  readonly #exchange: Exchange;
  readonly #services: ServicesSource;
  #headers: LegacyHeaders | undefined;
  #body: { readonly value: unknown } | undefined;
  /** The endpoint's path as declared, normalised: `/github`. */
  readonly endpoint: string;
  /** True: this way of receiving requests is to be left. */
  readonly deprecated = true;

  constructor(exchange: Exchange, endpoint: string, services: ServicesSource) {
    super(services, undefined);
    this.#exchange = exchange;
    this.#services = services;
    this.endpoint = endpoint;
  }

  /** HEAD is reported as GET, so that a handler that branches on the method answers it alike. */
  get method(): string {
    const { method } = this.#exchange;
    return method === 'HEAD' ? 'GET' : method;
  }
  /** Path and query as the client sent them. */
  get url(): string {
    return this.#exchange.url;
  }
  /** The path inside the plugin, always starting with `/`. */
  get path(): string {
    return this.#exchange.path;
  }
  get query(): Lookup<string | readonly string[]> {
    return lookup(this.#exchange.query);
  }
  get query_params(): Lookup<string | readonly string[]> {
    return this.query;
  }
  get params(): Lookup<string> {
    return lookup(this.#exchange.params);
  }
  get path_params(): Lookup<string> {
    return this.params;
  }
  get headers(): LegacyHeaders {
    return (this.#headers ??= legacyHeaders(this.#exchange.headers));
  }
  get ip(): string {
    return this.#exchange.ip;
  }
  /** `host` is the caller's address, trusted proxies taken into account. */
  get client(): { readonly host: string } {
    return { host: this.#exchange.ip };
  }

  /** The exact bytes received. @throws body/wrong-type (415) for multipart, which is never held in memory */
  get rawBody(): Buffer {
    this.#refuseMultipart('a body other than multipart/form-data');
    return this.#exchange.raw;
  }
  get raw_body(): Buffer {
    return this.rawBody;
  }
  /** The exact bytes received; rejects as `rawBody` throws. */
  readonly body = (): Promise<Buffer> => later(() => this.rawBody);
  /** The body as UTF-8, malformed sequences replaced; rejects as `rawBody` throws. */
  readonly text = (): Promise<string> => later(() => this.rawBody.toString('utf8'));
  /**
   * The body parsed. Rejects with body/invalid-json (400), also for an empty body, as the old system's did, and
   * with body/wrong-type (415) for multipart.
   */
  readonly json = <T = unknown>(): Promise<T> =>
    later(() => {
      this.#refuseMultipart('JSON, not a form');
      if (this.#exchange.raw.length === 0) throw new HostError('body/invalid-json', []);
      return this.#exchange.json<T>();
    });
  /** Fields of the form, and of a multipart body its files too. */
  readonly form = (): Promise<Record<string, unknown>> => later(() => formParts(this.#exchange));

  /** What the old system gave: headers, and the body parsed as far as its type allows, `{}` when empty. */
  get webhookRequest(): { readonly headers: LegacyHeaders; readonly body: unknown } {
    const data = () => this.data();
    return {
      headers: this.headers,
      get body() {
        return data();
      },
    };
  }
  get webhook_request(): { readonly headers: LegacyHeaders; readonly body: unknown } {
    return this.webhookRequest;
  }
  /** The body as in `webhookRequest`; a handler's second argument. @throws body/invalid-json (400) */
  data(): unknown {
    return (this.#body ??= { value: legacyBody(this.#exchange) }).value;
  }

  get plugin(): PluginKey {
    return this.#exchange.key;
  }
  get requestId(): string {
    return this.#exchange.requestId;
  }
  get request_id(): string {
    return this.#exchange.requestId;
  }
  get files(): UploadedFiles {
    return this.#exchange.files;
  }
  get fields(): Values {
    return this.#exchange.fields;
  }
  /** Aborts when the client leaves, the endpoint's time is up, or the plugin must end. */
  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
  /** Runs `work` after the answer; see `Exchange.background`. Returns the work's id. */
  readonly background = (work: (signal: AbortSignal) => Awaitable<unknown>): string =>
    this.#exchange.background(work);
  /** An answer with status and headers; note the order: body first. */
  readonly reply = (body?: unknown, status = 200, headers: ReplyHeaders = {}): Reply =>
    reply(status, body, headers);
  /**
   * Whether the request was signed with `secret` as that kind of sender does, judged now and in constant time; an empty
   * secret never matches. The kinds are those of docs/providers.md that need nothing but a secret.
   */
  readonly verify = (scheme: SignatureScheme, secret: string | undefined): boolean =>
    isSigned(scheme, secret, this.#exchange, () => this.rawBody, this.#services('verify').signatures);

  /** Which type a body has is the sender's choice, so refusing one is the sender's error. */
  #refuseMultipart(wanted: string): void {
    if (isMultipart(this.#exchange)) throw new HostError('body/wrong-type', [wanted]);
  }
}

/** Runs at once and answers as a promise, so that what it throws rejects. */
function later<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => resolve(read()));
}

/** A copy that lists the values only; a value that is itself named `get` is found by `get('get')`. */
function lookup<V>(values: Readonly<Record<string, V>>): Lookup<V> {
  const copy = Object.assign(Object.create(null) as Record<string, V>, values);
  const get = (name: string, fallback?: unknown) => (Object.hasOwn(values, name) ? values[name] : fallback);
  return Object.defineProperty(copy, 'get', { value: get, enumerable: false }) as unknown as Lookup<V>;
}
