/**
 * A job's life:
 *
 *   later ──due──▶ ready ──claim──▶ running ──▶ succeeded
 *     ▲                ▲               │ ├────▶ dead        (no attempts left, GiveUp)
 *     │                │               │ ├────▶ poisoned    (took its process down K times; holds its lane)
 *     └──retry─────────┼───────────────┤ └────▶ cancelled
 *                      └─interrupted───┤        (released by a graceful stop, or its lease ran out)
 *   waiting ◀──waitFor─────────────────┘ ──signal or timeout──▶ ready
 *
 * dead, poisoned and cancelled go back to ready by an operator's retry; nothing else leaves them. Dropping deletes.
 */
export const jobStates = [
  'later',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'dead',
  'poisoned',
  'cancelled',
] as const;
export type JobState = (typeof jobStates)[number];

/** Stored as a number: the hot indexes stay small. */
export const STATE: { readonly [K in JobState]: number } = {
  later: 0,
  ready: 1,
  running: 2,
  waiting: 3,
  succeeded: 4,
  dead: 5,
  poisoned: 6,
  cancelled: 7,
};
/** What a lane waits for: everything up to `running` and `waiting`, and what is poisoned. */
export const UNFINISHED: readonly number[] = [STATE.later, STATE.ready, STATE.running, STATE.waiting];

export type AttemptOutcome =
  'succeeded' | 'failed' | 'gave-up' | 'timed-out' | 'interrupted' | 'crashed' | 'waiting' | 'cancelled';
