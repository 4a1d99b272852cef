import type { Attempt } from './attempt';
import type { Committer } from './committer';
import type { ExtensionResult, Store } from './store';

/** How many extensions are asked for within one lease. */
const TIMES = 3;
/** How far claims may run ahead of their time to be told apart. */
const AHEAD_MS = 1_000;

/**
 * What this process holds: from the claim until the settlement is committed. While the event loop turns, each lease is
 * extended before it ends, and what operators want cancelled is heard of on the way.
 */
export class Leases {
  readonly #held = new Map<number, Attempt>();
  /** A batch must not name a job twice. */
  readonly #underWay = new Map<Attempt, Promise<ExtensionResult>>();
  #timer: NodeJS.Timeout | undefined;
  #empty: (() => void)[] = [];
  #lastClaim = 0;
  #taken = 0;

  constructor(
    private readonly store: Store,
    private readonly committer: Committer,
    readonly leaseMs: number,
  ) {}

  get size(): number {
    return this.#held.size;
  }
  /** How many were held ever. */
  get taken(): number {
    return this.#taken;
  }
  has(jobId: number): boolean {
    return this.#held.has(jobId);
  }
  all(): Attempt[] {
    return [...this.#held.values()];
  }

  /** Until when what is taken or extended now is held, epoch ms; even, so that it is never a claim's. */
  until(): number {
    const until = this.store.now() + this.leaseMs;
    return until + (until % 2);
  }
  /** As `until`, for a claim: odd, and no other claim's. Even where a thousand a second would have to be told apart. */
  claimUntil(): number {
    const until = this.until();
    const next = Math.max(this.#lastClaim + 2, until + 1);
    if (next > until + AHEAD_MS) return until;
    this.#lastClaim = next;
    return next;
  }

  take(attempt: Attempt): void {
    this.#taken += 1;
    this.#held.set(attempt.job.id, attempt);
  }
  release(attempt: Attempt): void {
    if (this.#held.get(attempt.job.id) === attempt) this.#held.delete(attempt.job.id);
    if (this.#held.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }
  /** Resolves once nothing is held. */
  async emptied(): Promise<void> {
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.extendAll(), Math.ceil(this.leaseMs / TIMES));
  }
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** All that had time to grow old, in one batch; never rejects. `everything`: the young ones too. */
  async extendAll(everything = false): Promise<void> {
    const young = this.store.now() + (this.leaseMs * (TIMES - 1)) / TIMES;
    const due = this.all().filter(
      (attempt) => !this.#underWay.has(attempt) && (everything || attempt.leaseUntil < young),
    );
    if (due.length === 0) return;
    const tries = await Promise.allSettled(this.#extend(due));
    tries.forEach(({ status }, index) => {
      const attempt = due[index];
      if (status === 'rejected' && attempt !== undefined) this.#outOfReach(attempt);
    });
  }

  /** False when the lease is lost. @throws inbox/unavailable */
  async extend(attempt: Attempt): Promise<boolean> {
    if (attempt.stopped === 'lost') return false;
    const [extended] = this.#underWay.has(attempt) ? [this.#underWay.get(attempt)] : this.#extend([attempt]);
    return (await extended) !== 'lost';
  }

  /** One batch; a promise for each attempt. */
  #extend(attempts: readonly Attempt[]): Promise<ExtensionResult>[] {
    const leaseUntil = this.until();
    const extensions = attempts.map(({ job, progress }) => ({
      jobId: job.id,
      ticket: job.ticket,
      leaseUntil,
      progress,
    }));
    const committed = this.committer.submit({ extensions }, 'must');
    return attempts.map((attempt, index) => {
      const extended = committed
        .then((results) => this.#apply(attempt, results.extensions[index] ?? 'lost', leaseUntil))
        .finally(() => this.#underWay.delete(attempt));
      this.#underWay.set(attempt, extended);
      return extended;
    });
  }

  #apply(attempt: Attempt, result: ExtensionResult, leaseUntil: number): ExtensionResult {
    if (result === 'lost') attempt.stop('lost');
    else attempt.leaseUntil = leaseUntil;
    if (result === 'cancel') attempt.stop('cancelled');
    return result;
  }

  /**
   * Past its lease another host may run the job, so it stops here; the ticket decides when the store is back. One
   * process owns a SQLite file: nobody else can take it.
   */
  #outOfReach(attempt: Attempt): void {
    if (this.store.kind === 'sqlite' || attempt.leaseUntil > this.store.now()) return;
    attempt.stop('interrupted');
    attempt.expired();
  }
}
