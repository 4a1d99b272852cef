import { validateHeaderName, validateHeaderValue } from 'node:http';
import { asksToComeAgain } from '../core/durable-answer';
import { HostError } from '../core/errors';
import type { EarlyAnswer } from '../core/exchange';
import type { StoredAnswer } from '../core/ports/inbox';
import { reply, toReply, type Reply, type ReplyHeaders } from '../core/reply';
import { FRAMING, toPayload } from './answer';

/** An answer that can be sent for certain, and what is stored of it. */
export interface RenderedAnswer {
  readonly reply: Reply;
  readonly stored: StoredAnswer;
}

/** A larger body is not kept for repetitions. */
const MOST_KEPT_BYTES = 1_048_576;
/** Never stored: what they hold is a credential. */
const UNKEPT = new Set(['set-cookie', 'set-cookie2', ...FRAMING]);

/** Stands on a repetition whose body was not kept: it must not pass for an empty one. */
const OMITTED = ['gatehouse-body', 'omitted'] as const;

/**
 * What a handler returned, with its body in bytes already: nothing can go wrong when it is sent. With `isRepeatable`,
 * headers and body are kept for repetitions too, `Set-Cookie` never. A stream, a file, and a body above 1 MiB, is not: its
 * repetition has no body and says `Gatehouse-Body: omitted`.
 * @throws endpoint/unserializable
 */
export function renderAnswer(value: unknown, isRepeatable: boolean): RenderedAnswer {
  const { status, body, headers } = toReply(value);
  if (status < 200)
    throw new HostError('endpoint/unserializable', [], { cause: `a final status of ${status}` });
  checkHeaders(headers);
  const payload = toPayload(body, headers);
  if (payload === undefined)
    return {
      reply: reply(status, undefined, headers),
      stored: stored(status, headers, undefined, isRepeatable),
    };
  const typed = payload.type === undefined ? headers : { ...headers, 'content-type': payload.type };
  if (!('bytes' in payload))
    return { reply: reply(status, body, headers), stored: stored(status, typed, 'omitted', isRepeatable) };
  const bytes = Buffer.from(payload.bytes as Uint8Array);
  const kept = bytes.length <= MOST_KEPT_BYTES ? bytes : 'omitted';
  return { reply: reply(status, bytes, typed), stored: stored(status, typed, kept, isRepeatable) };
}

/** The answer of `exchange.respond`, ready to be sent. @throws endpoint/unserializable, RangeError for a bad status */
export function earlyReply(answer: EarlyAnswer): Reply {
  const { status = 200, body, headers } = Object(answer) as EarlyAnswer;
  return renderAnswer(reply(status, body, headers), false).reply;
}

/** The same answer again. */
export function repeatedReply({ status, headers, body }: StoredAnswer, more: ReplyHeaders): Reply {
  const lines: Record<string, string[]> = {};
  for (const [name, line] of headers ?? []) (lines[name] ??= []).push(line);
  return reply(status, body, { ...lines, ...more });
}

function stored(
  status: number,
  headers: ReplyHeaders,
  body: Buffer | 'omitted' | undefined,
  isRepeatable: boolean,
): StoredAnswer {
  if (!isRepeatable || asksToComeAgain(status)) return { status };
  const lines = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    UNKEPT.has(name.toLowerCase()) ? [] : [value].flat().map((line) => [name.toLowerCase(), String(line)]),
  );
  if (body === undefined) return { status, headers: lines };
  if (body !== 'omitted') return { status, headers: lines, body };
  // Its type, coding and the like are those of what is not there.
  return { status, headers: [...lines.filter(([name]) => !name.startsWith('content-')), OMITTED] };
}

/** @throws endpoint/unserializable for a header that HTTP cannot carry */
function checkHeaders(headers: ReplyHeaders): void {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      for (const line of [value].flat()) validateHeaderValue(name, line as string);
    }
  } catch (cause) {
    throw new HostError('endpoint/unserializable', [], { cause });
  }
}
