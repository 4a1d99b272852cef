import type { Clock } from '../core/clock';

/** A clock that a test owns: it stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Forward, by milliseconds. */
  advance(ms: number): void;
  /** To a moment, epoch milliseconds. */
  set(at: number): void;
}

/**
 * A clock that stands at `at` (epoch milliseconds; default now). It is for code that takes a clock and for the moment a
 * request is signed at; a host keeps the time of its machine.
 */
export function fakeClock(at: number = Date.now()): FakeClock {
  let moment = at;
  return {
    // Not a method that needs `this`: handed on alone, as `now: clock.now`, it works too.
    now: () => moment,
    advance: (ms) => {
      moment += ms;
    },
    set: (to) => {
      moment = to;
    },
  };
}
