import type { Endpoint, Verified } from '../declaration';
import type { Awaitable, Exchange } from '../exchange';
import type { PluginKey } from '../plugin-key';

/** A verified request that is handed to whoever pulls its endpoint; credentials and signatures were taken out of it. */
export interface PulledRequest {
  readonly id: string;
  /** The one that received it, of several behind an address: it alone takes the answer. */
  readonly host: string;
  readonly plugin: string;
  /** As `POST /github`. */
  readonly endpoint: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Base64; at most 512 KiB of bytes. */
  readonly body: string;
  /** What the host that received it found. */
  readonly verified: Verified;
}

/** What the one who pulls answered. */
export interface PulledAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Base64; at most a MiB of bytes. */
  readonly body: string;
}

/** Everything given must hold. */
export interface PullFilter {
  readonly plugin?: string | undefined;
  /** As `POST /github`. */
  readonly endpoint?: string | undefined;
}

/** Lets others answer what endpoints of this host receive, for as long as they listen. */
export interface PullsDesk {
  /**
   * Each verified request from now on, until the signal aborts; nobody else is handed it, this host's plugin included. It ends
   * once `isAllowed` says no, which is asked before each. @throws inbox/bad-request when
   * many pull already, pulls/dropped
   */
  follow(filter: PullFilter, signal: AbortSignal, isAllowed?: () => boolean): AsyncIterable<PulledRequest>;
  /**
   * Without an answer the plugin of this host is asked. False when it was not waited for any more: that plugin answered it then.
   * @throws inbox/bad-request
   */
  answer(id: string, answer: PulledAnswer | undefined): Promise<boolean>;
}

/** What stands where the handlers of endpoints are called. */
export interface PullPoint {
  /** Nobody pulls anything. */
  readonly isIdle: boolean;
  /** The answer of whoever pulls the endpoint; `own` is called where nobody does, or does not answer in time. */
  offer(
    plugin: PluginKey,
    endpoint: Endpoint,
    exchange: Exchange,
    own: () => Awaitable<unknown>,
  ): Awaitable<unknown>;
}

/**
 * The header that carries `PulledFacts`. Whoever sends it through the operator's own socket is not the operator: they pass on
 * what somebody else wrote.
 */
export const PULLED_HEADER = 'x-gatehouse-pulled';
