import type { EndpointAccess, SignatureAccess } from '../../core/access';
import type { RetryOptions } from '../../core/durable-options';
import type { Awaitable, Exchange } from '../../core/exchange';
import type { Answer } from '../../core/declaration';
import type { QuotaOptions } from '../../core/gate-options';
import type { RouteContext, TickContext } from './route-context';

/** Answers one event: what it returns is sent as JSON. `payload` is the body, parsed. */
// Payloads are of as many shapes as there are senders; authors annotate them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type RouteHandler = (payload: any, context: RouteContext) => Awaitable<unknown>;

/** Work that the clock starts. */
export interface RouteSchedule {
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** IANA name. Default UTC. */
  readonly timezone?: string | undefined;
  run(context: TickContext): Awaitable<unknown>;
}

/** A table of events and who answers them, behind one address. */
export interface EventRoutesOptions {
  readonly author: string;
  readonly module: string;
  /** For people. Default: the module. */
  readonly name?: string | undefined;
  /** Default `1.0.0`. */
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Below the plugin. Default `/events`. */
  readonly path?: string | undefined;
  /** Who sends: `github`, `slack`, `stripe` and whoever else a signature is known of, or a row of one's own. */
  readonly provider?: SignatureAccess['signature'] | undefined;
  /** Names of the plugin's secrets: any value of any of them verifies. Without a value nothing passes. */
  readonly secret?: string | readonly string[] | undefined;
  /** What some senders need besides a secret. */
  readonly expect?: SignatureAccess['expect'] | undefined;
  /** In place of `provider` and `secret`; `'public'` takes requests of anybody, and must be said. */
  readonly access?: EndpointAccess | undefined;
  /** By the event's type: of `X-GitHub-Event`, `X-Slack-Event-Type`, the payload's `type`; `unknown` where none is there. */
  readonly on?: Readonly<Record<string, RouteHandler>> | undefined;
  /** Answers every other event; without it they hear `{ status: 'no_handler', event }`. */
  readonly otherwise?: RouteHandler | undefined;
  /**
   * Default `{ ackWithinMs: 2500 }`: stored, run, answered with what the handler returns; 202 where that takes longer or it throws,
   * and it is tried again.
   */
  readonly answer?: Answer | undefined;
  /** Default: after 300, 120, 240, 480 and 960 seconds, then it is a dead letter. */
  readonly retry?: RetryOptions | undefined;
  /** Stored events of one lane are worked one after the other. */
  readonly lane?: ((exchange: Exchange) => string) | undefined;
  readonly limits?: QuotaOptions | undefined;
  /** By name. */
  readonly schedules?: Readonly<Record<string, RouteSchedule>> | undefined;
}

const BRAND = Symbol.for('gatehouse.event-routes');

/** What `eventRoutes` gives; export it, under any name. */
export interface EventRoutes {
  readonly options: EventRoutesOptions;
}

/**
 * Declares a plugin by the events it answers: `export const routes = eventRoutes({ author, module, provider, secret, on: { push } })`.
 * Several tables of one author and module are one plugin with several addresses.
 */
export function eventRoutes(options: EventRoutesOptions): EventRoutes {
  return Object.freeze({ [BRAND]: true, options });
}

/** By its brand: plugins may hold another copy of this module. */
export function isEventRoutes(value: unknown): value is EventRoutes {
  return (
    typeof value === 'object' && value !== null && (value as { readonly [BRAND]?: unknown })[BRAND] === true
  );
}
