import { verifyHmac } from '../core/by-hand';
import { HttpError } from '../core/http-error';

/** What `verifyAndParse` raises; a handler that does not catch it answers 401, whatever the reason was. */
export class WebhookSignatureVerificationError extends HttpError {
  constructor(reason: string) {
    super(401, 'The webhook could not be verified.');
    this.name = 'WebhookSignatureVerificationError';
    this.message = `The webhook could not be verified: ${reason}.`;
  }
}

/** Headers by name, each a value or the list of its values; names in any case. */
type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const SIGNATURE = 'x-extend-request-signature';
const TIMESTAMP = 'x-extend-request-timestamp';
const WINDOW_MS = 300_000;

/**
 * The event of a webhook of Extend: `v0:<timestamp>:<body>` must be signed with `signingSecret` (HMAC-SHA256, hex) at most
 * five minutes ago or ahead. `body` is the body as received, `headers` an object of headers or the exchange's own.
 * @throws WebhookSignatureVerificationError for anything that is not verified; HttpError 400 for what is, but is no JSON
 */
export function verifyAndParse<T = unknown>(
  body: string | Uint8Array,
  headers: HeaderValues | Iterable<readonly [string, string]>,
  signingSecret: string,
  now: () => number = Date.now,
): T {
  if (typeof signingSecret !== 'string' || signingSecret === '') refuse('there is no signing secret');
  if (typeof body !== 'string' && !ArrayBuffer.isView(body)) refuse('the body is not as it was received');
  const signature = onlyValue(headers, SIGNATURE);
  const timestamp = onlyValue(headers, TIMESTAMP);
  if (!/^\d{1,16}$/.test(timestamp)) refuse(`${TIMESTAMP} is no time`);
  if (Math.abs(Number(timestamp) * 1_000 - now()) > WINDOW_MS) refuse(`${TIMESTAMP} is not of now`);
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
  const message = Buffer.concat([Buffer.from(`v0:${timestamp}:`), bytes]);
  if (signature.length !== 64 || !verifyHmac('sha256', signingSecret, message, signature))
    refuse(`${SIGNATURE} is not that of this body`);
  try {
    return JSON.parse(bytes.toString()) as T;
  } catch (cause) {
    throw new HttpError(400, 'The webhook is no JSON.', {}, { cause });
  }
}

function onlyValue(headers: HeaderValues | Iterable<readonly [string, string]>, name: string): string {
  const found = entriesOf(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? value : []));
  const [value] = found;
  if (value === undefined || value === '') refuse(`${name} is missing`);
  if (found.length > 1) refuse(`${name} came more than once`);
  return value;
}

function entriesOf(
  headers: HeaderValues | Iterable<readonly [string, string]>,
): [string, readonly string[]][] {
  if (typeof headers !== 'object' || (headers as unknown) === null) return [];
  const isIterable = typeof (headers as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
  const entries = isIterable
    ? [...(headers as Iterable<readonly [string, string]>)]
    : Object.entries(headers as HeaderValues);
  return entries.map(([name, value]) => [
    String(name),
    value === undefined ? [] : [value].flat().map(String),
  ]);
}

function refuse(reason: string): never {
  throw new WebhookSignatureVerificationError(reason);
}
