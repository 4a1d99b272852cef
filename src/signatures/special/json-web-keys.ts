import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../core/clock';
import type { FetchText } from '../../core/ports/fetch-text';
import { isStrongRsa } from './certificate-chain';
import { FetchCache } from './fetch-cache';
import { isSignedBy, type UnverifiedToken } from './json-web-token';

const FRESH_MS = 3_600_000;
/** Key sets are read over and over for years; an outage of their server shall not refuse every delivery. */
const STALE_MS = 86_400_000;
/** A key that is not in the set may have been added since; asked again no more often than this. */
const UNKNOWN_KEY_MS = 60_000;
const MOST_KEYS = 50;

type KeySet = ReadonlyMap<string, KeyObject>;

/** Public keys of token issuers by the address of their key set (RFC 7517), cached, read again when a key is new. */
export class JsonWebKeys {
  readonly #sets: FetchCache<KeySet>;

  constructor(fetchText: FetchText, clock: Clock) {
    this.#sets = new FetchCache({
      fetchText,
      clock,
      parse: parseKeySet,
      freshMs: FRESH_MS,
      staleMs: STALE_MS,
    });
  }

  /** Whether a key of the set at `url` signed the token; `unavailable` when the set cannot be had now. */
  async judge(token: UnverifiedToken, url: string): Promise<'signed' | 'bad_signature' | 'unavailable'> {
    if (token.keyId === undefined) return 'bad_signature';
    const known = await this.#sets.get(url);
    if (known === undefined) return 'unavailable';
    const key = known.get(token.keyId) ?? (await this.#sets.get(url, UNKNOWN_KEY_MS))?.get(token.keyId);
    return key !== undefined && isSignedBy(token, key) ? 'signed' : 'bad_signature';
  }
}

/** @throws Error when the text is no key set */
function parseKeySet(text: string): KeySet {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw new Error('not a key set');
  return new Map(keys.flatMap((key: unknown) => entryOf(key)));
}

/** Keys for other uses and other algorithms are in the same sets; they are left out. */
function entryOf(value: unknown): [string, KeyObject][] {
  if (typeof value !== 'object' || value === null) return [];
  const { kid, kty, use, alg, n, e } = value as Record<string, unknown>;
  if (typeof kid !== 'string' || kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return [];
  if ((use ?? 'sig') !== 'sig' || (alg ?? 'RS256') !== 'RS256') return [];
  try {
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
    return isStrongRsa(key) ? [[kid, key]] : [];
  } catch {
    return [];
  }
}
