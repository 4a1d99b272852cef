import type { Clock, ClockFollower } from '../core/clock';

/** A clock that a test owns: it stands still until it is told to move. */
export interface FakeClock extends Clock {
  follow(follower: ClockFollower): () => void;
  /**
   * Lets `ms` milliseconds pass. Of a host's clock: it stops at each moment that something waits for (a schedule, a delayed
   * job, a retry), and goes on once nothing is ready or running any more. Resolves when the last of it is done.
   */
  advance(ms: number): Promise<void>;
  /**
   * Puts it to a moment at once, epoch milliseconds: a host finds that time has passed, as after a long sleep of its
   * machine. Resolves once what is due by then is done.
   */
  set(at: number): Promise<void>;
}

/**
 * A clock that stands at `at` (epoch milliseconds; default now), for `startHost`, `request`, `testChannel` and whatever
 * takes a clock. One may be given to several hosts.
 */
export function fakeClock(at: number = Date.now()): FakeClock {
  let moment = at;
  const followers = new Set<ClockFollower>();
  const catchUp = () => Promise.all([...followers].map((follower) => follower.moved()));
  const nextDue = async () => {
    const dues = await Promise.all([...followers].map((follower) => follower.nextDue()));
    return Math.min(...dues.map((due) => due ?? Infinity), Infinity);
  };
  const pass = async (until: number) => {
    // What is due already is of the time before.
    await catchUp();
    for (let due = await nextDue(); due < until; due = await nextDue()) {
      moment = Math.max(moment, due);
      await catchUp();
    }
    moment = Math.max(moment, until);
    await catchUp();
  };
  let passing: Promise<void> = Promise.resolve();
  // None of them needs `this`: handed on alone, as `now: clock.now`, they work too.
  return {
    now: () => moment,
    follow: (follower) => {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    advance: (ms) => {
      if (followers.size === 0) {
        moment = Math.max(moment, moment + ms);
        return Promise.resolve();
      }
      // One after the other: each begins where the one before ends.
      passing = passing.catch(() => undefined).then(() => pass(moment + ms));
      return passing;
    },
    set: async (to) => {
      moment = to;
      await catchUp();
    },
  };
}
