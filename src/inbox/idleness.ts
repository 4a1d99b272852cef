import type { Clock, ClockFollower } from '../core/clock';
import type { Committer } from './committer';
import type { Leases } from './leases';
import type { Pauses } from './pauses';
import { look, type Sighting } from './poll';
import type { Roster } from './roster';
import type { Schedules } from './schedules';
import type { Store } from './store';
import type { Upkeep } from './upkeep';

export interface IdlenessParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly leases: Leases;
  readonly roster: Roster;
  readonly pauses: Pauses;
  readonly schedules: Schedules;
  readonly upkeep: Upkeep;
}

/**
 * Knows when there is nothing to do here: nothing due, ready or running. What sleeps (paused, of plugins that are not
 * live, until a time to come) does not count. By it a clock that is moved moves on from one time that something waits for to
 * the next.
 */
export class Idleness implements ClockFollower {
  #unfollow: (() => void) | undefined;
  #isWorking = false;

  constructor(private readonly parts: IdlenessParts) {}

  start(clock: Clock): void {
    this.#isWorking = true;
    this.#unfollow = clock.follow?.(this);
  }
  /** Whoever waits is let go. */
  stop(): void {
    this.#isWorking = false;
    this.#unfollow?.();
  }

  /** Resolves once it is so, or nothing is worked any more. @throws inbox/unavailable, the database's error */
  async reached(): Promise<void> {
    const { store, committer, leases, schedules, upkeep } = this.parts;
    while (this.#isWorking) {
      await schedules.look();
      upkeep.soon();
      await leases.emptied();
      await committer.flushed();
      const { taken } = leases;
      if (leases.size > 0) continue;
      const seen = await look(store);
      // What was claimed while it looked is in neither.
      if (taken === leases.taken && leases.size === 0 && !this.#hasWork(seen)) return;
    }
  }

  moved(): Promise<void> {
    return this.reached();
  }

  async nextDue(): Promise<number | undefined> {
    if (!this.#isWorking) return undefined;
    const { store, schedules } = this.parts;
    const earliest = Math.min((await look(store)).nextDue ?? Infinity, schedules.nextDue() ?? Infinity);
    return earliest === Infinity ? undefined : earliest;
  }

  #hasWork({ ready, isDue }: Sighting): boolean {
    const { roster, pauses } = this.parts;
    return (
      isDue ||
      ready.map((taskId) => roster.get(taskId)).some((task) => task !== undefined && !pauses.has(task))
    );
  }
}
