import type { CompiledQuery, Kysely } from 'kysely';
import type { AttemptOutcome } from './states';
import type { Schema } from './schema';
import type { Snapshot } from './snapshot';

/** The code of the cause of an inbox/unavailable where it is not known whether the batch is stored. */
export const UNHEARD = 'gatehouse/unheard';

/** Rows above this many bytes of body keep it in `receipt_body`, in parts of this size. */
export const PART_BYTES = 262_144;

/**
 * Where the inbox is kept. Everything that must happen together is one batch: the store commits it whole or not at
 * all, and no result is seen before the commit. Two implementations, one conformance suite.
 */
export interface Store {
  readonly kind: 'sqlite' | 'postgres';
  /** How many commits may be in flight at once; 1 on SQLite. */
  readonly parallel: number;
  /**
   * One transaction. Within it, in this order: accepts, enqueues, answers, settles, extensions, commands, claim.
   * @throws inbox/unavailable (cause: the database's error) and nothing of the batch is there, or, where the cause's code
   * is `UNHEARD`, that is not known; the next batch tries anew
   */
  commit(batch: Batch): Promise<BatchResult>;
  /** For what only reads and is short: deliveries wait for it. Never in the way of a commit. */
  readonly reader: Kysely<Schema>;
  /** For what only reads and may take long: operators' searches, the janitor. Never in the way of `reader` either. */
  readonly searcher: Kysely<Schema>;
  /** The store's clock, epoch ms: the same for all hosts of one database. */
  now(): number;
  /** The id of a task or endpoint, made on first use. @throws inbox/unavailable */
  taskIds(names: readonly TaskName[]): Promise<number[]>;
  /** Calls back when another host stored something ready to run; a hint, polling finds it too. */
  onWork(listener: (taskId: number) => void): void;
  /** Tells the other hosts that shared values changed; a hint, polling finds it too. */
  tellShared(): void;
  /** Calls back when another host told so. */
  onShared(listener: () => void): void;
  /**
   * Forgets the dedupe keys of whole days (UTC) once the longest window of any key of that day has ended, `now` being
   * epoch ms; answers how many days went.
   * @throws inbox/unavailable
   */
  forgetKeys(now: number): Promise<number>;
  /** Everything as it is at this moment, for a backup; to be closed. @throws inbox/unavailable */
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

export interface TaskName {
  readonly plugin: string;
  readonly name: string;
  readonly kind: 'task' | 'endpoint';
}

export interface Batch {
  readonly accepts: readonly AcceptOperation[];
  readonly enqueues: readonly NewJob[];
  readonly answers: readonly AnswerOperation[];
  readonly settles: readonly Settlement[];
  readonly extensions: readonly Extension[];
  /** Each a list of statements that belong together: an error in one undoes its list, not the batch. */
  readonly commands: readonly Command[];
  readonly claim: ClaimOperation | undefined;
}

/** Results in the order of the operations. */
export interface BatchResult {
  readonly accepts: readonly AcceptResult[];
  readonly enqueues: readonly EnqueueResult[];
  readonly settles: readonly SettleResult[];
  readonly extensions: readonly ExtensionResult[];
  readonly commands: readonly CommandResult[];
  readonly claimed: readonly ClaimedJob[];
}

export interface NewReceipt {
  readonly token: string;
  readonly taskId: number;
  readonly receivedAt: number;
  readonly method: string;
  readonly target: string;
  readonly meta: string;
  readonly body: Buffer;
  /** SHA-256 of the body, base64url. */
  readonly bodyDigest: string;
  readonly ip: string;
  readonly scheme: string | undefined;
  readonly deliveryId: string | undefined;
  readonly event: string | undefined;
  /** Of a request that was answered before it is recorded. */
  readonly answerStatus: number | undefined;
  readonly replayOf: number | undefined;
}

/** What makes two receipts, or jobs, the same one. A receipt whose answer asked to come again holds its key no more. */
export interface DedupeKey {
  /** Jobs: of the task. Receipts: of the endpoint. */
  readonly taskId: number;
  readonly key: string;
  readonly windowMs: number;
}

export interface NewJob {
  readonly token: string;
  readonly taskId: number;
  readonly payload: string | undefined;
  readonly runAt: number;
  readonly priority: number;
  readonly lane: string | undefined;
  /** Not for jobs of an accepted receipt: the receipt has its own. */
  readonly dedupe: DedupeKey | undefined;
  /**
   * Claimed from the start by this node, until then; with a lane that is not free it becomes an ordinary ready job, and
   * its `StoredJob.ticket` is undefined.
   */
  readonly held: { readonly node: string; readonly leaseUntil: number } | undefined;
  /** Of a stored receipt: a replay. */
  readonly receiptId: number | undefined;
  /** The job whose success stores it. */
  readonly causeId?: number | undefined;
}

export interface AcceptOperation {
  readonly receipt: NewReceipt;
  readonly dedupe: DedupeKey | undefined;
  /** Empty when the request was answered already. */
  readonly jobs: readonly NewJob[];
}
export type AcceptResult =
  | { readonly kind: 'stored'; readonly receiptId: number; readonly jobs: readonly StoredJob[] }
  /**
   * A key is remembered though its receipt is gone: `token` is empty then, the digest the repeated request's own, and the
   * status 202.
   */
  | {
      readonly kind: 'duplicate';
      readonly receiptId: number;
      readonly token: string;
      readonly bodyDigest: string;
      readonly answerStatus: number | undefined;
      readonly answer: string | undefined;
    };
/** `ticket` of a held one. */
export interface StoredJob {
  readonly id: number;
  readonly ticket: number | undefined;
}
/** Of a duplicate, the first job's; `token` is empty when that is gone. */
export interface EnqueueResult {
  readonly id: number;
  readonly token: string;
  readonly duplicate: boolean;
}

/** The answer the sender got; kept for its duplicates. */
export interface AnswerOperation {
  readonly receiptId: number;
  readonly status: number;
  readonly answer: string | undefined;
}

/** What becomes of a running job. Applied only while its ticket holds. */
export interface Settlement {
  readonly jobId: number;
  readonly ticket: number;
  readonly next:
    | { readonly state: 'succeeded' | 'dead' | 'poisoned' | 'cancelled' }
    /** Try again; `counts` adds to `attempt`. A graceful stop gives it back without counting. */
    | { readonly state: 'ready' | 'later'; readonly runAt: number; readonly counts: boolean }
    | { readonly state: 'waiting'; readonly awaited: string; readonly until: number };
  readonly at: number;
  readonly startedAt: number;
  readonly outcome: AttemptOutcome;
  readonly error: string | undefined;
  /** Committed with it, each job under a savepoint: a conflict fails this settlement alone. */
  readonly writes: readonly DocumentWrite[];
  readonly enqueues: readonly NewJob[];
}
/** `lost`: the ticket holds no more, nothing was written. `conflict`: still running; settle it otherwise. */
export type SettleResult =
  | { readonly kind: 'settled' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'conflict'; readonly message: string };

/** `expected` is the version that must be there; 0: none may be. */
export interface DocumentWrite {
  readonly plugin: string;
  readonly collection: string;
  readonly id: string;
  readonly expected: number | undefined;
  /** Undefined deletes. */
  readonly data: string | undefined;
}

export interface Extension {
  readonly jobId: number;
  readonly ticket: number;
  readonly leaseUntil: number;
  readonly progress: { readonly fraction: number; readonly note: string | undefined } | undefined;
}
/** `cancel`: extended, and an operator wants it cancelled (`job.cancel` is 1). `lost`: the ticket holds no more. */
export type ExtensionResult = 'held' | 'cancel' | 'lost';

export interface Command {
  readonly statements: readonly CompiledQuery[];
  /** Whose heads the statements change; locked first where several hosts write (PostgreSQL). */
  readonly lanes?: readonly { readonly taskId: number; readonly lane: string }[];
}
export type CommandResult =
  /** Of each statement: its rows (of RETURNING or SELECT) and how many it changed. */
  | {
      readonly ok: true;
      readonly results: readonly { readonly rows: readonly unknown[]; readonly changed: number }[];
    }
  | { readonly ok: false; readonly error: Error };

export interface ClaimOperation {
  readonly node: string;
  /** Where it is odd, of this node no other claim's, which is found again by that. */
  readonly leaseUntil: number;
  /** Which tasks have room, and for how many. Never empty. */
  readonly wants: readonly { readonly taskId: number; readonly most: number }[];
}
export interface ClaimedJob {
  readonly id: number;
  readonly token: string;
  readonly taskId: number;
  readonly ticket: number;
  /** Of this attempt: 1 is the first. */
  readonly attempt: number;
  readonly crashes: number;
  readonly payload: string | undefined;
  readonly receiptId: number | undefined;
  readonly lane: string | undefined;
  readonly createdAt: number;
  /** An operator cancelled it while it ran; it only has to be settled. */
  readonly cancel: boolean;
}
