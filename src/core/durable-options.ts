import type { Answer, DedupeRule, Endpoint } from './declaration';
import type { Exchange } from './exchange';
import { aFunction, among, aText, count, flag, shaped, type Rule } from './option-issues';
import { STANDARD_RETRY, type Backoff, type Retry } from './retry';

/** When a failed job is tried again; what is left out is the host's: 8 attempts over about a day. */
export interface RetryOptions {
  /** How often in all, the first time included. */
  readonly attempts?: number | undefined;
  readonly backoff?: Backoff | undefined;
}

/**
 * What makes two requests the same one: a function (undefined: never a duplicate), or the header that carries the
 * sender's id. A key counts for its endpoint, and for 72 hours unless `windowMs` says otherwise.
 */
export type DedupeOption =
  | ((exchange: Exchange) => string | undefined)
  | { readonly key: (exchange: Exchange) => string | undefined; readonly windowMs?: number | undefined }
  | { readonly header: string; readonly windowMs?: number | undefined };

/** How a request is stored, answered and worked. */
export interface DurableOptions {
  /**
   * `'handler'` (default): run, then answer; nothing is promised. `'accept'`: stored, answered 202, run later.
   * `{ ackWithinMs }`: stored, run; the handler's own answer if it comes in time, else 202 and it carries on.
   */
  readonly answer?: Answer | undefined;
  /** Of a stored request whose handler throws. */
  readonly retry?: RetryOptions | undefined;
  /** Stored requests of one lane are worked one after the other. Synchronous; runs before the request is stored. */
  readonly lane?: ((exchange: Exchange) => string) | undefined;
  readonly dedupe?: DedupeOption | undefined;
}

const backoff: Rule = (value) => {
  if (Array.isArray(value))
    return value.length > 0 && value.every((delay) => isDelay(delay))
      ? undefined
      : 'must list delays in milliseconds';
  return shaped({ firstMs: delayMs, factor: aFactor, maxMs: delayMs })(value) ?? complete(value as object);
};
const isDelay = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const delayMs: Rule = (value) => (isDelay(value) ? undefined : 'must be a whole number of milliseconds');
const aFactor: Rule = (value) =>
  typeof value === 'number' && value >= 1 && value <= 1_000 ? undefined : 'must be a number from 1 to 1,000';
const complete = (value: object) =>
  ['firstMs', 'factor', 'maxMs'].every((name) => name in value)
    ? undefined
    : 'needs firstMs, factor and maxMs, or is a list of delays';

const answer: Rule = (value) =>
  typeof value === 'object' && value !== null
    ? (shaped({ ackWithinMs: count })(value) ?? ('ackWithinMs' in value ? undefined : 'needs ackWithinMs'))
    : among(['handler', 'accept'])(value)?.replace(/$/, ', or { ackWithinMs }');

const dedupe: Rule = (value) => {
  if (typeof value === 'function') return undefined;
  const issue = shaped({ key: aFunction, header: aText, windowMs: count })(value);
  if (issue !== undefined) return `${issue} (a function, { key, windowMs } or { header, windowMs })`;
  const named = Object(value) as object;
  return 'key' in named !== 'header' in named
    ? undefined
    : 'needs a key function or a header, one of the two';
};

/** Of a task, and of `retry`. */
export const RETRY_RULES = { attempts: count, backoff };
export const DURABLE_RULES = { answer, retry: shaped(RETRY_RULES), lane: aFunction, dedupe };
/** Of declared endpoints besides. */
export const ENDPOINT_DURABLE_RULES = {
  ...DURABLE_RULES,
  record: flag,
  idempotency: ((value) =>
    typeof value === 'boolean' ? undefined : shaped({ required: flag })(value)) as Rule,
  concurrency: count,
};

/** Options as an endpoint carries them; checked before. */
export function durableParts(
  options: DurableOptions,
): Pick<Endpoint, 'answer' | 'retry' | 'lane' | 'dedupe'> {
  return {
    answer: options.answer ?? 'handler',
    retry: toRetry(options.retry ?? {}),
    ...(options.lane !== undefined && { lane: options.lane }),
    ...(options.dedupe !== undefined && { dedupe: toDedupeRule(options.dedupe) }),
  };
}

export function toRetry({ attempts, backoff: delays }: RetryOptions): Retry {
  return { attempts: attempts ?? STANDARD_RETRY.attempts, backoff: delays ?? STANDARD_RETRY.backoff };
}

function toDedupeRule(option: DedupeOption): DedupeRule {
  if (typeof option === 'function') return { key: option };
  const window = option.windowMs === undefined ? {} : { windowMs: option.windowMs };
  if ('key' in option) return { key: (exchange) => option.key(exchange), ...window };
  const { header } = option;
  return { key: (exchange) => exchange.headers.get(header), ...window };
}
