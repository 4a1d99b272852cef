import type { Exchange } from '../../core/exchange';
import { isHostError } from '../../core/errors';

/** True for what a multipart body is read into: fields and files, never one buffer. */
export function isMultipart(exchange: Exchange): boolean {
  return mediaType(exchange) === 'multipart/form-data';
}

/** Fields and files of a form in one object; of a name that is both, the file. */
export function formParts(exchange: Exchange): Record<string, unknown> {
  const fields = isMultipart(exchange) ? exchange.fields : exchange.form();
  return Object.assign(Object.create(null) as Record<string, unknown>, fields, exchange.files);
}

/**
 * The body as the old system's handlers know it: what JSON says; the fields of a form (`raw_content` still gives
 * the text, unlisted); fields and files of a multipart body; `{}` when empty; else `{ raw_content: text }`.
 * A body that is not called JSON counts as JSON only when it holds an object or an array, so that text stays text.
 * @throws body/invalid-json (400) when the content type promises JSON
 */
export function legacyBody(exchange: Exchange): unknown {
  if (isMultipart(exchange)) return formParts(exchange);
  if (exchange.raw.length === 0) return {};
  const type = mediaType(exchange);
  if (type === 'application/x-www-form-urlencoded') return formWithText(exchange);
  if (type.endsWith('/json') || type.endsWith('+json')) return exchange.json();
  const text = exchange.text();
  return containerIn(exchange, text) ?? { raw_content: text };
}

function mediaType(exchange: Exchange): string {
  const [type = ''] = (exchange.headers.get('content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

function formWithText(exchange: Exchange): Record<string, unknown> {
  const form = formParts(exchange);
  if ('raw_content' in form) return form;
  return Object.defineProperty(form, 'raw_content', { get: () => exchange.text() });
}

/** The object or array that `text` holds, or undefined. Too large for JSON here only means that it stays text. */
function containerIn(exchange: Exchange, text: string): unknown {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return undefined;
  try {
    return exchange.json();
  } catch (thrown) {
    if (isHostError(thrown)) return undefined;
    throw thrown;
  }
}
