import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';

/** The only algorithms that senders of webhooks use; `none` and mixed-up keys have no way in. */
export type TokenAlgorithm = 'HS256' | 'RS256';

/** A token in compact form, read but not verified: nothing of it may be believed yet. */
export interface UnverifiedToken {
  readonly algorithm: TokenAlgorithm;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed, as it came. */
  readonly input: string;
  readonly signature: Buffer;
}

const LONGEST = 16_384;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Reads a compact JWS (RFC 7515 §7.1) of an algorithm that its reader allows; undefined for anything else, critical
 * extensions included. Never throws.
 */
export function parseToken(text: string, allowed: readonly TokenAlgorithm[]): UnverifiedToken | undefined {
  if (text.length > LONGEST) return undefined;
  const [head, body, mark, ...rest] = text.split('.');
  if (head === undefined || body === undefined || mark === undefined || rest.length > 0) return undefined;
  const header = parsePart(head);
  const claims = parsePart(body);
  const signature = decode(mark);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  const algorithm = allowed.find((name) => name === header['alg']);
  if (algorithm === undefined || 'crit' in header) return undefined;
  const keyId = header['kid'];
  if (keyId !== undefined && typeof keyId !== 'string') return undefined;
  return { algorithm, keyId, claims, input: `${head}.${body}`, signature };
}

/** True when `secret` made the token's HS256 signature; constant-time. An empty secret made none. */
export function isSignedWith(token: UnverifiedToken, secret: string): boolean {
  if (token.algorithm !== 'HS256' || secret === '') return false;
  const expected = createHmac('sha256', secret).update(token.input).digest();
  return expected.length === token.signature.length && timingSafeEqual(expected, token.signature);
}

/** True when the holder of `key` (RSA, public) made the token's RS256 signature. Never throws. */
export function isSignedBy(token: UnverifiedToken, key: KeyObject): boolean {
  if (token.algorithm !== 'RS256' || key.asymmetricKeyType !== 'rsa') return false;
  try {
    const padding = constants.RSA_PKCS1_PADDING;
    return verify('sha256', Buffer.from(token.input), { key, padding }, token.signature);
  } catch {
    return false;
  }
}

/** What is wrong with the token's times at `at` (epoch ms), 60 s of difference between clocks granted. RFC 7519 §4.1.4–6. */
export function timeReason(
  claims: Readonly<Record<string, unknown>>,
  at: number,
): 'malformed_timestamp' | 'missing_timestamp' | 'timestamp_too_old' | 'timestamp_too_new' | undefined {
  const { exp, nbf, iat } = claims;
  if (exp === undefined) return 'missing_timestamp';
  if (![exp, nbf ?? 0, iat ?? 0].every((moment) => Number.isFinite(moment))) return 'malformed_timestamp';
  const seconds = at / 1000;
  if (seconds >= (exp as number) + LEEWAY_S) return 'timestamp_too_old';
  const earliest = Math.max((nbf as number | undefined) ?? 0, (iat as number | undefined) ?? 0);
  return earliest > seconds + LEEWAY_S ? 'timestamp_too_new' : undefined;
}
const LEEWAY_S = 60;

/** True when `aud` names `audience` (RFC 7519 §4.1.3: one text or a list). */
export function isFor(claims: Readonly<Record<string, unknown>>, audience: string): boolean {
  const { aud } = claims;
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}

function parsePart(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decode(part);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Node skips what is no base64url; a token with such characters is refused. */
function decode(part: string): Buffer | undefined {
  if (!BASE64URL.test(part) || part.length % 4 === 1) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}
