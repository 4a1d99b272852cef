import { sql } from 'kysely';
import { Conflict } from '../core/job';
import type { WorkObserver } from '../core/ports/work-observer';
import type { Attempt, Ending } from './attempt';
import { isFaultOfOperation, type Committer } from './committer';
import { firstLine } from './failure-text';
import type { Leases } from './leases';
import { NO_EFFECTS, settlementOf, type Effects } from './settlement';
import { STATE } from './states';
import type { ClaimedJob, Settlement, SettleResult, Store } from './store';
import { rewake } from './waits';

export interface SettlerParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly leases: Leases;
  /** A job will be due then: epoch ms. */
  readonly expect: (at: number) => void;
  /** Told of each attempt that is settled. */
  readonly observer?: WorkObserver | undefined;
}

/** Between two tries while the store is out of reach. */
const AGAIN_MS = 500;

/**
 * Commits how attempts ended. A settlement that cannot be stored is tried until it is, or until the lease is lost: the
 * job stays held meanwhile, so that it is not run twice for want of one commit.
 */
export class Settler {
  #isClosed = false;

  constructor(private readonly parts: SettlerParts) {}

  /** Whoever waits for a store that does not come back is let go. */
  close(): void {
    this.#isClosed = true;
  }

  /** True when it is committed; false when the lease was lost. Never rejects. */
  async settle(attempt: Attempt, ending: Ending): Promise<boolean> {
    try {
      return await this.#settle(attempt, ending);
    } finally {
      attempt.trace?.ended({ outcome: 'lost', isPartial: true, thrown: undefined });
      this.parts.leases.release(attempt);
    }
  }

  /** Claimed jobs that this process does not run after all: as if they had not been claimed. Never rejects. */
  async putBack(jobs: readonly ClaimedJob[], delayMs: number): Promise<void> {
    const { store, committer, expect } = this.parts;
    const runAt = store.now() + delayMs;
    const commands = jobs.map(({ id, ticket }) => {
      const state = delayMs > 0 ? STATE.later : STATE.ready;
      const statement = sql`update job set state = ${state}, run_at = ${runAt}, ticket = null, lease_until = null
        where id = ${id} and ticket = ${ticket} and state = ${sql.lit(STATE.running)}`;
      return { statements: [statement.compile(store.reader)] };
    });
    // Not stored: their leases run out.
    await committer.submit({ commands }, 'must').catch(() => undefined);
    expect(runAt);
  }

  async #settle(attempt: Attempt, ending: Ending): Promise<boolean> {
    let now: Ending = ending;
    while (!this.#isClosed) {
      try {
        const result = await this.#commit(attempt, now);
        if (result.kind !== 'conflict') return this.#done(attempt, result);
        now = { kind: 'threw', thrown: new Conflict(result.message) };
      } catch (thrown) {
        if (!isFaultOfOperation(thrown)) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        // What it writes is what cannot be stored: that fails the attempt. Not even that: its lease runs out.
        else if (now.kind === 'returned') now = { kind: 'threw', thrown };
        else return false;
      }
    }
    return false;
  }

  async #commit(attempt: Attempt, ending: Ending): Promise<SettleResult> {
    const { store, committer, expect } = this.parts;
    const { source, workable, job } = attempt;
    const isPlain = ending.kind !== 'returned' || source === undefined || source.isPlain;
    const effects: Effects = isPlain ? NO_EFFECTS : await source.effects();
    const settlement = settlementOf(attempt, ending, { now: store.now(), random: Math.random(), effects });
    if (settlement === undefined) return { kind: 'lost' };
    const { next, error } = settlement;
    const wakes = effects.enqueues.map(({ taskId }) => taskId);
    if (job.lane !== undefined || next.state === 'ready') wakes.push(workable.taskId);
    const { settles } = await committer.submit(
      {
        settles: [settlement],
        ...(attempt.answer === undefined ? {} : { answers: [attempt.answer] }),
        ...(next.state === 'waiting' ? { commands: [rewake(store, job.id, next.awaited)] } : {}),
        wakes: next.state === 'waiting' ? [...wakes, workable.taskId] : wakes,
      },
      'must',
    );
    const result: SettleResult = settles[0] ?? { kind: 'lost' };
    if (result.kind === 'settled') {
      this.#tell(attempt, settlement);
      attempt.trace?.ended({
        outcome: settlement.outcome,
        isPartial: next.state === 'waiting' || ('counts' in next && !next.counts),
        thrown: ending.kind === 'threw' ? ending.thrown : undefined,
      });
      if (next.state === 'later') expect(next.runAt);
      else if (next.state === 'waiting') expect(next.until);
      for (const { runAt } of effects.enqueues) expect(runAt);
      if (error !== undefined) this.#report(attempt, settlement);
    }
    return result;
  }

  #tell({ workable, job }: Attempt, { outcome, next, at, startedAt }: Settlement): void {
    this.parts.observer?.settled({
      ...{ plugin: workable.name.plugin, name: workable.name.name, lane: job.lane, outcome },
      isDead: next.state === 'dead',
      ms: Math.max(0, at - startedAt),
    });
  }

  #done(attempt: Attempt, result: SettleResult): boolean {
    if (result.kind === 'settled') return true;
    const { name, live } = attempt.workable;
    live.logger.warn(`job ${attempt.job.publicId} of ${name.name} lost its lease; what it did is not kept`);
    return false;
  }

  #report(attempt: Attempt, { next, outcome, error = '' }: Settlement): void {
    const { name, live } = attempt.workable;
    const { publicId, attempt: count } = attempt.job;
    const what = `job ${publicId} of ${name.name}, attempt ${count}, ${outcome}: ${firstLine(error)}`;
    const [, ...frames] = error.split('\n');
    if (next.state === 'dead')
      live.logger.error(`${what}; it is a dead letter now`, { stack: frames.join('\n') });
    else live.logger.warn(what, { stack: frames.join('\n') });
  }
}
