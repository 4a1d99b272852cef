import type { Router } from 'express';
import type { EndpointAccess } from './access';
import type { Around, EndpointSchema } from './endpoint-schema';
import type { Awaitable, Exchange, Method, UploadProgress } from './exchange';
import type { JsonSchema } from './json-schema';
import type { Job } from './job';
import type { PluginKey } from './plugin-key';
import type { PluginServices } from './plugin-services';
import type { Retry } from './retry';
import type { Scope } from './scope';
import type { ServerSocket, SocketLimits } from './server-socket';
import type { StandardSchema } from './standard-schema';
import type { ToolContext } from './tool-call';

/** Where a declaration came from; cited in every conflict and shown to operators. */
export interface Origin {
  readonly dialect: string;
  /** What the author wrote, e.g. `mountWebhookMethod("/github")`. */
  readonly where: string;
  /** Id of the deprecated thing this is, known to the ledger. */
  readonly deprecated?: string;
}

export interface FileRule {
  readonly required?: boolean;
  readonly maxBytes?: number;
  /** More than one makes `files.<name>` an array. Default 1. */
  readonly maxCount?: number;
  /** Media types allowed: `image/png`, `text/*`. */
  readonly types?: readonly string[];
}
export interface FieldRule {
  readonly required?: boolean;
}

/**
 * How the body is read. `auto`: multipart is spooled to files, everything else is buffered. `raw`, `json`, `form`:
 * buffered, and of the last two another content type is refused (415). `multipart`: spooled to files; `parts`: a multipart
 * form that the handler takes part by part while it comes. `stream`: left to the handler.
 */
export interface BodyPolicy {
  readonly kind: 'auto' | 'raw' | 'json' | 'form' | 'multipart' | 'parts' | 'stream';
  /** Of a buffered body. Host default when absent. */
  readonly limitBytes?: number;
  /** With `files` or `fields` given, names that were not declared are refused. */
  readonly files?: Readonly<Record<string, FileRule>>;
  readonly fields?: Readonly<Record<string, FieldRule>>;
  /**
   * Called while a form is read, at most every 100 ms and at its end; never where the access judges the body, which is
   * nobody's until it was.
   */
  onProgress?(progress: UploadProgress, exchange: Exchange): void;
}

/**
 * A further address of an endpoint, `base + path`, both absolute and literal up to the path's parameters.
 * `share` says what happens when several plugins claim `base + path`: `sole` may not happen (a load error),
 * `unique` answers 409 while it does, `all` runs each of them and gathers one answer.
 */
export interface Alias {
  readonly base: string;
  readonly path: string;
  readonly share: 'sole' | 'unique' | 'all';
  /** Id of the deprecated address family, known to the ledger. */
  readonly deprecated?: string;
}

/**
 * When the sender is answered. `handler`: run, then answer; nothing is promised. `accept`: stored, 202, run later.
 * `ackWithinMs`: stored, run; its own answer if it comes in time, else 202 and it carries on.
 */
export type Answer = 'handler' | 'accept' | { readonly ackWithinMs: number };

/** How long a key is remembered unless its rule says otherwise: 72 hours, as long as most senders try again. */
export const STANDARD_WINDOW_MS = 259_200_000;

/** What makes two requests the same one. */
export interface DedupeRule {
  /** Runs at acceptance, synchronous; undefined is no key: never a duplicate. */
  key(exchange: Exchange): string | undefined;
  /** How long a key is remembered. Default 72 hours. */
  readonly windowMs?: number;
}

/** What a verified sender is known by. */
export interface Verified {
  readonly scheme: string;
  readonly secretId: string;
  /** Epoch ms the signature was judged at. */
  readonly at: number;
  readonly bodySigned: boolean;
  readonly event?: string;
  readonly deliveryId?: string;
  /** In whose name it asks, where that is known: the holder of a token of the host's own. */
  readonly caller?: VerifiedCaller;
}
/** Who stands behind a token. */
export interface VerifiedCaller {
  /** Of the user the token was made for; else the token's name. */
  readonly id: string;
  /** Of the token. */
  readonly name: string;
  readonly roles: readonly string[];
}
/** At most `requests` in a window of `perMs`, which begins with the first of them. */
export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}
export interface EndpointQuotas {
  /** Of one address. */
  readonly perAddress?: Rate;
  /** Of all together whose head passes, before a body is read. What proves itself by its head alone, such as a token, is not counted when it is wrong. */
  readonly perEndpoint?: Rate;
  /** Of all together, of those that were verified: forgeries cannot spend it. */
  readonly verified?: Rate;
}

/** What requests at an endpoint may have the agent do. */
export interface AgentLimits {
  /** The only tools their runs may call: names of the plugin's own, `<key>/<name>`, `<key>/*`. */
  readonly tools?: readonly string[];
  /** How many runs they may start. Host default when absent. */
  readonly runs?: Rate;
}

/** A route of an Express Router, for whoever describes it. */
export interface RouterRoute {
  /** Upper case; `ALL` for any. */
  readonly method: string;
  /** As its author wrote it, below the Router's own. */
  readonly path: string;
}

export type Serve =
  | { readonly handle: (exchange: Exchange) => Awaitable<unknown> }
  | {
      router: Router;
      /** True when the router itself has a route at exactly this path, for any method. */
      owns(path: string): boolean;
      /** Its routes as far as they can be read, those of Routers inside it too. */
      routes?(): readonly RouterRoute[];
    }
  | {
      /** Serves a WebSocket; the method is GET, and it stands beside another endpoint for GET at the same path. */
      readonly connect: (socket: ServerSocket, exchange: Exchange) => Awaitable<unknown>;
      readonly limits: SocketLimits;
    };

