import { parse } from 'node:querystring';
import { HostError } from './errors';
import type { Values } from './exchange';

export const URL_ENCODED = 'application/x-www-form-urlencoded';
export const NO_VALUES: Values = Object.freeze(Object.create(null) as Values);
const MOST_FIELDS = 10_000;

/** The media type of a `content-type` header's value, lower case, without parameters; empty when it names none. */
export function mediaTypeIn(contentType = ''): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** The same of names and values in turn; of several `content-type` headers the first counts, as it does for Node. */
export function mediaTypeAmong(rawHeaders: readonly string[]): string {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === 'content-type') return mediaTypeIn(rawHeaders[index + 1]);
  return '';
}

/** The query of a path as values; repeated names become arrays, bad percent-encoding is left as it is. */
export function queryOf(target: string): Values {
  const at = target.indexOf('?');
  return at === -1 ? NO_VALUES : pairsOf(target.slice(at + 1));
}

/**
 * An urlencoded body as values, as a query is.
 * @throws body/too-many-parts beyond 10,000 fields: parsing more would cost far more memory than the body has bytes
 */
export function parseUrlEncoded(bytes: Buffer): Values {
  const text = bytes.toString('utf8');
  let fields = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) fields += 1;
  if (fields > MOST_FIELDS) throw new HostError('body/too-many-parts', ['fields', MOST_FIELDS]);
  return pairsOf(text);
}

/** JSON in UTF-8, a byte order mark before it or none (RFC 8259 §8.1). @throws SyntaxError */
export function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
}

/** A body as verifiers see it: undefined where it cannot be had, is longer than `limitBytes`, or is no JSON. */
export function jsonOf(body: () => Buffer, limitBytes: number): unknown {
  try {
    const bytes = body();
    return bytes.length > limitBytes ? undefined : parseJson(bytes);
  } catch {
    return undefined;
  }
}

/** A form as verifiers see it: no fields where the body cannot be had, is of another type, or has more than 10,000. */
export function formOf(body: () => Buffer, mediaType: string): Values {
  if (mediaType !== URL_ENCODED) return NO_VALUES;
  try {
    return parseUrlEncoded(body());
  } catch {
    return NO_VALUES;
  }
}

const pairsOf = (text: string) => parse(text, '&', '=', { maxKeys: 0 }) as Values;
