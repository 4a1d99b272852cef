import type { Logger } from 'winston';
import type { DocumentStore } from './documents';
import type { Events } from './event';
import type { Messages } from './messages';

export interface EnqueueOptions {
  /** Epoch ms or a Date; default now. */
  readonly runAt?: number | Date | undefined;
  /** Jobs of one task and one lane run one after the other, in order of arrival. */
  readonly lane?: string | undefined;
  /** A second job of the same task with this key, while it is remembered (72 h), is not stored. */
  readonly dedupeKey?: string | undefined;
  /** Higher runs first; default 0; whole, −100…100. */
  readonly priority?: number | undefined;
}
export interface Enqueued {
  /** Of the job; of the first one when this is its duplicate. */
  readonly id: string;
  readonly duplicate: boolean;
}

/** Durable work of one plugin: what is enqueued survives the process. */
export interface Tasks {
  /**
   * Resolves once the job is committed. `payload` is stored as JSON.
   * @throws inbox/unavailable (503) when it cannot be stored, inbox/unknown-task, inbox/bad-payload,
   * inbox/invalid-payload when the task's `input` refuses it
   */
  enqueue(task: string, payload?: unknown, options?: EnqueueOptions): Promise<Enqueued>;
  /**
   * Gives a waiting job its value, at most a MiB of JSON; false when no such job of this plugin is unfinished. Early
   * signals are kept. @throws inbox/unavailable, inbox/bad-signal (400), inbox/signal-too-large (413)
   */
  signal(jobId: string, name: string, value?: unknown): Promise<boolean>;
}

/** One attempt at a job, as the code that works it sees it. */
export interface Job<Payload = unknown> {
  readonly id: string;
  /** 1 is the first. */
  readonly attempt: number;
  readonly payload: Payload;
  /** Of the request this job delivers. */
  readonly receiptId: string | undefined;
  /** Aborts when the attempt's time is up, its lease is lost, the job is cancelled or the plugin is taken down. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly store: DocumentStore;
  /** What is emitted is stored with this job's success. */
  readonly events: Events;
  /** What is sent is stored with this job's success. */
  readonly message: Messages;
  /** Stored in the same commit as this job's success. @throws inbox/unknown-task, inbox/bad-payload, inbox/too-much-work */
  enqueue(task: string, payload?: unknown, options?: EnqueueOptions): void;
  /** For operators; `fraction` is 0…1. Written with the next heartbeat. */
  progress(fraction: number, note?: string): void;
  /** Extends the lease now; the host does so by itself while the event loop turns. @throws when the lease is lost */
  heartbeat(): Promise<void>;
  /**
   * The value a signal gave. Not there yet: the attempt ends without being counted (by a throw that must not be
   * caught), and `run` starts again from its beginning when the signal or the timeout comes: what stands before a
   * wait must be safe to repeat. @throws inbox/wait-timeout when the time passed, inbox/bad-signal
   */
  waitFor<T = unknown>(name: string, options?: { timeoutMs?: number }): Promise<T>;
}

const RETRY_AFTER = Symbol.for('gatehouse.RetryAfter');
const GIVE_UP = Symbol.for('gatehouse.GiveUp');
const CONFLICT = Symbol.for('gatehouse.Conflict');
const isBranded = (value: unknown, brand: symbol) =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;

/** Thrown by a task or handler: try again after `delayMs`, whatever the schedule says; the attempt counts. */
export class RetryAfter extends Error {
  readonly [RETRY_AFTER] = true;
  constructor(
    readonly delayMs: number,
    reason = `again in ${delayMs} ms`,
  ) {
    super(reason);
    this.name = 'RetryAfter';
  }
}
/** Thrown by a task or handler: trying again is no use; the job becomes a dead letter at once. */
export class GiveUp extends Error {
  readonly [GIVE_UP] = true;
  constructor(reason: string) {
    super(reason);
    this.name = 'GiveUp';
  }
}
/** Someone else's write came first. */
export class Conflict extends Error {
  readonly [CONFLICT] = true;
  readonly status = 409;
  constructor(message: string) {
    super(message);
    this.name = 'Conflict';
  }
}
/** Marks an error as `GiveUp` is marked: a job that ends with it is not tried again. */
export function givingUp<E extends Error>(error: E): E {
  return Object.assign(error, { [GIVE_UP]: true as const });
}
export const isRetryAfter = (value: unknown): value is RetryAfter => isBranded(value, RETRY_AFTER);
export const isConflict = (value: unknown): value is Conflict => isBranded(value, CONFLICT);
export const isGiveUp = (value: unknown): value is GiveUp => isBranded(value, GIVE_UP);