export interface Endpoint extends Around {
  readonly kind: 'endpoint';
  readonly origin: Origin;
  readonly method: Method | 'ALL';
  /** `/static`, `:name` (a whole segment), last `*name`. Case-sensitive; a trailing slash does not matter. */
  readonly path: string;
  readonly reach: 'exact' | 'subtree';
  readonly access: EndpointAccess;
  /** The author chose `access`, rather than leaving it to the host's default. */
  readonly isAccessChosen?: boolean;
  /** What of the settings gave `access`, where it was not the author. */
  readonly accessOrigin?: string;
  /** How often it may be asked, where the host's settings do not fit. */
  readonly quotas?: EndpointQuotas;
  readonly agent?: AgentLimits;
  /**
   * It is called by other systems, not by browsers: cookies and hop-by-hop headers never reach its handler. Default: where
   * senders are verified.
   */
  readonly isWebhook?: boolean;
  readonly body: BodyPolicy;
  readonly schema?: EndpointSchema;
  readonly answer: Answer;
  /** The author chose `answer`, rather than leaving it to the host's default. */
  readonly isAnswerChosen?: boolean;
  /** `handler`: GET and HEAD, which ask and deliver nothing (RFC 9110 §9.2.1), are answered as if `answer` were `handler`. */
  readonly reads?: 'handler';
  /** Whether a receipt is kept of requests that are answered by the handler. Default: of verified senders. */
  readonly record?: boolean;
  /** Of deliveries: jobs that run the handler on a stored request. */
  readonly retry: Retry;
  /** Requests of one lane are worked one after the other. Runs at acceptance, synchronous. */
  readonly lane?: (exchange: Exchange) => string;
  readonly dedupe?: DedupeRule;
  /**
   * The `Idempotency-Key` header is honoured (draft-ietf-httpapi-idempotency-key-header-07); `required`: a request
   * without one is refused (400). An answer of 408, 425, 429, 500 or above frees the key.
   */
  readonly idempotency?: { readonly required: boolean };
  /** Deliveries worked at once by one host. Host default when absent. */
  readonly concurrency?: number;
  readonly aliases: readonly Alias[];
  /** Yields its own `path` (never its aliases) to another declaration of the plugin that claims it. */
  readonly yields?: boolean;
  /** Where callers of a deprecated address should go: an absolute URL path. */
  readonly successor?: string;
  /** Until the answer. Host default when absent. */
  readonly timeoutMs?: number;
  readonly title?: string;
  readonly description?: string;
  readonly serve: Serve;
}

/** Code that works jobs. */
export interface Task {
  readonly kind: 'task';
  readonly origin: Origin;
  readonly name: string;
  /** It listens: one job for each event of a type that the pattern names, the event (`CloudEvent`) its payload. */
  readonly on?: string;
  readonly retry: Retry;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Jobs worked at once by one host, not by all together. Host default when absent. */
  readonly concurrency?: number;
  /** The lane of a payload that was enqueued without one. */
  readonly lane?: (payload: unknown) => string | undefined;
  /** What is wrong with a payload that is about to be enqueued, in words; undefined when nothing is. */
  readonly check?: (payload: unknown) => string | undefined;
  run(payload: unknown, job: Job): Awaitable<unknown>;
}

/** Enqueues a task whenever the clock says so; each due time once, over all hosts. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly origin: Origin;
  /** Unique in its plugin; what is due is remembered under it. */
  readonly name: string;
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** IANA name; default UTC. */
  readonly timezone: string;
  readonly task: string;
  readonly payload: unknown;
  /** Of fires missed while no host ran: none, the last one, or each (at most 1,000). */
  readonly catchUp: 'skip' | 'one' | 'all';
}

/** Something the plugin can do for agents, other plugins and operators. */
export interface Tool {
  readonly kind: 'tool';
  readonly origin: Origin;
  /** Letters, digits, `_` and `-`; unique in its plugin. */
  readonly name: string;
  readonly description: string;
  /** Without it the input is passed as it is. */
  readonly input?: StandardSchema;
  /** Of its input, JSON Schema 2020-12; an open object where nothing is known of it. */
  readonly inputSchema: JsonSchema;
  readonly timeoutMs: number;
  /** What it gives is plain JSON. */
  call(input: unknown, context: ToolContext): Awaitable<unknown>;
}

/** Something started with a generation and undone by what it deferred to the scope. */
export interface Effect {
  readonly kind: 'effect';
  readonly origin: Origin;
  readonly label: string;
  start(scope: Scope): Awaitable<void>;
}

/** A secret the plugin knows by name; an operator gives it its value. */
export interface SecretDeclaration {
  readonly kind: 'secret';
  readonly origin: Origin;
  readonly name: string;
  readonly description: string;
  /** The plugin loads without it; endpoints that need it answer 503, and operators are told. */
  readonly required: boolean;
  /** Who may set it: operators and users, the plugin's own code, or both (default). */
  readonly writeMode?: 'user' | 'extension' | 'both';
  /** Of a value. Default, and most: 16 KiB. */
  readonly maxBytes?: number;
}

export type Declaration = Endpoint | Task | Schedule | Tool | SecretDeclaration | Effect;

/** A total table over declaration kinds: the compiler names every reader that forgot one. */
export type PerKind<R> = { readonly [K in Declaration['kind']]: R };

/** What mixins of the authors' `Plugin` may rely on. */
export abstract class Declarer {
  abstract readonly key: PluginKey;
  /** What the host bound to this generation. @throws plugin/not-bound before the host loaded the plugin */
  abstract readonly services: PluginServices;
  abstract declare(declaration: Declaration): void;
}
// TypeScript demands `any[]` of a mixin's constructor (TS2545).
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Constructor<T> = abstract new (...args: any[]) => T;
