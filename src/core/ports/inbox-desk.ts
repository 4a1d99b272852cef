import type { PluginState } from './plugin-registry';

/** The states of a job, by the names operators know. */
export const workStates = [
  'later',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'dead',
  'poisoned',
  'cancelled',
] as const;
export type WorkState = (typeof workStates)[number];

/**
 * Why nobody works what is stored: its plugin is not there, or disabled, or no longer declares the task or endpoint. It
 * waits until that changes, or an operator drops it.
 */
export type OrphanReason = 'plugin absent' | 'plugin disabled' | 'task gone' | 'endpoint gone';

/** Everything given must hold. Of receipts, what concerns jobs asks whether one of its jobs is like that. */
export interface InboxFilter {
  readonly plugin?: string | undefined;
  /** A task's name, or an endpoint as `POST /path`. */
  readonly name?: string | undefined;
  readonly states?: readonly WorkState[] | undefined;
  /** Epoch ms: received, or enqueued, at or after. */
  readonly since?: number | undefined;
  /** Epoch ms: before. */
  readonly until?: number | undefined;
  readonly lane?: string | undefined;
  readonly ip?: string | undefined;
  readonly deliveryId?: string | undefined;
  readonly event?: string | undefined;
  /** Stands, byte for byte, in the body or payload, or in an error. */
  readonly text?: string | undefined;
  /** Only what nobody works any more, as this host sees it (`OrphanReason`); a job that is done needs nobody. */
  readonly orphaned?: true | undefined;
}

/** `after` is the `next` of the page before. */
export interface PageRequest {
  readonly after?: string | undefined;
  /** Items at most: 1…200, default 50. */
  readonly limit?: number | undefined;
}
/**
 * Newest first. No total: counting a large store takes longer than showing it. For the same reason a page of what the inbox
 * holds looks at so much of a large store as takes a moment: where what is meant is rare it has fewer items than asked for,
 * or none, and all the same a `next`. Only a page without `next` is the last.
 */
export interface Page<T> {
  readonly items: readonly T[];
  /** From where on nothing was looked at yet; undefined where nothing is left. */
  readonly next: string | undefined;
}

export interface ReceiptSummary {
  readonly id: string;
  readonly plugin: string;
  /** The endpoint, as `POST /path`. */
  readonly name: string;
  readonly receivedAt: number;
  readonly method: string;
  readonly target: string;
  readonly ip: string;
  readonly bodyBytes: number;
  readonly scheme: string | undefined;
  readonly deliveryId: string | undefined;
  readonly event: string | undefined;
  readonly answerStatus: number | undefined;
  readonly replayOf: string | undefined;
  /** Of its endpoint. */
  readonly orphan?: OrphanReason | undefined;
  readonly jobs: readonly { readonly id: string; readonly state: WorkState }[];
}
export interface ReceiptDetail extends ReceiptSummary {
  /** In order; credentials are masked. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Everything else kept of the request, as it was kept. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Text when it is UTF-8, else base64; at most its first MiB; secrets in it are masked. */
  readonly body: { readonly text: string } | { readonly base64: string };
  readonly bodyDigest: string;
}

export interface JobSummary {
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly kind: 'task' | 'endpoint';
  readonly state: WorkState;
  /** Attempts that count so far. */
  readonly attempt: number;
  readonly crashes: number;
  readonly priority: number;
  readonly lane: string | undefined;
  /** False while another job of its lane is before it. */
  readonly laneHead: boolean;
  readonly runAt: number;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly node: string | undefined;
  readonly progress: { readonly fraction: number; readonly note: string | undefined } | undefined;
  /** The signal a waiting job waits for. */
  readonly awaited: string | undefined;
  readonly receiptId: string | undefined;
  readonly error: string | undefined;
  readonly orphan?: OrphanReason | undefined;
}
export interface AttemptRecord {
  readonly jobId: string;
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: string;
  readonly error: string | undefined;
  readonly node: string;
}
export interface JobDetail extends JobSummary {
  /** The payload as it was stored, JSON; secrets in it are masked. */
  readonly payload: string | undefined;
  /** Failures, interruptions and waits, oldest first; a clean success is on the job itself. */
  readonly attempts: readonly AttemptRecord[];
}

export interface WorkCount {
  readonly plugin: string;
  readonly name: string;
  readonly kind: 'task' | 'endpoint';
  readonly states: Readonly<Partial<Record<WorkState, number>>>;
  readonly orphan?: OrphanReason | undefined;
  /**
   * Epoch ms: when a state was counted of which there is much in the store, as of what succeeded; other states are counted
   * as they are now, and in a small store all are, which then has none.
   */
  readonly countedAt?: number | undefined;
  /** What there is much of is still being counted, for the first time: there is at least so much. */
  readonly isPartial?: true | undefined;
}
/** One of the hosts that share the store. */
export interface NodeStatus {
  /** New with each start. */
  readonly id: string;
  /** Where it answers. */
  readonly url: string;
  /** Name of its machine. */
  readonly host: string;
  readonly pid: number;
  /** Epoch ms of the store's clock. */
  readonly startedAt: number;
  readonly seenAt: number;
  /** `silent`: it has not been heard of for seconds; after ten it is off the list. */
  readonly state: 'serving' | 'stopping' | 'silent';
  /** How many of its plugins are how. */
  readonly plugins: Readonly<Partial<Record<PluginState, number>>>;
}

