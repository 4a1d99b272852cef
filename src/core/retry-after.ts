/** Some say fractions of seconds. */
const SECONDS = /^\d{1,9}(?:\.\d{1,9})?$/;

/**
 * Milliseconds that the header `Retry-After` asks to wait from `now` (epoch ms): seconds, or a date (RFC 9110 §10.2.3);
 * undefined where it says neither.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (SECONDS.test(text)) return Math.ceil(Number(text) * 1_000);
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
