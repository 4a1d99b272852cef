/** Time as a port, so that tests may own it. Epoch milliseconds. */
export interface Clock {
  now(): number;
  /**
   * Of a clock that stands until it is moved: whoever acts at given times is told of each move; answers what ends that. A
   * clock that has none runs by itself.
   */
  follow?(follower: ClockFollower): () => void;
}

/** Acts by a clock that is moved. */
export interface ClockFollower {
  /** When it will have something to do, epoch ms, after the clock's present; undefined while nothing waits for a time. */
  nextDue(): Promise<number | undefined>;
  /** The clock was moved: does what is due by now, and resolves once all of it is done. */
  moved(): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Whether a clock stands until it is moved: no timer of the machine tells what is due by it. */
export function isMoved(clock: Clock): boolean {
  return clock.follow !== undefined;
}
