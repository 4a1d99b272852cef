/**
 * When a failed job is tried again. Delays: a list (its last entry repeats) or exponential from `firstMs` by `factor`
 * up to `maxMs`. Each is spread by ±20 % so that what failed together does not come back together.
 */
export interface Retry {
  /** How often in all, the first time included. */
  readonly attempts: number;
  readonly backoff: Backoff;
}
export type Backoff =
  readonly number[] | { readonly firstMs: number; readonly factor: number; readonly maxMs: number };

/** Eight attempts over about a day: 10 s, 1 min, 5 min, 30 min, 2 h, 8 h, 14 h. */
export const STANDARD_RETRY: Retry = {
  attempts: 8,
  backoff: [10_000, 60_000, 300_000, 1_800_000, 7_200_000, 28_800_000, 50_400_000],
};
const SPREAD = 0.2;

/**
 * Milliseconds until the attempt after `attempt` (1 is the first); undefined when there is none.
 * `random` is in [0, 1).
 */
export function retryDelayMs(retry: Retry, attempt: number, random: number): number | undefined {
  if (attempt >= retry.attempts) return undefined;
  const { backoff } = retry;
  const delay =
    'firstMs' in backoff
      ? Math.min(backoff.maxMs, backoff.firstMs * backoff.factor ** (attempt - 1))
      : (backoff[Math.min(attempt, backoff.length) - 1] ?? 0);
  return Math.round(delay * (1 - SPREAD + 2 * SPREAD * random));
}
