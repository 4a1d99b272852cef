import { sql } from 'kysely';
import type { Logger } from 'winston';
import { isMoved, type Clock } from '../core/clock';
import { toError } from '../core/errors';
import type { Committer } from './committer';
import type { Pauses } from './pauses';
import { look } from './poll';
import type { Reaper } from './reaper';
import type { Roster } from './roster';
import { STATE } from './states';
import type { Command, Store } from './store';
import type { UnheardClaims } from './unheard-claims';
import type { Worker } from './worker';

export interface UpkeepParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly worker: Worker;
  readonly roster: Roster;
  readonly pauses: Pauses;
  readonly reaper: Reaper;
  readonly unheard: UnheardClaims;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs: number;
  readonly leaseMs: number;
}

/** Promoted in one commit. */
const AT_ONCE = 1_000;
/** Shorter timers than this are not worth the wakeup. */
const LEAST_MS = 5;

/**
 * Looks at the store each `pollMs`, and when a job is known to become due before: what is due becomes ready, what was
 * left is freed, what is ready is claimed. Hints make it faster; this alone would find everything.
 *
 * While the store is out of reach each look fails and nothing else happens; the first that succeeds lets the worker
 * claim again. Leases are judged only once everybody has had the time to extend theirs: this host may have been started
 * the moment the store came back.
 */
export class Upkeep {
  #timer: NodeJS.Timeout | undefined;
  #nextAt = Infinity;
  #isLooking = false;
  /** Asked for while it looked. */
  #isStale = false;
  #isClosed = true;
  /** The last look failed; said once. */
  #isBlind = false;
  #reachableSince: number | undefined;

  constructor(private readonly parts: UpkeepParts) {}

  start(): void {
    this.#isClosed = false;
    this.soon();
  }
  stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Looks in this turn or the next. */
  soon(): void {
    this.#arm(0);
  }
  /** A job will be due then: epoch ms of the store's clock. */
  expect(at: number): void {
    const { clock, store } = this.parts;
    // Whoever moves a clock says when.
    if (isMoved(clock)) return;
    const delayMs = at - store.now();
    if (delayMs > 0 && delayMs < this.parts.pollMs) this.#arm(delayMs);
  }

  #arm(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (this.#isClosed || this.#nextAt <= at) return;
    clearTimeout(this.#timer);
    this.#nextAt = at;
    this.#timer = setTimeout(() => void this.#look(), delayMs === 0 ? 0 : Math.max(delayMs, LEAST_MS));
  }

  async #look(): Promise<void> {
    this.#nextAt = Infinity;
    this.#isStale = this.#isLooking;
    if (this.#isLooking) return;
    this.#isLooking = true;
    let delayMs = this.parts.pollMs;
    try {
      delayMs = await this.#act();
      this.#isBlind = false;
    } catch (thrown) {
      this.#reachableSince = undefined;
      if (!this.#isBlind)
        this.parts.logger.warn(`the inbox cannot be looked at for work: ${toError(thrown).message}`);
      this.#isBlind = true;
    }
    this.#isLooking = false;
    this.#arm(this.#isStale ? 0 : delayMs);
  }

  /** How long until the next look. */
  async #act(): Promise<number> {
    const { store, worker, roster, pauses, reaper, unheard, committer, clock, pollMs, leaseMs } = this.parts;
    await roster.catchUp();
    const seen = await look(store);
    if (committer.failedAt !== undefined) this.#reachableSince = undefined;
    else this.#reachableSince ??= store.now();
    pauses.replace(seen.pauses);
    worker.found([...seen.ready, ...(await unheard.release())]);
    if (seen.isDue) await this.#promote();
    const isSettled = this.#reachableSince !== undefined && store.now() - this.#reachableSince >= leaseMs;
    if (seen.isLapsed && isSettled && (await reaper.reap(false)) > 0) return 0;
    if (committer.failedAt !== undefined) await committer.submit({ commands: [probe(store)] }, 'must');
    if (seen.isDue || seen.nextDue === undefined || isMoved(clock)) return pollMs;
    const untilDue = seen.nextDue - store.now();
    return Math.min(Math.max(untilDue, LEAST_MS), pollMs);
  }

  async #promote(): Promise<void> {
    const { store, committer, worker } = this.parts;
    const [result] = (await committer.submit({ commands: [promotion(store)] }, 'must')).commands;
    if (result?.ok !== true) return;
    const rows = result.results[0]?.rows as readonly { task_id: number | string }[];
    worker.found([...new Set(rows.map((row) => Number(row.task_id)))]);
    if (rows.length === AT_ONCE) this.soon();
  }
}

/** Something to write where nobody else has anything: only a commit shows that the store takes them again. */
function probe(store: Store): Command {
  const value = String(store.now());
  const statement = store.reader
    .insertInto('meta')
    .values({ name: 'reached', value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }));
  return { statements: [statement.compile()] };
}

/** What is due becomes ready: `later` jobs, and waits whose time is up. Two hosts do not wait for one another. */
function promotion(store: Store): Command {
  const asleep = sql`state in (${sql.lit(STATE.later)}, ${sql.lit(STATE.waiting)})`;
  const locked = store.kind === 'postgres' ? sql`for update skip locked` : sql``;
  const statement = sql`update job set state = ${sql.lit(STATE.ready)} where id in (
      select id from job where ${asleep} and run_at <= ${store.now()} order by run_at limit ${sql.lit(AT_ONCE)} ${locked})
    returning task_id`;
  return { statements: [statement.compile(store.reader)] };
}
