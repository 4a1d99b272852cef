import { setMaxListeners } from 'node:events';
import type { Logger } from 'winston';
import { actorNamed, callFor, type Actor } from './actor';
import type { Awaitable } from './exchange';
import { toError } from './errors';
import type { Mount } from './mount';
import { Scope, type Disposal, type RetireReason } from './scope';

/**
 * What holds a lease: told when the generation begins to retire, so that endless answers can end. Holders are linked
 * to one another, so that taking and giving back a lease touches no memory of the mount but its first holder: with
 * thousands of plugins, each further object is a cache miss on each request.
 */
export interface LeaseHolder {
  /** Owned by the mount, like `nextHolder`; undefined at first. */
  previousHolder: LeaseHolder | undefined;
  nextHolder: LeaseHolder | undefined;
  retiring(reason: RetireReason): void;
  /** The drain deadline passed: end now. */
  expired(): void;
}

export interface RetireReport {
  /** Requests and background works that were still open at the deadline. */
  readonly overdue: number;
  readonly failures: readonly Disposal[];
}

/**
 * One generation of a plugin that serves. States: live → retiring (no new traffic; streams say goodbye; leases and
 * background work drain) → disposed (scope closed). A generation never goes back.
 */
export class LiveMount {
  #firstHolder: LeaseHolder | undefined = undefined;
  readonly #works = new Set<Promise<void>>();
  readonly #retire = new AbortController();
  #started = 0;
  #drained: (() => void) | undefined = undefined;
  #retired: Promise<RetireReport> | undefined = undefined;
  #reason: RetireReason | undefined = undefined;

  constructor(
    readonly mount: Mount,
    readonly generation: number,
    readonly scope: Scope,
    readonly logger: Logger,
    /** Rewrites the positions of a stack to the plugin's own sources. */
    readonly mapStack: (stack: string) => string,
    /** Whose code serves. */
    readonly actor: Actor = actorNamed(mount.key),
  ) {
    // Every open answer may listen: many are no leak.
    setMaxListeners(0, this.#retire.signal);
  }

  /** Aborts when the generation begins to retire. */
  get signal(): AbortSignal {
    return this.#retire.signal;
  }
  /** Why it retires; undefined while it is live. */
  get retireReason(): RetireReason | undefined {
    return this.#reason;
  }
  get leases(): number {
    return this.#holders().length;
  }
  get works(): number {
    return this.#works.size;
  }

  enter(holder: LeaseHolder): void {
    const first = this.#firstHolder;
    holder.nextHolder = first;
    if (first !== undefined) first.previousHolder = holder;
    this.#firstHolder = holder;
  }
  /** A second time does nothing. */
  leave(holder: LeaseHolder): void {
    const { previousHolder, nextHolder } = holder;
    if (previousHolder !== undefined) previousHolder.nextHolder = nextHolder;
    else if (this.#firstHolder === holder) this.#firstHolder = nextHolder;
    if (nextHolder !== undefined) nextHolder.previousHolder = previousHolder;
    holder.previousHolder = holder.nextHolder = undefined;
    if (this.#drained !== undefined) this.#checkDrained();
  }

  /** Runs `work` detached but tracked; a failure is logged with the key. `ended` is called when it settled. */
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>, ended?: () => void): string {
    const id = `${this.mount.key}-${this.generation}-${(this.#started += 1).toString(36)}`;
    const run = async () => {
      try {
        await callFor(this.actor, work, this.#retire.signal);
      } catch (thrown) {
        const error = toError(thrown);
        this.logger.error(`background work ${id} failed: ${error.message}`, {
          stack: this.mapStack(error.stack ?? ''),
        });
      } finally {
        ended?.();
      }
    };
    const tracked: Promise<void> = run().finally(() => {
      this.#works.delete(tracked);
      if (this.#drained !== undefined) this.#checkDrained();
    });
    this.#works.add(tracked);
    return id;
  }

  /** Drains for at most `deadlineMs`, then closes the scope. Calling again returns the same promise. */
  retire(deadlineMs: number, reason: RetireReason): Promise<RetireReport> {
    this.#reason ??= reason;
    this.#retired ??= this.#wind(deadlineMs, reason);
    return this.#retired;
  }

  async #wind(deadlineMs: number, reason: RetireReason): Promise<RetireReport> {
    const why = new Error(`plugin ${this.mount.key} generation ${this.generation} retires: ${reason}`);
    callFor(this.actor, () => this.#retire.abort(why));
    for (const holder of this.#holders()) holder.retiring(reason);
    await this.#drain(deadlineMs);
    const overdue = this.#holders().length + this.#works.size;
    for (const holder of this.#holders()) holder.expired();
    return { overdue, failures: await this.scope.dispose(reason) };
  }

  #holders(): LeaseHolder[] {
    const holders: LeaseHolder[] = [];
    for (let holder = this.#firstHolder; holder !== undefined; holder = holder.nextHolder)
      holders.push(holder);
    return holders;
  }

  #drain(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#checkDrained();
    });
  }
  #checkDrained(): void {
    if (this.#firstHolder === undefined && this.#works.size === 0) this.#drained?.();
  }
}
