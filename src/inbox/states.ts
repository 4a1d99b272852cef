import type { WorkState } from '../core/ports/inbox-desk';

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
export type JobState = WorkState;

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
/** Over, and of no more use: what is dead waits for an operator. */
export const DONE: readonly number[] = [STATE.succeeded, STATE.cancelled];
/** Still to be worked, or in the midst of it. */
export const UNFINISHED: readonly number[] = [STATE.later, STATE.ready, STATE.running, STATE.waiting];
/** What a lane waits for, as SQL; in the words of the index over lanes, which serves no others. */
export const HOLDS_LANE = `state IN (${[...UNFINISHED, STATE.poisoned].join(', ')})`;

export type AttemptOutcome =
  'succeeded' | 'failed' | 'gave-up' | 'timed-out' | 'interrupted' | 'crashed' | 'waiting' | 'cancelled';
