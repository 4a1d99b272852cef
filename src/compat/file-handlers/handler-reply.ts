import type { EarlyAnswer } from '../../core/exchange';
import { isReply, reply, type ReplyHeaders } from '../../core/reply';

const TEXT = 'text/plain; charset=utf-8';

/**
 * What a handler returned, as endpoints answer it: an object with a numeric `status` is `{ status, body, headers }`, anything
 * else, a text too, is the body itself, sent as JSON. The text of `{ status, body }` is sent as such, unless its headers say what it is.
 * @throws RangeError for a status that is none
 */
export function toHandlerReply(value: unknown): unknown {
  if (isReply(value) || !isAnswer(value)) return value;
  const { status, body, headers } = toAnswer(value);
  return reply(status, body, headers);
}

/** What a handler gave to `respond`. */
export function toEarlyAnswer(value: unknown): EarlyAnswer {
  if (typeof value !== 'object' || value === null) return { body: value };
  return isAnswer(value) ? toAnswer(value) : toAnswer({ status: 200, ...value });
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Answer>).status === 'number';
}

function toAnswer({ status, body, headers }: Answer): {
  status: number;
  body: unknown;
  headers: ReplyHeaders;
} {
  const lines = Object.entries(headers ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const sent: Record<string, string | readonly string[]> = Object.fromEntries(
    lines.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
  const isTyped = lines.some(([name]) => name.toLowerCase() === 'content-type');
  if (typeof body === 'string' && !isTyped) sent['content-type'] = TEXT;
  return { status, body, headers: sent };
}
