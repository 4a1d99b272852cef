import type { OutgoingAnswer } from '../core/ports/outgoing';
import { retryDelayMs, type Retry } from '../core/retry';

/** Statuses that ask to come again (RFC 9110 §15.6, RFC 6585 §4). */
const COME_AGAIN: readonly number[] = [429, 502, 503, 504];
const BACKOFF: Retry['backoff'] = { firstMs: 250, factor: 2, maxMs: 5_000 };
const SECONDS = /^\d{1,9}$/;

export function asksAgain(status: number): boolean {
  return COME_AGAIN.includes(status);
}

/** Milliseconds that an answer asks to wait (RFC 9110 §10.2.3); undefined where it does not say. */
export function retryAfterMs({ headers }: Pick<OutgoingAnswer, 'headers'>, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Before the attempt after `attempt` (1 is the first). */
export function backoffMs(attempt: number): number {
  return retryDelayMs({ attempts: attempt + 1, backoff: BACKOFF }, attempt, Math.random()) ?? 0;
}
