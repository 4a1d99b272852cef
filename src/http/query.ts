import { parse } from 'node:querystring';
import { HostError } from '../core/errors';
import type { Values } from '../core/exchange';

const MOST_FIELDS = 10_000;

/** A query string as values; repeated names become arrays, bad percent-encoding is left as it is. */
export function parseQuery(text: string): Values {
  return parse(text, '&', '=', { maxKeys: 0 }) as Values;
}

/**
 * An urlencoded body as values.
 * @throws body/too-many-parts beyond 10,000 fields: parsing more would cost far more memory than the body has bytes
 */
export function parseUrlEncoded(text: string): Values {
  let fields = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) fields += 1;
  if (fields > MOST_FIELDS) throw new HostError('body/too-many-parts', ['fields', MOST_FIELDS]);
  return parseQuery(text);
}
