import { callFor } from '../core/actor';
import type { Endpoint, Task } from '../core/declaration';
import { toError } from '../core/errors';
import type { LeaseHolder, LiveMount } from '../core/live-mount';
import { carryTrace, type WorkTrace } from '../core/ports/tracing';
import type { Retry } from '../core/retry';
import type { RetireReason } from '../core/scope';
import type { EffectSource } from './settlement';
import type { AnswerOperation, TaskName } from './store';

/** What of a live mount works jobs: a task, or an endpoint whose requests are stored. */
export interface Workable {
  readonly taskId: number;
  readonly name: TaskName;
  readonly live: LiveMount;
  readonly task: Task | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly retry: Retry;
  readonly timeoutMs: number;
  /** At once, on this host. */
  readonly concurrency: number;
}

/** A job in this process's hands. */
export interface HeldJob {
  readonly id: number;
  readonly publicId: string;
  readonly ticket: number;
  readonly attempt: number;
  readonly lane: string | undefined;
  readonly startedAt: number;
}

/**
 * Why code is asked to stop. `lost`: another attempt may run already. `interrupted`: the generation or the host goes,
 * or the store was out of reach for longer than the lease.
 */
export type StopReason = 'timed-out' | 'lost' | 'cancelled' | 'interrupted';
export type Ending =
  | { readonly kind: 'returned' }
  /** Its code refused, and that was the answer: done, and nothing it wrote is kept. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'threw'; readonly thrown: unknown }
  | { readonly kind: 'waits'; readonly awaited: string; readonly until: number }
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  /** Its code never ran. */
  | { readonly kind: 'postponed'; readonly delayMs: number; readonly why: string };

/** What code that ignores its signal is still given before it is counted out. */
export const GRACE_MS = 1_000;

/**
 * One attempt at a job, from its claim until it is known how it ended.
 *
 *   running ──returns, throws, waits──▶ ended
 *      └─stop(reason): signal aborts─▶ stopping ──returns, throws, or the grace passed──▶ ended (stopped)
 *
 * Once asked to stop, a return proves nothing: the code may have left early. Only code that never looked at its signal
 * cannot have, and where it was merely interrupted it counts as done. How it ended is said once.
 */
export class Attempt implements LeaseHolder {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  /** Epoch ms of the store's clock. */
  leaseUntil: number;
  progress: { readonly fraction: number; readonly note: string | undefined } | undefined = undefined;
  /** What a success commits; none where the code never came to run. */
  source: EffectSource | undefined = undefined;
  /** Called once when it ends: what was kept for it may go. */
  released: (() => void) | undefined = undefined;
  /** Kept with its settlement: what the sender of a held one was answered. */
  answer: AnswerOperation | undefined = undefined;
  /** The answer of one that `answersItself`, should it be counted out before it gave any. */
  overdue: AnswerOperation | undefined = undefined;
  /** Its place in a trace, where anybody is told of it. */
  trace: WorkTrace | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #stopped: StopReason | undefined = undefined;
  #waits: Extract<Ending, { kind: 'waits' }> | undefined = undefined;
  #isEnded = false;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(
    readonly job: HeldJob,
    readonly workable: Workable,
    leaseUntil: number,
    private readonly onEnd: (attempt: Attempt, ending: Ending) => void,
    /** It answers a request: like one it gets the time to drain before it is asked to stop. */
    private readonly isHeld = false,
  ) {
    this.leaseUntil = leaseUntil;
    workable.live.enter(this);
  }

  /** Its sender waits for what the handler says, and for nothing else: it is not run again for being slow. */
  get answersItself(): boolean {
    return this.isHeld && this.workable.endpoint?.answer === 'handler';
  }
  get isEnded(): boolean {
    return this.#isEnded;
  }
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }
  /** Made when first asked for: most jobs never do. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.trace !== undefined) carryTrace(this.#abort.signal, this.trace);
      if (this.#stopped !== undefined) this.#abort.abort(this.#reason(this.#stopped));
    }
    return this.#abort.signal;
  }

  /** From now on its time runs. */
  limit(timeoutMs: number): void {
    if (this.#isEnded || this.#stopped !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop('timed-out'), timeoutMs);
  }

  /** Asks the code to stop; the first reason counts. */
  stop(reason: StopReason): void {
    if (this.#isEnded || this.#stopped !== undefined) return;
    this.#stopped = reason;
    clearTimeout(this.#timer);
    if (reason !== 'interrupted') this.#timer = setTimeout(() => this.expired(), GRACE_MS);
    const abort = this.#abort;
    // Whoever listens is the plugin's code.
    if (abort !== undefined) callFor(this.workable.live.actor, () => abort.abort(this.#reason(reason)));
  }

  /** The code asked for a value that is not there yet. */
  suspend(awaited: string, until: number): void {
    this.#waits ??= { kind: 'waits', awaited, until };
  }

  returned(): void {
    const reason = this.#stopped;
    if (this.#waits !== undefined && reason !== 'cancelled') this.#end(this.#waits);
    else if (reason === undefined || (reason === 'interrupted' && this.#abort === undefined))
      this.#end({ kind: 'returned' });
    else this.#end({ kind: 'stopped', reason });
  }
  refused(): void {
    const reason = this.#stopped;
    this.#end(reason === undefined ? { kind: 'refused' } : { kind: 'stopped', reason });
  }
  threw(thrown: unknown): void {
    if (this.#waits !== undefined && this.#stopped !== 'cancelled') this.#end(this.#waits);
    else if (this.#stopped !== undefined) this.#end({ kind: 'stopped', reason: this.#stopped });
    else this.#end({ kind: 'threw', thrown });
  }

  /** What it needs cannot be had right now; its code did not run. */
  postpone(delayMs: number, why: string): void {
    this.#end({ kind: 'postponed', delayMs, why });
  }

  retiring(_reason: RetireReason): void {
    if (this.isHeld) return;
    this.stop('interrupted');
    // Its code never ran: nothing is to be waited for.
    if (this.source === undefined) this.expired();
  }
  /** The time to stop is over: it is counted out, whatever the code still does. */
  expired(): void {
    this.stop('interrupted');
    this.#end({ kind: 'stopped', reason: this.#stopped ?? 'interrupted' });
  }

  #end(ending: Ending): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    if (this.#stopped === 'timed-out') this.answer ??= this.overdue;
    this.released?.();
    this.workable.live.leave(this);
    this.onEnd(this, ending);
  }

  #reason(reason: StopReason): Error {
    return toError(new DOMException(`job ${this.job.publicId}: ${WHY[reason]}`, 'AbortError'));
  }
}

const WHY: { readonly [R in StopReason]: string } = {
  'timed-out': 'its time is up',
  lost: 'its lease is lost; another attempt may run it',
  cancelled: 'it was cancelled',
  interrupted: 'it is interrupted and will run again',
};
