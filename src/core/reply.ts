import type { Readable } from 'node:stream';
import { HostError } from './errors';

export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;
const BRAND = Symbol.for('gatehouse.reply');

/** An answer as a value. `body`: undefined (empty), Buffer, Readable, a file, events, or anything JSON can say. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ReplyHeaders;
}

/**
 * An answer with its own status. A string body is sent as it is when `headers` name a `content-type` that is
 * not JSON; everything else that is not bytes or a stream goes out as JSON.
 */
export function reply(status: number, body?: unknown, headers: ReplyHeaders = {}): Reply {
  if (!isStatus(status))
    throw new RangeError(`reply(${String(status)}): a status is an integer from 100 to 599`);
  return Object.assign(Object.create(null) as object, { [BRAND]: true, status, body, headers });
}

const REDIRECTS = [301, 302, 303, 307, 308];
/** RFC 3986 §2, and nothing else: a space or a line break would end the header, or begin another one. */
const URL_TEXT = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})+$/i;

/**
 * Sends the client to `url`, absolute or relative to the address asked for. An address that a caller chose leads wherever the
 * caller likes: compare it with those that are meant.
 * @throws endpoint/bad-redirect for what is no URL, RangeError for another status than 301, 302, 303, 307, 308
 */
export function redirect(url: string | URL, status = 302): Reply {
  if (!REDIRECTS.includes(status))
    throw new RangeError(`redirect(…, ${String(status)}): a status is one of ${REDIRECTS.join(', ')}`);
  const location = String(url);
  if (!URL_TEXT.test(location)) throw new HostError('endpoint/bad-redirect', []);
  const headers = { location, 'content-type': 'text/plain; charset=utf-8' };
  return reply(status, `See ${location}\n`, headers);
}

/** Answers with a page. What callers sent stands in it as they wrote it: escape it. */
export function html(text: string, status = 200): Reply {
  return reply(status, text, { 'content-type': 'text/html; charset=utf-8' });
}

/** True for what `reply()` made, in whatever copy of this module or realm; also asked of what plugins throw. */
export function isReply(value: unknown): value is Reply {
  // Written out, as it is asked of each answer: `hasBrand` has a symbol to look up that is another each time.
  try {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  } catch {
    return false;
  }
}

export function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599;
}

/** `[body, status]` as the old system's handlers return it; `body` must be an object unless `anyBody`. */
export function isStatusPair(value: unknown, anyBody = false): value is [unknown, number] {
  if (!Array.isArray(value) || value.length !== 2 || !isStatus(value[1])) return false;
  return anyBody || (typeof value[0] === 'object' && value[0] !== null);
}

/** What a handler returned, as a Reply: undefined is 204, a Reply itself, `[object, status]` a pair, else JSON 200. */
export function toReply(value: unknown): Reply {
  if (value === undefined) return reply(204);
  if (isReply(value)) return value;
  if (isStatusPair(value)) return reply(value[1], value[0]);
  return reply(200, value);
}

export function isReadable(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && typeof (value as Readable).pipe === 'function';
}
