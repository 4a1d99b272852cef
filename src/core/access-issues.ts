import { isSecretName } from './declared-secrets';
import { nearestName } from './nearest-name';
import { isNetwork } from './network';
import { scopeIssue } from './scopes';

/** What is wrong with a value that stands at `at`, in words. */
type Check = (value: unknown, at: string) => readonly string[];
type Members = Readonly<Record<string, { readonly check: Check; readonly isNeeded?: true }>>;

/** RFC 9110 §5.1. */
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const PARAMETER = /^[\w.~-]{1,64}$/;
const REALM = /^[\x20-\x7e]{1,128}$/;
const ALGORITHMS = ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'rsa-v1_5-sha256'];
/** What of a request can be asked to be covered, besides its headers (RFC 9421 §2.2). */
const DERIVED = ['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query'];
const DAY_S = 86_400;
const WORDS = ['public', 'operator'];

const rule =
  (isRight: (value: unknown) => boolean, must: string): Check =>
  (value, at) =>
    isRight(value) ? [] : [`${at} ${must}`];
const text = (pattern: RegExp, must: string) =>
  rule((value) => typeof value === 'string' && pattern.test(value), must);
const filled = rule((value) => typeof value === 'string' && value !== '', 'must be a text');
const flag = rule((value) => typeof value === 'boolean', 'must be true or false');
const only = (wanted: boolean, must: string) => rule((value) => value === wanted, must);
const oneOf = (known: readonly string[]): Check =>
  rule((value) => known.includes(value as string), `must be one of ${known.join(', ')}`);
const listOf =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value) && value.length > 0
      ? value.flatMap((item: unknown, index) => check(item, `${at}[${index}]`))
      : [`${at} must be a list with something in it`];
const eachOf =
  (check: Check): Check =>
  (value, at) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([name, item]) => check(item, `${at}.${name}`))
      : [`${at} must be an object`];

const secretName = rule(
  isSecretName,
  'must name a secret: a letter, then letters, digits, "_", "-" and ".", not ending in _FILE',
);
/** Each request may be tried with every live value of each. */
const MOST_NAMES = 8;
const secret: Check = (value, at) => {
  if (!Array.isArray(value)) return secretName(value, at);
  if (value.length > MOST_NAMES) return [`${at} names ${value.length} secrets; ${MOST_NAMES} at most`];
  return listOf(secretName)(value, at);
};
const place: Check = (value, at) => {
  if (!isRecord(value) || Object.keys(value).length !== 1)
    return [`${at} must be { header } or { query }, one of them`];
  return members(value, at, {
    header: { check: text(HEADER, 'must be the name of a header') },
    query: { check: text(PARAMETER, 'must be the name of a query parameter') },
  });
};
const network = rule(
  (value) => typeof value === 'string' && isNetwork(value),
  'must be an address or a network like 10.0.0.0/8 or 2001:db8::/32',
);
const component = rule(
  (value) => typeof value === 'string' && (DERIVED.includes(value) || /^[a-z0-9-]{1,64}$/.test(value)),
  `must be a header in lower case, or one of ${DERIVED.join(', ')}`,
);
const signature: Check = (value, at) =>
  isRecord(value) || (typeof value === 'string' && value !== '')
    ? []
    : [`${at} must be the name of a sender, or a row like hmac({ header })`];
const keyRecord: Check = (value, at) =>
  members(value, at, {
    algorithm: { check: oneOf(ALGORITHMS), isNeeded: true },
    secret: { check: secretName, isNeeded: true },
  });
const keys: Check = (value, at) =>
  isRecord(value) && Object.keys(value).length > 0
    ? eachOf(keyRecord)(value, at)
    : [`${at} must hold a key by its keyid`];
const messageSignature: Check = (value, at) =>
  members(value, at, {
    keys: { check: keys, isNeeded: true },
    components: { check: listOf(component) },
    tag: { check: filled },
    window: {
      check: rule(
        (seconds) => typeof seconds === 'number' && seconds > 0 && seconds <= DAY_S,
        'must be seconds, at most a day',
      ),
    },
  });
