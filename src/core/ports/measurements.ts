/** Of which time, and of what. */
export interface SeriesQuery {
  /** How far back, ms; default an hour, at most a day. */
  readonly lastMs?: number | undefined;
  /** Of one plugin. */
  readonly plugin?: string | undefined;
  /** Of one endpoint of it, as `POST /path`. */
  readonly name?: string | undefined;
}

/** What happened, step by step; all lists are as long as `times`. */
export interface Series {
  /** Length of a step, ms. */
  readonly stepMs: number;
  /** Beginnings of the steps, epoch ms, oldest first. */
  readonly times: readonly number[];
  readonly requests: readonly number[];
  /** Answers 500 and above. */
  readonly failures: readonly number[];
  /** Answers 400 to 499. */
  readonly refused: readonly number[];
  /** Until the answer was sent, ms; undefined (null in JSON) where nobody asked. */
  readonly p50Ms: readonly (number | undefined)[];
  readonly p95Ms: readonly (number | undefined)[];
  readonly p99Ms: readonly (number | undefined)[];
  /** Jobs that were due and not done at the end of the step; of the whole store, whatever plugin is asked for. */
  readonly backlog: readonly (number | undefined)[];
}

/** What one endpoint did lately. */
export interface EndpointMeasure {
  readonly plugin: string;
  /** As `POST /path`. */
  readonly name: string;
  readonly requests: number;
  readonly failures: number;
  readonly refused: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Epoch ms. */
  readonly lastAt: number | undefined;
}

/** What this host measured of itself, in memory, since it started and for a day at most. */
export interface Measurements {
  series(query: SeriesQuery): Series;
  /** The busiest first; at most 500. */
  endpoints(lastMs: number): readonly EndpointMeasure[];
  /** In the text format of Prometheus 0.0.4. */
  exposition(): Promise<string>;
}

/** What one endpoint answered since the host started. */
export interface EndpointTotals {
  readonly plugin: string;
  /** As `POST /path`. */
  readonly name: string;
  /** Answers by their first digit, `1xx` first. */
  readonly answers: readonly number[];
  /** Answers that took at most each of `boundsMs`, and all of them; streams and WebSockets are not among them. */
  readonly within: readonly number[];
  /** Of the same, ms. */
  readonly sumMs: number;
}

/** The requests of this host, measured. At most 1,000 endpoints are told apart; the rest is `other`. */
export interface Traffic extends Pick<Measurements, 'endpoints'> {
  /** Upper bounds of the latencies told, ms, ascending. */
  readonly boundsMs: readonly number[];
  series(query: SeriesQuery): Omit<Series, 'backlog'>;
  totals(): readonly EndpointTotals[];
}
