import { createHash } from 'node:crypto';
import { credentialPlaces } from '../core/access-credentials';
import { HostError } from '../core/errors';
import type { LiveExchange } from './exchange';
import { asItCame } from './sanitising';
import { splitUnquoted, unquoted } from './quoted-text';

const LONGEST_KEY = 255;

/**
 * The dedupe key that an `Idempotency-Key` header makes of a request, or undefined without one. A key belongs to
 * whoever sent it, by every credential it came with, and to the address it was sent to, query included: another caller's same key
 * is another key.
 * @see draft-ietf-httpapi-idempotency-key-header-07 §2; a bare text is taken for the quoted one
 * @throws idempotency/bad-key, idempotency/missing-key (400)
 */
export function idempotencyKeyOf(exchange: LiveExchange): string | undefined {
  const rule = exchange.target.endpoint.idempotency;
  if (rule === undefined) return undefined;
  const lines = exchange.headers.getAll('idempotency-key');
  const [line] = lines;
  if (line === undefined) {
    if (rule.required) throw new HostError('idempotency/missing-key', []);
    return undefined;
  }
  const key = keyIn(line.trim());
  if (lines.length > 1 || key === undefined || key === '' || key.length > LONGEST_KEY)
    throw new HostError('idempotency/bad-key', []);
  const { verified } = exchange;
  const places = credentialPlaces(exchange.target.endpoint.access);
  const sender = [
    verified?.scheme ?? '',
    verified?.secretId ?? '',
    ...[...exchange.headers].filter(([name]) => places.isHeader(name)).flat(),
    ...withheldCredential(exchange),
    exchange.method,
    exchange.url,
    key,
  ];
  return `idempotency:${createHash('sha256').update(JSON.stringify(sender)).digest('base64url')}`;
}

/** Of an endpoint of the operator's: its handler does not see who of several it is. */
function withheldCredential({ request, target }: LiveExchange): string[] {
  const { authorization } = asItCame(request).headers;
  return target.isForOperator && authorization !== undefined ? ['authorization', authorization] : [];
}

/**
 * The string of a structured item, whose parameters mean nothing here, or a bare text; undefined when it is neither.
 * @see RFC 8941 §3.3, §3.3.3
 */
function keyIn(text: string): string | undefined {
  if (!text.startsWith('"')) return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
  const [string = '', ...parameters] = splitUnquoted(text, ';');
  if (!parameters.every((parameter) => isParameter(parameter))) return undefined;
  // A structured string escapes nothing but the two characters that need it.
  return /\\[^"\\]/.test(string.replaceAll('\\\\', '')) ? undefined : unquoted(string);
}

/** `name` or `name=value`; what it says is not looked at, so a bare value may be any run of visible characters. @see RFC 8941 §3.1.2 */
function isParameter(text: string): boolean {
  const [, value] = /^[a-z*][a-z0-9_.*-]*(?:=(.+))?$/.exec(text) ?? [undefined, ''];
  return value === undefined || unquoted(value) !== undefined || /^[!#-+\--:<-[\]-~]+$/.test(value);
}
