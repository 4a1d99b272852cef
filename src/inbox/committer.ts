import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import type { WorkObserver } from '../core/ports/work-observer';
import { assemble, share, weightOf, type Unit, type UnitResult } from './batch-assembly';
import type { BatchResult, ClaimedJob, ClaimOperation, Store } from './store';

/** Whoever takes jobs; asked once for each batch. */
export interface Claimer {
  /** These tasks may have work after the batch that is being formed. */
  wake(taskIds: readonly number[]): void;
  /** What the batch being formed is to claim; each answer is followed by `claimed`. */
  wants(): ClaimOperation | undefined;
  /** `jobs` is empty when the batch failed: `failure` says of what. */
  claimed(operation: ClaimOperation, jobs: readonly ClaimedJob[], failure: Error | undefined): void;
}

/** `must`: never refused for want of room. `spare`: given up as soon as there is any queue. */
export type Urgency = 'must' | 'ordinary' | 'spare';

interface Waiting {
  readonly unit: Unit;
  readonly bytes: number;
  resolve(result: UnitResult): void;
  reject(error: Error): void;
}

/** Of one batch: a commit on the main thread must stay short. */
const BATCH_UNITS = 512;
const BATCH_BYTES = 8 * 1024 ** 2;
/** Of what waits: beyond it senders are told to come again. */
const WAITING_UNITS = 20_000;
const WAITING_BYTES = 128 * 1024 ** 2;
const SPARE_UNITS = 256;
const SPARE_BYTES = 32 * 1024 ** 2;

/**
 * Group commit: what is submitted in one turn of the event loop goes into one batch, and each waits for the commit.
 *
 *   idle ──submit──▶ due (setImmediate) ──▶ in flight (at most `store.parallel`) ──▶ idle, or due when more waits
 *
 * A batch that failed refuses its units with inbox/unavailable. Where the database blames an operation and not itself,
 * the units are tried one by one, so that a bad one refuses nobody else.
 */
export class Committer {
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #inFlight = 0;
  #isDue = false;
  #claimer: Claimer | undefined;
  #failedAt: number | undefined;
  #idle: (() => void)[] = [];
  /** Told what was stored, and how many jobs were claimed with it; undefined while nobody follows. */
  onStored: ((units: readonly Unit[], claimed: number) => void) | undefined = undefined;

  constructor(
    private readonly store: Store,
    private readonly logger: Logger,
    /** Told of each batch that is committed. */
    private readonly observer?: WorkObserver,
  ) {}

  /** Epoch ms of the store's clock; undefined while it answers. */
  get failedAt(): number | undefined {
    return this.#failedAt;
  }

  /** How many units wait for a batch. */
  get queued(): number {
    return this.#waiting.length;
  }

  serve(claimer: Claimer | undefined): void {
    this.#claimer = claimer;
  }

