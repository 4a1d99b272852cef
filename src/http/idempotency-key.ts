import { createHash } from 'node:crypto';
import { isCredentialHeader } from '../core/credentials';
import { HostError } from '../core/errors';
import type { LiveExchange } from './exchange';

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
  const key = unquoted(line.trim());
  if (lines.length > 1 || key === undefined || key === '' || key.length > LONGEST_KEY)
    throw new HostError('idempotency/bad-key', []);
  const { verified } = exchange;
  const sender = [
    verified?.scheme ?? '',
    verified?.secretId ?? '',
    ...[...exchange.headers].filter(([name]) => isCredentialHeader(name)).flat(),
    exchange.method,
    exchange.url,
    key,
  ];
  return `idempotency:${createHash('sha256').update(JSON.stringify(sender)).digest('base64url')}`;
}

/** The string of a structured field (RFC 8941 §3.3.3), or a bare text; undefined when it is neither. */
function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
  const inner = text.slice(1, -1);
  if (text.length < 2 || !text.endsWith('"') || !/^(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*$/.test(inner))
    return undefined;
  return inner.replaceAll(/\\(["\\])/g, '$1');
}
