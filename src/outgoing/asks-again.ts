import { retryDelayMs, type Retry } from '../core/retry';

/** Statuses that ask to come again (RFC 9110 §15.6, RFC 6585 §4). */
const COME_AGAIN: readonly number[] = [429, 502, 503, 504];
const BACKOFF: Retry['backoff'] = { firstMs: 250, factor: 2, maxMs: 5_000 };

export function asksAgain(status: number): boolean {
  return COME_AGAIN.includes(status);
}

/** Before the attempt after `attempt` (1 is the first). */
export function backoffMs(attempt: number): number {
  return retryDelayMs({ attempts: attempt + 1, backoff: BACKOFF }, attempt, Math.random()) ?? 0;
}
