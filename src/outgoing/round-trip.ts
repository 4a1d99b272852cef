import type { Dispatcher } from 'undici';
import { HostError, isHostError, toError } from '../core/errors';
import type { OutgoingAnswer } from '../core/ports/outgoing';
import { createAnswer, type HeaderLines } from './answer';
import { whereOf } from './destination';
import type { OutgoingCall } from './outgoing-call';
import { ACCEPT_ENCODING, isPlain, readResponseBody } from './response-body';

/** One request on its way, of a call and its redirects. */
export type Hop = Pick<OutgoingCall, 'method' | 'url' | 'headers' | 'body'>;

export interface RoundTripOptions {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Whether the body of an answer with this status is kept; it is let go of otherwise. */
  readonly wantsBody: (status: number) => boolean;
}

const NO_BODY: readonly number[] = [204, 205, 304];

/**
 * Sends one request and reads its answer.
 * @throws outgoing/unreachable, outgoing/too-large, outgoing/bad-answer, what the guard refuses, the signal's reason
 */
export async function roundTrip(hop: Hop, options: RoundTripOptions): Promise<OutgoingAnswer> {
  const where = whereOf(hop.method, hop.url);
  const { signal } = options;
  try {
    return await exchange(where, hop, options);
  } catch (thrown) {
    // What the connection says of an end that was ours is not the reason.
    signal.throwIfAborted();
    const refused = [thrown, toError(thrown).cause].find(isHostError);
    if (refused !== undefined) throw refused;
    throw new HostError('outgoing/unreachable', [where, reasonOf(thrown)], { cause: thrown });
  }
}

async function exchange(
  where: string,
  { method, url, headers, body }: Hop,
  { dispatcher, signal, maxBytes, wantsBody }: RoundTripOptions,
): Promise<OutgoingAnswer> {
  const response = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: { 'user-agent': 'gatehouse', accept: '*/*', 'accept-encoding': ACCEPT_ENCODING, ...headers },
    body: body ?? null,
    signal,
    // The signal is the one that tells the time.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const { statusCode: status } = response;
  const answer = (lines: HeaderLines, raw: Buffer) =>
    createAnswer(where, { status, url, headers: lines, raw });
  const lines: HeaderLines = response.headers;
  const encoding = [lines['content-encoding'] ?? []].flat().join(',');
  try {
    if (method === 'HEAD' || NO_BODY.includes(status)) {
      // There is none, but its end has to be read for the connection to be used again.
      await response.body.dump({ limit: 0, signal });
      return answer(lines, Buffer.alloc(0));
    }
    if (!wantsBody(status)) return answer(lines, Buffer.alloc(0));
    const raw = await readResponseBody(where, response.body, encoding, maxBytes);
    return answer(isPlain(encoding) ? lines : withoutCoding(lines), raw);
  } finally {
    // What was not read to its end takes the connection with it.
    response.body.once('error', () => undefined).destroy();
  }
}

/** They speak of the body as it came, not of the one that is handed on. */
function withoutCoding(lines: HeaderLines): HeaderLines {
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = lines;
  return rest;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up just now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came to stand in time',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
};

/** By code alone: messages of the system name addresses. */
function reasonOf(thrown: unknown): string {
  const code = String((toError(thrown) as NodeJS.ErrnoException).code ?? 'no code');
  return Object.hasOwn(REASONS, code) ? (REASONS[code] as string) : code;
}
