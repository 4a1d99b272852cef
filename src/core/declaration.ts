import type { Router } from 'express';
import type { Awaitable, Exchange, Method } from './exchange';
import type { PluginKey } from './plugin-key';
import type { PluginServices } from './plugin-services';
import type { Scope } from './scope';

/** Where a declaration came from; cited in every conflict and shown to operators. */
export interface Origin {
  readonly dialect: string;
  /** What the author wrote, e.g. `mountWebhookMethod("/github")`. */
  readonly where: string;
  /** Id of the deprecated thing this is, known to the ledger. */
  readonly deprecated?: string;
}

export type Access = 'public' | 'operator';

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
 * buffered, and of the last two another content type is refused (415). `stream`: left to the handler.
 */
export interface BodyPolicy {
  readonly kind: 'auto' | 'raw' | 'json' | 'form' | 'multipart' | 'stream';
  /** Of a buffered body. Host default when absent. */
  readonly limitBytes?: number;
  /** With `files` or `fields` given, names that were not declared are refused. */
  readonly files?: Readonly<Record<string, FileRule>>;
  readonly fields?: Readonly<Record<string, FieldRule>>;
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

export type Serve =
  | { readonly handle: (exchange: Exchange) => Awaitable<unknown> }
  | {
      router: Router;
      /** True when the router itself has a route at exactly this path, for any method. */
      owns(path: string): boolean;
    };

export interface Endpoint {
  readonly kind: 'endpoint';
  readonly origin: Origin;
  readonly method: Method | 'ALL';
  /** `/static`, `:name` (a whole segment), last `*name`. Case-sensitive; a trailing slash does not matter. */
  readonly path: string;
  readonly reach: 'exact' | 'subtree';
  readonly access: Access;
  readonly body: BodyPolicy;
  readonly answer: 'handler';
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

/** Code that works a job. Declared and listed; worked once the inbox exists. */
export interface Task {
  readonly kind: 'task';
  readonly origin: Origin;
  readonly name: string;
  readonly attempts: number;
  readonly timeoutMs: number;
  run(payload: unknown, job: unknown): Awaitable<unknown>;
}

/** Something started with a generation and undone by what it deferred to the scope. */
export interface Effect {
  readonly kind: 'effect';
  readonly origin: Origin;
  readonly label: string;
  start(scope: Scope): Awaitable<void>;
}

export type Declaration = Endpoint | Task | Effect;

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
