/** What to prove: that nothing acknowledged is lost while processes are killed. */
export interface ProveOptions {
  readonly store: 'sqlite' | 'postgres';
  /** Processes on one database; 1 on SQLite. */
  readonly hosts: number;
  /** How often one of them is killed with SIGKILL. */
  readonly kills: number;
  /** Deliveries a second. */
  readonly rate: number;
  /** Over which the kills are spread; by default each comes soon after the host killed before is back. */
  readonly seconds?: number | undefined;
  /** PostgreSQL; the proof makes a schema of its own there and drops it. */
  readonly databaseUrl?: string | undefined;
  /** More variables for the hosts, e.g. a shorter lease. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface ProveReport {
  /** Nothing acknowledged was lost, no effect was doubled, and every acknowledged delivery was worked. */
  readonly held: boolean;
  /** Where data and logs are, of a proof that does not hold. */
  readonly keptIn: string | undefined;
  readonly kills: number;
  readonly seconds: number;
  readonly sent: number;
  /** Deliveries that got a 2xx. */
  readonly accepted: number;
  /** Sent again because no answer came, or 503. */
  readonly resent: number;
  /** Answered with anything else; never sent again. */
  readonly refused: number;
  /** Accepted ones whose effects are in the store: of the delivery and of the task it enqueued. */
  readonly worked: number;
  /** Acknowledged, and without those effects. */
  readonly lost: number;
  /** Of the lost, ids to look for; at most ten. */
  readonly lostIds: readonly string[];
  /** Runs beyond the first: at least once, said plainly. */
  readonly repeatedRuns: number;
  /** Effects in the store that happened more than once. */
  readonly doubleEffects: number;
  /** Jobs that took a process down too often, retried at the end. */
  readonly poisoned: number;
  /** Milliseconds from sending to the acknowledgment, of the sending that got it. */
  readonly acknowledgmentMs: Percentiles;
  /** Milliseconds from a kill until the same host, started again, acknowledges. */
  readonly recoveryMs: Percentiles;
  /** Milliseconds from the last delivery until all work was done. */
  readonly backlogMs: number;
  /** Hosts that did not end with 0 when they were asked to stop. */
  readonly uncleanStops: number;
}

/** Called now and then with how many kills are done. */
export type ProveProgress = (kills: number) => void;

/** Runs the proof on real processes. @throws prove/failed-to-start when the hosts do not come up */
export type Prove = (options: ProveOptions, progress?: ProveProgress) => Promise<ProveReport>;
