import { isHostError, toError } from '../../core/errors';
import type { OutgoingAnswer, OutgoingHttp } from '../../core/ports/outgoing';
import { retryAfterMs } from '../../core/retry-after';
import type { Adapter, AdapterRequest, ChannelSetup, OutgoingMessage } from './adapter';

/** How one attempt to send a message ended. */
export type Posted =
  | { readonly kind: 'sent' }
  /** The other side says when it takes more: no fault of the message. */
  | { readonly kind: 'busy'; readonly waitMs: number; readonly why: string }
  | { readonly kind: 'failed'; readonly waitMs: number | undefined; readonly why: string }
  /** The same request would be refused again. */
  | { readonly kind: 'refused'; readonly why: string };

/** Of one request, with a file of 20 MiB in it; and of one without. */
export const POST_MS = 60_000;
const SMALL_POST_MS = 20_000;
const SMALL_BYTES = 1_048_576;
const ANSWER_BYTES = 4 * 1024 ** 2;
const MOST_WAIT_MS = 86_400_000;
/** Of what the other side says about itself. */
const NOTE_CHARACTERS = 200;
/** Shorter parts of an address are words, such as `services`. */
const PIECE_CHARACTERS = 9;
/** Below 500, and none the less to be tried again (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4). */
const TRANSIENT: readonly number[] = [408, 425, 429];
const TOO_MANY = 429;

/** Sends one message by one request. Never rejects but by what `signal` aborts with. */
export async function post(
  http: Pick<OutgoingHttp, 'request'>,
  adapter: Adapter,
  compose: NonNullable<Adapter['compose']>,
  message: OutgoingMessage,
  setup: ChannelSetup,
  signal: AbortSignal,
): Promise<Posted> {
  try {
    const answer = await send(http, await compose(message, setup), signal);
    return judge(adapter, answer, setup.credential);
  } catch (thrown) {
    signal.throwIfAborted();
    const why = redacted(toError(thrown).message, setup.credential).replace(/\.$/, '');
    const isRefused =
      isHostError(thrown) &&
      (thrown.code.startsWith('outgoing/refused') ||
        thrown.code === 'outgoing/bad-request' ||
        thrown.code === 'channel/bad-settings');
    return isRefused ? { kind: 'refused', why } : { kind: 'failed', waitMs: undefined, why };
  }
}

function send(
  http: Pick<OutgoingHttp, 'request'>,
  { url, headers, body }: AdapterRequest,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  return http.request(url, {
    ...{ method: 'POST', headers, body, signal },
    ...{
      timeoutMs: body.length > SMALL_BYTES ? POST_MS : SMALL_POST_MS,
      maxBytes: ANSWER_BYTES,
      retries: 0,
      redirect: 'manual',
    },
  });
}

function judge(adapter: Adapter, answer: OutgoingAnswer, credential: string): Posted {
  if (answer.ok) return { kind: 'sent' };
  const { status } = answer;
  const note = noteOf(answer, credential);
  const why = `${adapter.name} answered ${status}${note === '' ? '' : ` (${note})`}`;
  if (status < 500 && !TRANSIENT.includes(status)) return { kind: 'refused', why };
  const asked = retryAfterMs(answer.headers.get('retry-after'), Date.now()) ?? adapter.waitMsOf?.(answer);
  const waitMs = asked === undefined ? undefined : Math.min(asked, MOST_WAIT_MS);
  return status === TOO_MANY && waitMs !== undefined
    ? { kind: 'busy', waitMs, why }
    : { kind: 'failed', waitMs, why };
}

/** The first line of what it says. */
function noteOf(answer: OutgoingAnswer, credential: string): string {
  const text = answer.raw.subarray(0, 4 * NOTE_CHARACTERS).toString('utf8');

  const plain = redacted(text, credential).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return plain.trim().slice(0, NOTE_CHARACTERS);
}

/** Without the credential, nor the parts of an address that are secret: all behind its host. */
function redacted(text: string, credential: string): string {
  const url = URL.canParse(credential) ? new URL(credential) : undefined;
  const secret = url === undefined ? credential : url.pathname + url.search + url.hash;
  return [credential, ...secret.split(/[/?&=:]/)]
    .filter((piece) => piece.length >= PIECE_CHARACTERS)
    .reduce((rest, piece) => rest.replaceAll(piece, '***'), text);
}
