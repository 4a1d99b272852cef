import { hash, timingSafeEqual } from 'node:crypto';
import type { ScopeAccess, TokenAccess } from '../../core/access';
import { networkList } from '../../core/network';
import type { PluginKey } from '../../core/plugin-key';
import type { Judgement, RequestHead } from '../../core/ports/guards';
import type { LiveSecret } from '../../core/ports/secrets';
import type { SignedUrls } from '../../core/ports/signed-urls';
import { holdsScope } from '../../core/scopes';
import { decodeStrictly } from '../encoding';
import { namedHeaders } from '../named-headers';
import { ANONYMOUS, refused, type LiveSecrets, type Refused } from './guard-parts';

/** Judges by the head of a request at `at` (epoch ms). */
export type HeadStep = (head: RequestHead, at: number) => Judgement;

/** The parameter that signed addresses carry. */
export const URL_TOKEN = 'token';
const BASIC = /^basic +([A-Za-z0-9+/]{1,8192}={0,2})$/i;
const BEARER = /^bearer +(.+)$/i;

/** One text of a request, or why it is not there to be compared. */
type Found = string | Refused;

/** Callers of these networks. One without an address came through the operator's own socket. */
export function allowedFrom(networks: readonly string[], isForOperator: boolean): HeadStep {
  const isListed = networkList(networks);
  const outside = refused('address_not_allowed');
  return ({ ip }) => {
    const isAllowed = ip === '' ? isForOperator : isListed(ip);
    return isAllowed ? ANONYMOUS : outside;
  };
}

export function operatorOnly(): HeadStep {
  const authorization = headerReader('authorization');
  return (head) => {
    if (head.isOperator()) return ANONYMOUS;
    return typeof authorization(head) === 'string'
      ? refused('wrong_credential')
      : refused('missing_credential');
  };
}

/**
 * A token of the host's own; who holds it is known to the handler. What an app serves to those who are signed in, it serves
 * to those who are signed in at the console too.
 */
export function scopeStep({ scope }: ScopeAccess): HeadStep {
  const authorization = headerReader('authorization');
  const isOfApp = scope.startsWith('app:');
  return (head, at) => {
    const identity = head.identify() ?? (isOfApp ? head.session() : undefined);
    if (identity === undefined || !holdsScope(identity.scopes, scope))
      return typeof authorization(head) === 'string'
        ? refused('wrong_credential')
        : refused('missing_credential');
    const { name, user = name, roles = [] } = identity;
    const caller = { id: user, name, roles };
    return { ok: true, verified: { scheme: 'token', secretId: name, at, bodySigned: false, caller } };
  };
}

/** The secret itself, in a header (in `Authorization` also behind `Bearer`, RFC 6750 §2.1) or the query. */
export function tokenStep({ token }: TokenAccess, secretsAt: LiveSecrets): HeadStep {
  const isHeader = 'header' in token;
  const read = isHeader ? headerReader(token.header) : queryReader(token.query);
  const takesBearer = isHeader && token.header.toLowerCase() === 'authorization';
  return (head, at) => {
    const live = secretsAt(at);
    if (!hasValue(live)) return refused('no_secret');
    const text = read(head);
    if (typeof text !== 'string') return text;
    // What came in a header is bytes; the query is text by now.
    const given = [Buffer.from(text, isHeader ? 'latin1' : 'utf8')];
    const bearer = takesBearer ? BEARER.exec(text)?.[1] : undefined;
    if (bearer !== undefined) given.push(Buffer.from(bearer, 'latin1'));
    return identified('token', at, matching(live, given)?.id);
  };
}

/** RFC 7617 with UTF-8: the secret is `user:password`. */
export function basicStep(secretsAt: LiveSecrets): HeadStep {
  const read = headerReader('authorization');
  return (head, at) => {
    const live = secretsAt(at);
    if (!hasValue(live)) return refused('no_secret');
    const text = read(head);
    if (typeof text !== 'string') return text;
    if (!/^basic /i.test(text)) return refused('missing_credential');
    const bytes = decodeStrictly(BASIC.exec(text)?.[1] ?? '', 'base64');
    if (bytes === undefined) return refused('bad_encoding');
    return identified('basic', at, matching(live, [bytes])?.id);
  };
}

/** A `?token=` that the host issued for this endpoint. */
export function signedUrlStep(
  signedUrls: Pick<SignedUrls, 'check' | 'current'>,
  plugin: PluginKey,
  path: string,
): HeadStep {
  const read = queryReader(URL_TOKEN);
  return (head, at) => {
    const token = read(head);
    const id = typeof token === 'string' ? signedUrls.check(plugin, path, token, at) : undefined;
    if (id !== undefined) return identified('signed-url', at, id);
    // As long as none was issued, it is not the sender's fault.
    if (signedUrls.current(plugin, path, at) === undefined) return refused('no_secret');
    return typeof token === 'string' ? refused('wrong_credential') : token;
  };
}

function identified(scheme: string, at: number, secretId: string | undefined): Judgement {
  if (secretId === undefined) return refused('wrong_credential');
  return { ok: true, verified: { scheme, secretId, at, bodySigned: false } };
}

function headerReader(name: string): (head: RequestHead) => Found {
  const lower = name.toLowerCase();
  const headers = namedHeaders([lower], []);
  return ({ rawHeaders }) => {
    const found = headers.read(rawHeaders);
    if (found === undefined) return refused('duplicate_header');
    const value = found.get(lower);
    return value === undefined || value === '' ? refused('missing_credential') : value;
  };
}

function queryReader(name: string): (head: RequestHead) => Found {
  return ({ query }) => {
    const value = Object.hasOwn(query, name) ? query[name] : undefined;
    if (value === undefined || value === '') return refused('missing_credential');
    return typeof value === 'string' ? value : refused('duplicate_header');
  };
}

const hasValue = (live: readonly LiveSecret[]) => live.some(({ value }) => value !== '');

/** Of values that stay the same objects while nothing changes, so that their length costs nothing that could be measured. */
const digests = new WeakMap<LiveSecret, Buffer>();

function digestOf(secret: LiveSecret): Buffer {
  const known = digests.get(secret);
  if (known !== undefined) return known;
  const digest = hash('sha256', secret.value, 'buffer');
  digests.set(secret, digest);
  return digest;
}

/** The live value that was given. All are compared, whichever it is; an empty one equals nothing. */
function matching(live: readonly LiveSecret[], given: readonly Buffer[]): LiveSecret | undefined {
  const candidates = given.map((bytes) => hash('sha256', bytes, 'buffer'));
  let found: LiveSecret | undefined;
  for (const secret of live) {
    const digest = digestOf(secret);
    for (const candidate of candidates)
      if (timingSafeEqual(digest, candidate) && secret.value !== '') found ??= secret;
  }
  return found;
}
