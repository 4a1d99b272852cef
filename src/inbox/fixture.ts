import type { ReceiptDetail } from '../core/ports/inbox-desk';
import { Redaction, TooDeepError } from './redaction';

/** A stored request as a test sends it. */
export interface RequestFixture {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why there is no body where there was one. */
  readonly note?: string;
}

/** Of one connection: a test that sends it has one of its own. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade'],
  ...['expect', 'proxy-connection'],
]);

const TOO_DEEP = 'The body is left out: it is nested too deeply to be looked through for what is secret.';

/**
 * A receipt as a file for tests: its request as plain data (`RequestFixture`), credentials, signatures, cookies and what looks
 * like a key replaced. A body that is no text is left out, since nobody can tell what is in it. To an endpoint that is open it
 * is sent as it is, `fetch(host.url + path, { method, headers, body })`; to one that verifies its sender, signed anew:
 * `signed('github', { secret, body: fixture.body, headers: fixture.headers })` of `gatehouse/testing`.
 */
export function toFixture(receipt: ReceiptDetail): { readonly filename: string; readonly text: string } {
  const redaction = new Redaction();
  const headers: Record<string, string> = {};
  for (const [name, value] of receipt.headers) {
    const lower = name.toLowerCase();
    if (OF_CONNECTION.has(lower)) continue;
    const shown = lower === 'content-type' ? value : redaction.header(lower, value);
    const before = Object.hasOwn(headers, lower) ? `${headers[lower] ?? ''}, ` : '';
    // Not assigned: a header may be called `__proto__`.
    Object.defineProperty(headers, lower, { value: before + shown, enumerable: true, configurable: true });
  }
  const fixture: RequestFixture = {
    method: receipt.method,
    path: redaction.target(receipt.target),
    headers,
    ...bodyOf(receipt, headers['content-type'] ?? '', redaction),
  };
  return { filename: filenameOf(receipt), text: `${JSON.stringify(fixture, undefined, 2)}\n` };
}

function bodyOf(
  { body }: ReceiptDetail,
  type: string,
  redaction: Redaction,
): Pick<RequestFixture, 'body' | 'note'> {
  if (!('text' in body)) return { body: '' };
  try {
    return { body: redaction.body(body.text, type) };
  } catch (thrown) {
    if (thrown instanceof TooDeepError) return { body: '', note: TOO_DEEP };
    throw thrown;
  }
}

/** As in `acme.ci-post-github-1a2b.json`. */
function filenameOf({ plugin, name, id }: ReceiptDetail): string {
  const words = `${plugin}-${name}`.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
  return `${words.slice(0, 100)}-${id.split('-')[0] ?? ''}.json`;
}
