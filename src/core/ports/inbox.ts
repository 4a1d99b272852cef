import type { Endpoint, Task, Verified } from '../declaration';
import type { Exchange } from '../exchange';
import type { Job, Tasks } from '../job';
import type { LiveMount } from '../live-mount';
import type { Events } from '../event';
import type { Messages } from '../messages';
import type { PluginKey } from '../plugin-key';
import type { WorkSink } from '../work-sink';

/** A request as it is kept: what is needed to give it to its handler again, byte for byte. */
export interface StoredRequest {
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** The prefix that was used, and the path after it; they give the parameters again. */
  readonly baseUrl: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** Names and values in turn, as received. */
  readonly headers: readonly string[];
  readonly ip: string;
  readonly requestId: string;
  readonly verified: Verified | undefined;
  readonly body: Buffer;
}

/** A request to be stored, and how it is to be worked. */
export interface ReceiptDraft {
  readonly request: StoredRequest;
  readonly endpoint: Endpoint;
  readonly plugin: PluginKey;
  /** Endpoints of other plugins that listen for the same request: what is a credential to any of them is sealed. */
  readonly sharedWith?: readonly Endpoint[];
  readonly dedupe: { readonly key: string; readonly windowMs: number } | undefined;
  readonly lane: string | undefined;
  /** What was odd at acceptance, e.g. that `lane` threw; kept for operators. */
  readonly remarks: readonly string[];
}

/** An answer kept with its receipt. The body only where it may have to be given again. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}

export type Acceptance =
  | { readonly kind: 'stored'; readonly receiptId: string; readonly jobId: string }
  | {
      readonly kind: 'duplicate';
      /** Of the first one. */
      readonly receiptId: string;
      /** Undefined while the first is not answered. */
      readonly answer: StoredAnswer | undefined;
      /** Of the first one's body: another body under the same key is a mistake of the sender. */
      readonly bodyDigest: string;
    };

/** A delivery that this process works from the start, in the midst of its request. */
export interface HeldDelivery {
  readonly job: Job;
  readonly signal: AbortSignal;
  /** Resolves when the attempt ended, by its handler or without it; false when it is to be run again. */
  readonly over: Promise<boolean>;
  /** Stores the answer the sender got: the same again for its duplicates. Never rejects. */
  answered(answer: StoredAnswer): void;
  /** The handler is through: its job is done. False when the lease was lost meanwhile. */
  succeeded(): Promise<boolean>;
  /** The handler refused, and that was the answer: done, and nothing it wrote to `job.store` or enqueued is kept. */
  refused(): Promise<boolean>;
  /** The handler threw something that is no answer: tried again as the endpoint's `retry` says. */
  failed(thrown: unknown): Promise<boolean>;
}

/** What became of a request that was stored to be worked at once. */
export type HeldAcceptance =
  | (Acceptance & { kind: 'stored'; held: HeldDelivery | undefined })
  | Extract<Acceptance, { kind: 'duplicate' }>;

/** One of several endpoints that listen for the same request. */
export interface ListenerDraft {
  readonly draft: ReceiptDraft;
  /** Given where the job is to be held by this process, as by `hold`; its generation. */
  readonly live: LiveMount | undefined;
}
export interface SharedAcceptance {
  /** In the order of the drafts. */
  readonly listeners: readonly HeldAcceptance[];
  /** Keeps the answer that the sender got with the receipts that several listeners share. Never throws. */
  answered(answer: StoredAnswer): void;
}

/** Where a receipt stands, for the sender that holds its unguessable id. */
export interface ReceiptStatus {
  readonly id: string;
  readonly receivedAt: number;
  readonly state: 'accepted' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
  readonly attempts: number;
  readonly progress: { readonly fraction: number; readonly note: string | undefined } | undefined;
}

/** What a job offers beside its own work; what is told or sent through it goes where `sink` puts it. */
export interface JobFaces {
  readonly events: Events;
  readonly message: Messages;
}
/** `job` is the one that asks: what it works on may be what its events are caused by. */
export type JobFacesOf = (plugin: PluginKey, sink: WorkSink, job: Job) => JobFaces;

/** What was acknowledged is never lost. Each method that stores resolves after the commit. `put`: jobs for any plugin. */
export interface Inbox extends WorkSink {
  /** Receipt, dedupe key and job in one commit. @throws inbox/unavailable (503) */
  accept(draft: ReceiptDraft): Promise<Acceptance>;
  /**
   * As `accept`, with the job already claimed by this process; `held` is undefined when it may not run now (its lane is
   * busy, its endpoint paused): it is worked later. @throws inbox/unavailable
   */
  hold(draft: ReceiptDraft, live: LiveMount): Promise<HeldAcceptance>;
  /**
   * One request for several endpoints, all in one commit. Those without a dedupe key, to whom it says the same, share one
   * receipt with a job for each; a key is its endpoint's alone, so a listener that has one keeps a receipt of its own.
   * @throws inbox/unavailable, and nothing is stored for any of them
   */
  acceptShared(listeners: readonly ListenerDraft[]): Promise<SharedAcceptance>;
  /** Keeps a receipt of a request that was answered already. Promises nothing, never throws. */
  record(draft: ReceiptDraft, answer: StoredAnswer): void;
  /** Durable tasks of one plugin. `declared`: what it declares; its live mount is asked otherwise. */
  tasksOf(plugin: PluginKey, declared?: () => readonly Task[]): Tasks;
  /** @throws inbox/unavailable */
  status(receiptId: string): Promise<ReceiptStatus | undefined>;
}

/** A receipt given to its endpoint's handler by a worker. */
export interface StoredDelivery {
  readonly request: StoredRequest;
  readonly receiptId: string;
  /** Of the receipt it repeats, where an operator replays one. */
  readonly replayOf: string | undefined;
  readonly job: Job;
}

/** Runs handlers on stored requests; the HTTP side knows how. */
export interface Deliveries {
  /**
   * Resolves when the handler is through; what it returned or answered is its own affair by now.
   * @throws what the handler threw; a `GiveUp` for a refusal (an HttpError below 500) that trying again would not change
   */
  deliver(live: LiveMount, endpoint: Endpoint, delivery: StoredDelivery): Promise<void>;
  /** A stored request as an exchange that only can be read, to judge it again. */
  read(plugin: PluginKey, endpoint: Endpoint, request: StoredRequest): Exchange;
}