/** A plugin; a task or endpoint of it; one lane of these. What is paused is stored, and not worked. */
export interface PauseTarget {
  readonly plugin: string;
  readonly name?: string | undefined;
  readonly lane?: string | undefined;
}
export interface Pause extends PauseTarget {
  readonly since: number;
  readonly reason: string | undefined;
}

/**
 * On jobs: `retry` runs the same job again from its first attempt (dead, poisoned, cancelled; one that waits for a
 * later time runs now); `cancel` ends what is not done; `drop` deletes what does not run. On receipts: `replay` makes
 * a new job of each under today's rules; `purge` deletes them with their finished jobs.
 */
export type BulkVerb = 'retry' | 'cancel' | 'drop' | 'replay' | 'purge';
export type Selection = { readonly ids: readonly string[] } | { readonly filter: InboxFilter };
export interface BulkStep {
  /** How many were selected in this step. */
  readonly looked: number;
  /** Of these, how many could be and were changed. */
  readonly changed: number;
  /** For the next step; undefined when all is done. */
  readonly next: string | undefined;
}

/** One job that is not done, on its own: everything another host needs to work it. */
export interface ExportedJob {
  readonly format: 'gatehouse-job-1';
  /** What it was called where it came from: imported twice, it is stored once. */
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly kind: 'task' | 'endpoint';
  readonly runAt: number;
  readonly priority: number;
  readonly lane: string | undefined;
  readonly payload: string | undefined;
  readonly receipt: ExportedReceipt | undefined;
}
export interface ExportedReceipt {
  readonly id: string;
  readonly plugin: string;
  /** The endpoint that received it. */
  readonly name: string;
  readonly receivedAt: number;
  readonly method: string;
  readonly target: string;
  /** As it was kept, JSON: credentials are sealed, and open only under the same master key. */
  readonly meta: string;
  /** Base64. */
  readonly body: string;
  readonly ip: string;
  readonly scheme: string | undefined;
  readonly deliveryId: string | undefined;
  readonly event: string | undefined;
}
export interface ImportReport {
  readonly imported: number;
  /** Already there: the sender sent it here too, or it was imported before. */
  readonly duplicates: number;
}

/**
 * The operator's view of the inbox: every verb once, for the HTTP API, the command line and the console alike.
 * Reading is never in the way of what is being stored.
 * All reject with inbox/unavailable when the store cannot be reached, and inbox/bad-request for what makes no sense.
 */
export interface InboxDesk {
  receipts(filter: InboxFilter, page?: PageRequest): Promise<Page<ReceiptSummary>>;
  jobs(filter: InboxFilter, page?: PageRequest): Promise<Page<JobSummary>>;
  attempts(filter: InboxFilter, page?: PageRequest): Promise<Page<AttemptRecord>>;
  /** @throws inbox/not-found */
  receipt(id: string): Promise<ReceiptDetail>;
  /** @throws inbox/not-found */
  job(id: string): Promise<JobDetail>;
  /** Soon, however large the store: what there is much of is counted again beside it, every ten seconds at most. */
  counts(): Promise<readonly WorkCount[]>;
  nodes(): Promise<readonly NodeStatus[]>;
  pauses(): Promise<readonly Pause[]>;
  /** False when it was paused already. */
  pause(target: PauseTarget, reason?: string): Promise<boolean>;
  /** False when it was not paused. */
  resume(target: PauseTarget): Promise<boolean>;
  /**
   * Gives a job the value it waits for under that name, or will wait for, at most a MiB of JSON; what was given first
   * stays. False when the job is finished. @throws inbox/not-found, inbox/bad-signal, inbox/signal-too-large
   */
  signal(job: string, name: string, value?: unknown): Promise<boolean>;
  /** How many a change would look at; changes nothing. */
  count(verb: BulkVerb, selection: Selection): Promise<number>;
  /**
   * One step of a change, at most some hundred at once, each step whole or not at all. Without `after` it begins with
   * what is there now; what arrives meanwhile is not part of it.
   * @throws inbox/not-found for an id that is none
   */
  change(verb: BulkVerb, selection: Selection, after?: string): Promise<BulkStep>;
  /** Jobs that are not done, oldest first, to be given to `import` elsewhere; some megabytes at once. */
  export(
    filter: InboxFilter,
    after?: string,
  ): Promise<{ readonly jobs: readonly ExportedJob[]; readonly next: string | undefined }>;
  /**
   * Stores them under new ids; what stops half-way may be imported again as a whole.
   * @throws inbox/bad-request naming the first that cannot be read, before anything is stored; host/cannot-unseal
   */
  import(jobs: readonly ExportedJob[]): Promise<ImportReport>;
}
