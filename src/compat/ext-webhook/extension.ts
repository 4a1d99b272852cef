import type { EndpointAccess } from '../../core/access';
import type { DurableOptions } from '../../core/durable-options';
import { normaliseEndpoint } from '../../core/endpoint-path';
import type { Awaitable } from '../../core/exchange';
import type { GateOptions } from '../../core/gate-options';
import type { StandardSchema } from '../../core/standard-schema';
import type { ExtensionContext } from './extension-context';
import { EXTENSION, ExtensionReading, type WebhookDef } from './extension-reading';
import { inCamelCase } from './option-names';

/** What `new Extension` takes besides the id; each name is taken with underscores too. */
export interface ExtensionOptions {
  /** Default: as package.json has it. */
  readonly version?: string;
  readonly displayName?: string;
  readonly display_name?: string;
  readonly description?: string;
  readonly icon?: string;
  readonly actionsExplicit?: boolean;
  readonly actions_explicit?: boolean;
  readonly capabilities?: readonly string[];
  /** What `ctx.config` holds: it is checked when the extension loads, and operators fill it in on its settings page. */
  readonly config?: StandardSchema;
}

/** How a webhook is received. */
export interface WebhookOptions extends DurableOptions, GateOptions {
  /** Default POST. */
  readonly method?: string;
  /** Which header carries the signature, for operators. It verifies nothing: `access` does, or the handler. */
  readonly secretHeader?: string;
  readonly secret_header?: string;
  /** Verified by the host before the handler runs. */
  readonly access?: EndpointAccess;
  /** Until the answer. Default: the host's. */
  readonly timeoutMs?: number;
  readonly description?: string;
}
/**
 * Receives the headers by lower-case name, the body as text, and of each query parameter its first value. The object it
 * returns is sent as JSON, with its `status_code` as the status.
 */
export type ExtensionWebhook = (
  ctx: ExtensionContext,
  headers: Record<string, string>,
  body: string,
  queryParams: Record<string, string>,
) => Awaitable<object | null | undefined | void>;

export interface ExtensionSecret {
  readonly name: string;
  /** What it is for and where to get it; operators read this. */
  readonly description?: string;
  readonly required?: boolean;
  /** Who may set it: people, the extension's own code, or both (default). */
  readonly writeMode?: 'user' | 'extension' | 'both';
  readonly write_mode?: 'user' | 'extension' | 'both';
  /** Of a value. Default, and most: 16 KiB. */
  readonly maxBytes?: number;
  readonly max_bytes?: number;
}
export interface ExtensionSchedule {
  /** Unique in its extension. Default: the function's name. */
  readonly name?: string;
  /** Five fields, or six with seconds first; in place of the first argument, which is the name then. */
  readonly cron?: string;
  /** IANA name. Default UTC. */
  readonly timezone?: string;
  /** Of fires missed while no host ran: none, the last one (default), or each. */
  readonly catchUp?: 'skip' | 'one' | 'all';
  readonly catch_up?: 'skip' | 'one' | 'all';
}
export type ScheduledFunction = (ctx: ExtensionContext) => Awaitable<unknown>;

/**
 * A plugin written in the `Extension` dialect; export it. Its app id, as addresses and its key have it, is the name of its
 * folder, whatever id stands here. What is wrong with a declaration is told when the extension loads, all of it at once.
 */
export class Extension {
  /** How the host reads it; not for authors. */
  readonly [EXTENSION]: ExtensionReading;

  constructor(id: string, options: ExtensionOptions = {}) {
    this[EXTENSION] = new ExtensionReading(id, inCamelCase(options));
  }

  /** What was registered by path, without its leading slash; of two methods at one path, the later. */
  get _webhooks(): Readonly<Record<string, WebhookDef>> {
    return this[EXTENSION].webhooksByPath;
  }
  /** What is dispatched by name: functions for agents, and an entry `__webhook__<path>` for each webhook, which no agent sees. */
  get _tools(): ExtensionReading['tools'] {
    return this[EXTENSION].tools;
  }

  /**
   * Receives requests of other systems at `/v1/ext/<app id>/webhook/<path>`, the handler given at once or to what is returned.
   * A path may have several segments; one for GET and one for POST may share it.
   */
  webhook(path: string, method: string, secretHeader?: string): <F extends ExtensionWebhook>(handler: F) => F;
  webhook(path: string, options?: WebhookOptions): <F extends ExtensionWebhook>(handler: F) => F;
  webhook<F extends ExtensionWebhook>(path: string, handler: F): F;
  webhook<F extends ExtensionWebhook>(path: string, options: WebhookOptions, handler: F): F;
  webhook(path: string, ...rest: unknown[]): unknown {
    const where = `ext.webhook(${JSON.stringify(path) ?? String(path)})`;
    const reading = this[EXTENSION];
    const isPath = typeof path === 'string';
    if (!isPath) reading.faults.push(`${where}: the path must be a string such as "events"`);
    const handler = typeof rest.at(-1) === 'function' ? rest.pop() : undefined;
    const [first, secretHeader] = rest;
    const options = typeof first === 'string' ? { method: first, secretHeader } : inCamelCase(first ?? {});
    return reading.add(where, handler, (func) => {
      if (isPath) reading.addWebhook(where, normaliseEndpoint(path), options, func as ExtensionWebhook);
    });
  }

  /** Declares a secret by name. What is returned takes a function, as a decorator does, and nothing more. */
  secret(options: ExtensionSecret): <F>(decorated: F) => F {
    this[EXTENSION].secrets.push(inCamelCase(options) as ExtensionSecret);
    return (decorated) => decorated;
  }

  /** Runs a function whenever the clock says so, each due time once over all hosts, as a job: tried again when it throws. */
  schedule(cron: string, options?: ExtensionSchedule): <F extends ScheduledFunction>(run: F) => F;
  schedule<F extends ScheduledFunction>(cron: string, run: F): F;
  schedule<F extends ScheduledFunction>(cron: string, options: ExtensionSchedule, run: F): F;
  schedule(cron: string, ...rest: unknown[]): unknown {
    const where = `ext.schedule(${JSON.stringify(cron) ?? String(cron)})`;
    const run = typeof rest.at(-1) === 'function' ? rest.pop() : undefined;
    const options = inCamelCase(rest[0] ?? {});
    return this[EXTENSION].add(where, run, (func) =>
      this[EXTENSION].schedules.push({ where, first: cron, options, run: func as ScheduledFunction }),
    );
  }

  /** What the extension says of itself; functions without the entries of webhooks. */
  manifest(): Readonly<Record<string, unknown>> {
    return this[EXTENSION].manifest();
  }
}
