/** Whether an endpoint can be reached, as a request of the host to itself found. */
export interface EndpointHealth {
  readonly plugin: string;
  readonly method: string;
  readonly path: string;
  readonly url: string;
  /** `open`: it would run. `guarded`: routing and its guard answered as they must to a stranger. `down`: it could not be reached. */
  readonly state: 'open' | 'guarded' | 'down';
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  /** What it means, for people. */
  readonly detail: string;
  /** Epoch ms. */
  readonly checkedAt: number;
}
/** What an operator should see to. */
export interface Warning {
  /** For people, with the next step. */
  readonly text: string;
  /** What it speaks of, and so where it is seen to. */
  readonly about: 'plugin' | 'secrets' | 'dead-letters' | 'refused' | 'deprecations' | 'settings';
  /** Key or, of a plugin whose key cannot be known, folder; absent where it is about none or several. */
  readonly plugin?: string;
}
export interface Overview {
  readonly version: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly url: string;
  readonly publicUrl: string | undefined;
  readonly store: 'sqlite' | 'postgres';
  readonly node: string;
  readonly plugins: Readonly<Record<'live' | 'loading' | 'failed' | 'disabled', number>>;
  readonly jobs: {
    readonly ready: number;
    readonly running: number;
    readonly dead: number;
    readonly waiting: number;
  };
  /** Age of the oldest job that is due, ms; undefined where none is. */
  readonly oldestDueMs: number | undefined;
  /** Refused in the last hour, of what is kept. */
  readonly refused: number;
  /** Uses of what is deprecated. */
  readonly deprecatedUses: number;
  /** The most urgent first. */
  readonly warnings: readonly Warning[];
}
export interface HealthDesk {
  overview(): Promise<Overview>;
  /** Asks each endpoint by a request of the host to itself, which ends before any handler; at most every ten seconds anew. */
  endpoints(): Promise<readonly EndpointHealth[]>;
}
