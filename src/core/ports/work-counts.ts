/** What waits to be worked, in the whole store. Counts stop at 100,000: whoever has that many does not need the rest. */
export interface WorkCounts {
  readonly ready: number;
  readonly running: number;
  /** Dead letters, those that took their process down among them. */
  readonly dead: number;
  readonly waiting: number;
  /** When the oldest job that may run was due, epoch ms; undefined where none is. */
  readonly oldestDueAt: number | undefined;
}

/** Found by indexes alone: it costs the same however much was stored, and is never in the way of a commit. */
export interface WorkCounter {
  /** @throws inbox/unavailable */
  counts(): Promise<WorkCounts>;
  /** How many of the refused requests that are kept came at or after `since`, epoch ms. @throws inbox/unavailable */
  refusedSince(since: number): Promise<number>;
}
