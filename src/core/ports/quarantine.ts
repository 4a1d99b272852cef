import type { PluginKey } from '../plugin-key';
import type { RefusalReason } from '../signed-request';

/** A request that was refused, as it came. */
export interface RefusedRequest {
  readonly plugin: PluginKey;
  /** As declared: method and path. */
  readonly method: string;
  readonly path: string;
  /** Of the guard, e.g. `github`. */
  readonly scheme: string;
  readonly reason: RefusalReason;
  readonly request: {
    /** Epoch ms. */
    readonly receivedAt: number;
    readonly method: string;
    /** Path and query exactly as received. */
    readonly target: string;
    /** Names and values in turn, as received. */
    readonly headers: readonly string[];
    readonly ip: string;
    readonly requestId: string;
    /** The body exactly as it came, its content encoding kept; undefined where it was refused before it was read. */
    readonly wire: Buffer | undefined;
  };
}

/** Keeps refused requests for the operator to look at, as far as there is room and time. */
export interface Quarantine {
  /** Takes note and returns at once: never throws, never waits, drops when there is much to do. */
  refused(refused: RefusedRequest): void;
}