const basic: Check = (value, at) =>
  members(value, at, { realm: { check: text(REALM, 'must be printable ASCII, at most 128 characters') } });
const scope: Check = (value, at) => {
  const issue = scopeIssue(value);
  return issue === undefined ? [] : [`${at} ${issue}`];
};

/** Each mode by the member that tells it. */
const MODES: Readonly<Record<string, Members>> = {
  signature: {
    signature: { check: signature, isNeeded: true },
    secret: { check: secret },
    expect: { check: eachOf(filled) },
    dedupe: { check: only(false, 'can only be false') },
    handshake: { check: flag },
  },
  token: { token: { check: place, isNeeded: true }, secret: { check: secret, isNeeded: true } },
  signedUrl: { signedUrl: { check: only(true, 'must be true'), isNeeded: true } },
  basic: { basic: { check: basic, isNeeded: true }, secret: { check: secret, isNeeded: true } },
  messageSignature: { messageSignature: { check: messageSignature, isNeeded: true } },
  allowFrom: { allowFrom: { check: listOf(network), isNeeded: true } },
  scope: { scope: { check: scope, isNeeded: true } },
};
const KINDS = Object.keys(MODES);

/**
 * Everything that is wrong with the shape of an endpoint's access, each in words; empty when it is an `EndpointAccess`. What
 * only senders know (whether there is one of that name, what it expects) is not judged here.
 */
export function accessIssues(access: unknown): readonly string[] {
  if (!Array.isArray(access)) return modeIssues(access, 'access');
  if (access.length === 0) return ['access is an empty list; write "public", or who may ask'];
  const modes = access as readonly unknown[];
  return [...modes.flatMap((mode, index) => modeIssues(mode, `access[${index}]`)), ...together(modes)];
}

function modeIssues(mode: unknown, at: string): readonly string[] {
  if (typeof mode === 'string')
    return WORDS.includes(mode) ? [] : [`${at} "${mode}" is not known${meant(mode, [...WORDS, ...KINDS])}`];
  if (!isRecord(mode)) return [`${at} must be one of ${[...WORDS, ...KINDS].join(', ')}`];
  const kinds = KINDS.filter((kind) => Object.hasOwn(mode, kind));
  const [kind] = kinds;
  if (kind === undefined) {
    const [given = ''] = Object.keys(mode).filter((name) => name !== 'secret');
    return [`${at} names no mode (known: ${KINDS.join(', ')})${given === '' ? '' : meant(given, KINDS)}`];
  }
  if (kinds.length > 1)
    return [`${at} has ${kinds.join(' and ')}; write a list where all of them must hold, else leave one out`];
  return members(mode, at, MODES[kind] ?? {});
}

/** What cannot be meant together. */
function together(modes: readonly unknown[]): readonly string[] {
  const issues: string[] = [];
  if (modes.length > 1 && modes.includes('public'))
    issues.push('access has "public" beside other modes, which would say nothing; leave it out');
  const tokens = modes.filter(isRecord);
  const isInQuery = ({ token }: Record<string, unknown>) => isRecord(token) && token['query'] === 'token';
  if (tokens.some((mode) => mode['signedUrl'] === true) && tokens.some(isInQuery))
    issues.push('access reads ?token= as a signed URL and as a token; name another parameter');
  return issues;
}

function members(value: unknown, at: string, known: Members): readonly string[] {
  if (!isRecord(value)) return [`${at} must be an object`];
  const names = Object.keys(known);
  const unknown = Object.keys(value)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `${at}.${name} is not known${meant(name, names)}`);
  const wrong = Object.entries(known).flatMap(([name, { check, isNeeded }]) => {
    if (value[name] === undefined) return isNeeded ? [`${at}.${name} is missing`] : [];
    return check(value[name], `${at}.${name}`);
  });
  return [...unknown, ...wrong];
}

function meant(given: string, known: readonly string[]): string {
  // What is far too long is nobody's slip, and comparing it costs.
  const nearest = given.length > 64 ? undefined : nearestName(given, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
