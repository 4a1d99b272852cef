import { createHash } from 'node:crypto';
import { callFor } from '../core/actor';
import { toError } from '../core/errors';
import type { ReceiptDraft, StoredRequest } from '../core/ports/inbox';
import { isThenable } from './awaited';
import { NO_BYTES } from './body';
import type { LiveExchange } from './exchange';

/** The lane of requests whose own could not be told: still in order, and nothing is lost. */
const UNKEYED = '!unkeyed';
/** Longer keys are stored as their digest. */
const LONGEST_KEY = 200;

/**
 * The request as it is to be stored. `idempotencyKey` takes the place of the endpoint's own rule. A `lane` or `dedupe`
 * that throws or gives no text is no reason to refuse what was sent well: it is remarked upon.
 */
export function draftOf(exchange: LiveExchange, idempotencyKey: string | undefined): ReceiptDraft {
  const { endpoint } = exchange.target;
  const remarks: string[] = [];
  const lane = endpoint.lane === undefined ? undefined : (ask(exchange, 'lane', remarks) ?? UNKEYED);
  return {
    request: storedRequest(exchange, exchange.bytes),
    endpoint,
    plugin: exchange.key,
    sharedWith: exchange.keeping?.sharedWith ?? [],
    dedupe: dedupeOf(exchange, idempotencyKey, remarks),
    lane,
    remarks,
  };
}

/**
 * The sender's own key, then what the author says, then what was signed: nobody can forge that. One delivery sent to two
 * addresses of one pattern is two: what stands in the path tells them apart.
 */
function dedupeOf(
  exchange: LiveExchange,
  idempotencyKey: string | undefined,
  remarks: string[],
): ReceiptDraft['dedupe'] {
  const { endpoint, guard, windowMs } = exchange.target;
  if (idempotencyKey !== undefined) return { key: idempotencyKey, windowMs };
  if (endpoint.dedupe !== undefined) {
    const key = ask(exchange, 'dedupe', remarks);
    return key === undefined ? undefined : { key, windowMs };
  }
  const { dedupeKey, verified } = exchange.keeping?.passed ?? {};
  if (dedupeKey === undefined) return undefined;
  const { params } = exchange;
  const place = Object.keys(params).length === 0 ? '' : `:${JSON.stringify(params)}`;
  const key = `delivery:${verified?.scheme ?? ''}:${dedupeKey}${place}`;
  return {
    key: key.length <= LONGEST_KEY ? key : `delivery:${digestOf(key)}`,
    windowMs: guard?.dedupeWindowMs ?? windowMs,
  };
}

/** A request that was answered already, as it is to be recorded. */
export function recordOf(exchange: LiveExchange, remarks: readonly string[]): ReceiptDraft {
  const { target, key: plugin, bytes } = exchange;
  const isPartial = bytes === undefined;
  return {
    request: storedRequest(exchange, bytes),
    endpoint: target.endpoint,
    plugin,
    sharedWith: exchange.keeping?.sharedWith ?? [],
    dedupe: undefined,
    lane: undefined,
    remarks: isPartial ? [...remarks, 'the body was not kept: it was never in memory as a whole'] : remarks,
  };
}

/** SHA-256 of the body, base64url: what tells two requests under one key apart. */
export function bodyDigestOf(exchange: LiveExchange): string {
  return createHash('sha256').update(exchange.raw).digest('base64url');
}

function storedRequest(exchange: LiveExchange, bytes: Buffer | undefined): StoredRequest {
  const { method, url, baseUrl, path, params, headerLines, requestId, verified, keeping, receivedAt } =
    exchange;
  return {
    receivedAt,
    method,
    target: url,
    baseUrl,
    path,
    params,
    headers: headerLines,
    ip: keeping?.ip ?? exchange.ip,
    requestId,
    verified,
    body: bytes ?? NO_BYTES,
  };
}

/** Asks the author's function for a key. */
function ask(exchange: LiveExchange, what: 'lane' | 'dedupe', remarks: string[]): string | undefined {
  const { lane, dedupe } = exchange.target.endpoint;
  let given: unknown;
  try {
    given = callFor(exchange.live.actor, () => (what === 'lane' ? lane?.(exchange) : dedupe?.key(exchange)));
  } catch (thrown) {
    remarks.push(`${what} threw: ${messageIn(thrown)}`);
    return undefined;
  }
  if (typeof given === 'string' && given !== '') return given.length <= LONGEST_KEY ? given : digestOf(given);
  // No key is what a dedupe rule may say; a lane has none to leave out.
  if (what === 'dedupe' && given === undefined) return undefined;
  quieten(given);
  remarks.push(`${what} gave ${given === '' ? 'an empty text' : typeof given}, not a text`);
  return undefined;
}

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('base64url')}`;
const messageIn = (thrown: unknown) => toError(thrown).message.slice(0, 200);

/** An async function gave a promise: it is refused here, and must not be unhandled as well. */
function quieten(given: unknown): void {
  if (isThenable(given)) Promise.resolve(given).catch(() => undefined);
}
