import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { LiveSecret } from '../../core/ports/secrets';
import type { FetchCache } from './fetch-cache';
import {
  isFor,
  isSignedBy,
  isSignedWith,
  parseToken,
  timeReason,
  type UnverifiedToken,
} from './json-web-token';
import {
  digestKey,
  isSameText,
  optionalHeader,
  queryValue,
  Refusal,
  specialScheme,
  textMember,
  type Asked,
  type SpecialScheme,
} from './special-scheme';

const INSTALL_KEYS = 'https://connect-install-keys.atlassian.com/';
const KEY_ID = /^[A-Za-z0-9-]{1,64}$/;
const INSTALL_KEY_ID = 'install-key';

export type PublicKeys = FetchCache<KeyObject>;

/**
 * Atlassian Connect: a token over method, path and query, with the secret that installing gave; of install hooks with
 * Atlassian’s own key. It does not cover the body. Connect is at its end: Forge follows it.
 * @see https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
 */
export function atlassianConnect(installKeys: PublicKeys): SpecialScheme {
  return specialScheme(
    {
      id: 'atlassian-connect',
      secret: 'the `sharedSecret` of the installation',
      expects: [
        { name: 'clientKey', required: true, meaning: '`clientKey` of the installation: the token’s issuer' },
        {
          name: 'baseUrl',
          required: false,
          meaning:
            'the app’s `baseUrl`; with it install hooks count too, and its path is left out of what is hashed',
        },
      ],
    },
    (asked) => judge(asked, installKeys),
  );
}

async function judge(asked: Asked, installKeys: PublicKeys) {
  const { request, at, expect } = asked;
  const text = tokenText(asked);
  const token = parseToken(text, expect['baseUrl'] === undefined ? ['HS256'] : ['HS256', 'RS256']);
  if (token === undefined) throw new Refusal('malformed_signature');
  const wrong = timeReason(token.claims, at);
  if (wrong !== undefined) throw new Refusal(wrong);
  const signed = textMember(token.claims, 'qsh') ?? '';
  const hash = queryStringHash(request.method, request.rawTarget, expect['baseUrl']);
  if (token.claims['iss'] !== expect['clientKey'] || !isSameText(signed, hash)) {
    throw new Refusal('bad_signature');
  }
  const secretId =
    token.algorithm === 'HS256'
      ? signerOf(token, asked.secrets)
      : await installSignerOf(token, expect['baseUrl'] ?? '', installKeys);
  const body = request.json();
  return {
    ok: true as const,
    scheme: 'atlassian-connect',
    secretId,
    bodySigned: false,
    event: textMember(body, 'webhookEvent') ?? textMember(body, 'eventType'),
    deliveryId: optionalHeader(request, 'x-atlassian-webhook-identifier'),
    // Two events of one second have one token, so the body tells them apart.
    dedupeKey: digestKey(text, request.wire),
  };
}

function tokenText({ request }: Asked): string {
  const header = optionalHeader(request, 'authorization');
  const query = queryValue(request, 'jwt');
  if (header !== undefined && query !== undefined) throw new Refusal('duplicate_header');
  if (header !== undefined && !header.startsWith('JWT ')) throw new Refusal('malformed_signature');
  const text = header?.slice(4) ?? query;
  if (text === undefined) throw new Refusal('missing_signature');
  return text;
}

function signerOf(token: UnverifiedToken, secrets: readonly LiveSecret[]): string {
  const secret = secrets.find(({ value }) => isSignedWith(token, value));
  if (secret === undefined) throw new Refusal('bad_signature');
  return secret.id;
}

async function installSignerOf(token: UnverifiedToken, baseUrl: string, keys: PublicKeys): Promise<string> {
  const { keyId } = token;
  if (keyId === undefined || !KEY_ID.test(keyId) || !isFor(token.claims, baseUrl)) {
    throw new Refusal('bad_signature');
  }
  const key = await keys.get(`${INSTALL_KEYS}${keyId}`);
  if (key === undefined) throw new Refusal('unavailable');
  if (!isSignedBy(token, key)) throw new Refusal('bad_signature');
  return INSTALL_KEY_ID;
}

/** The key that an install hook names, in PEM. @throws Error when it is none */
export function parseInstallKey(text: string): KeyObject {
  return createPublicKey(text);
}

/** `qsh`: SHA-256 over method, path and sorted query. The path is the app's own, below the path of its base address. */
export function queryStringHash(method: string, rawTarget: string, baseUrl: string | undefined): string {
  const [path = '', ...queries] = rawTarget.split('?');
  const canonical = [method.toUpperCase(), canonicalPath(path, baseUrl), canonicalQuery(queries.join('?'))];
  return createHash('sha256').update(canonical.join('&')).digest('hex');
}

function canonicalPath(path: string, baseUrl: string | undefined): string {
  const base = baseUrl === undefined ? '' : withoutSlash(new URL(baseUrl).pathname);
  const own = base !== '' && (path === base || path.startsWith(`${base}/`)) ? path.slice(base.length) : path;
  return withoutSlash(own).replaceAll('&', '%26') || '/';
}

const withoutSlash = (path: string) => (path.endsWith('/') ? path.slice(0, -1) : path);

function canonicalQuery(query: string): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'jwt') continue;
    const key = percentEncode(name);
    const known = values.get(key);
    if (known === undefined) values.set(key, [percentEncode(value)]);
    else known.push(percentEncode(value));
  }
  return [...values]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, all]) => `${name}=${all.sort().join(',')}`)
    .join('&');
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
