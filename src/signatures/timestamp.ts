import type { SignatureRow } from '../core/signature-row';
import type { RefusalReason } from '../core/signed-request';

type Time = NonNullable<SignatureRow['time']>;

/** No `parseInt`: it takes `1700000000abc`. */
const DIGITS = /^\d{1,16}$/;
/** RFC 3339 §5.6, its fraction at most nanoseconds. */
const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Why a signed moment is no good at `at` (epoch ms), or undefined. Both ends of the window belong to it. */
export function timestampIssue(text: string | undefined, time: Time, at: number): RefusalReason | undefined {
  if (text === undefined || text === '') return 'missing_timestamp';
  const moment = momentOf(text, time.unit);
  if (moment === undefined) return 'malformed_timestamp';
  if (moment < at - time.past * 1_000) return 'timestamp_too_old';
  if (moment > at + time.future * 1_000) return 'timestamp_too_new';
  return undefined;
}

/** Epoch ms. */
function momentOf(text: string, unit: Time['unit']): number | undefined {
  if (unit !== 'iso') {
    if (!DIGITS.test(text)) return undefined;
    return unit === 's' ? Number(text) * 1_000 : Number(text);
  }
  const [, seconds, fraction, zone] = DATE_TIME.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const moment = Date.parse(`${seconds}${(fraction ?? '').slice(0, 4)}${zone}`);
  return Number.isNaN(moment) ? undefined : moment;
}

/** `at` as the sender writes it. */
export function writeTimestamp(at: number, unit: Time['unit']): string {
  if (unit === 'iso') return new Date(at).toISOString();
  return String(unit === 's' ? Math.floor(at / 1_000) : at);
}