  /** Resolves after the commit. @throws inbox/unavailable; nothing of the unit is stored then, or it is not known */
  submit(unit: Unit, urgency: Urgency = 'ordinary'): Promise<UnitResult> {
    const bytes = weightOf(unit);
    if (this.#isFull(bytes, urgency)) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ unit, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.poke();
    });
  }

  /** Something may be to claim: a batch is formed in this turn even if nothing is submitted. */
  poke(): void {
    if (this.#isDue || this.#inFlight >= this.store.parallel) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#fill();
    });
  }

  /** Resolves once nothing waits and nothing is in flight. */
  async flushed(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isFull(bytes: number, urgency: Urgency): boolean {
    if (urgency === 'must') return false;
    if (urgency === 'spare')
      return this.#waiting.length >= SPARE_UNITS || this.#waitingBytes + bytes > SPARE_BYTES;
    return this.#waiting.length >= WAITING_UNITS || this.#waitingBytes + bytes > WAITING_BYTES;
  }

  #fill(): void {
    while (this.#inFlight < this.store.parallel && this.#flush());
    this.#tellIdle();
  }

  /** Sends one batch off; false when there is nothing to send. */
  #flush(): boolean {
    const taken = this.#take();
    const claimer = this.#claimer;
    if (claimer !== undefined) for (const { unit } of taken) if (unit.wakes) claimer.wake(unit.wakes);
    const claim = claimer?.wants();
    if (taken.length === 0 && claim === undefined) return false;
    this.#inFlight += 1;
    void this.#send(taken, claimer, claim);
    return true;
  }

  #take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { bytes: more } of this.#waiting) {
      if (count === BATCH_UNITS || (count > 0 && bytes + more > BATCH_BYTES)) break;
      count += 1;
      bytes += more;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #send(
    taken: readonly Waiting[],
    claimer: Claimer | undefined,
    claim: ClaimOperation | undefined,
  ): Promise<void> {
    const units = taken.map(({ unit }) => unit);
    let claimed: readonly ClaimedJob[] = [];
    let failure: Error | undefined;
    try {
      const startedAt = this.observer === undefined ? 0 : performance.now();
      const result = await this.store.commit(assemble(units, claim));
      this.observer?.committed(performance.now() - startedAt, newReceipts(result));
      claimed = result.claimed;
      this.#recovered();
      this.onStored?.(units, claimed.length);
      share(units, result).forEach((part, index) => taken[index]?.resolve(part));
    } catch (thrown) {
      failure = toError(thrown);
      await this.#failed(taken, failure);
    }
    this.#inFlight -= 1;
    if (claim !== undefined) claimer?.claimed(claim, claimed, failure);
    // The next turn on SQLite, whose commits block: requests get their turn between two. At once otherwise.
    if (this.store.parallel === 1) this.poke();
    else this.#fill();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#waiting.length > 0 || this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #failed(taken: readonly Waiting[], error: Error): Promise<void> {
    const isFault = isFaultOfOperation(error);
    if (!isFault) this.#lost(error);
    if (!isFault || taken.length === 1) {
      if (isFault) this.logger.error(`the inbox cannot store one operation: ${reasonOf(error)}`);
      for (const { reject } of taken) reject(unavailable(error));
      return;
    }
    for (const one of taken)
      try {
        const result = await this.store.commit(assemble([one.unit], undefined));
        this.onStored?.([one.unit], 0);
        one.resolve(share([one.unit], result)[0] as UnitResult);
      } catch (thrown) {
        await this.#failed([one], toError(thrown));
      }
  }

  #lost(error: Error): void {
    if (this.#failedAt === undefined)
      this.logger.error(
        `the inbox cannot store anything: ${reasonOf(error)}; senders are asked to come again`,
      );
    this.#failedAt = this.store.now();
  }
  #recovered(): void {
    if (this.#failedAt === undefined) return;
    this.#failedAt = undefined;
    this.logger.info('the inbox stores again');
  }
}

function newReceipts({ accepts }: BatchResult): number {
  let count = 0;
  for (const { kind } of accepts) if (kind === 'stored') count += 1;
  return count;
}

function unavailable(error?: Error): HostError {
  if (error instanceof HostError && error.code === 'inbox/unavailable') return error;
  return new HostError('inbox/unavailable', [], { cause: error, headers: { 'retry-after': '5' } });
}

/** The database's own words; it never repeats its address or password. */
function reasonOf(error: Error): string {
  return toError(error.cause ?? error).message;
}

const FAULTY = /^(SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE|ERROR)|(22|23|42|54)[0-9A-Z]{3}$)/;

/** True when the database blames what it was asked and not itself: a constraint, a type, a statement. */
export function isFaultOfOperation(thrown: unknown): boolean {
  const error = toError(thrown);
  const cause = toError(error.cause ?? error) as Error & { code?: unknown };
  if (cause.name === 'TypeError' || cause.name === 'RangeError') return true;
  return typeof cause.code === 'string' && FAULTY.test(cause.code);
}
