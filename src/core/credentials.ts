/**
 * What of a request may open a door by itself, and is therefore sealed before it is stored. Signatures over the body are
 * not: they open nothing but the request they came with.
 */
const HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-gatehouse-csrf',
  'x-goog-channel-token',
  'x-telegram-bot-api-secret-token',
  'x-gitlab-token',
]);
/** Senders name headers as they like; these endings have one meaning. */
const HEADER_ENDINGS: readonly string[] = ['token', 'secret', 'password', 'api-key', 'apikey', 'access-key'];
/** Query parameters: gate tokens, and signatures that make an address a ticket. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'token',
  'app_token',
  'access_token',
  'auth',
  'jwt',
  'api_key',
  'apikey',
  'key',
  'secret',
  'password',
  'sig',
  'signature',
]);

const PARAMETER_ENDINGS: readonly string[] = [...HEADER_ENDINGS, '_key', 'signature'];

/** Members of JSON bodies in which known senders show what they share with the receiver, or tokens of their own. */
const MEMBERS: ReadonlySet<string> = new Set(['clientState', 'client_state', 'validationTokens']);

/** Names judged before: senders use the same few, and each request asks for all of its own. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 1_000;

export function isCredentialHeader(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const verdict = HEADERS.has(lower) || HEADER_ENDINGS.some((ending) => lower.endsWith(ending));
  if (judged.size < MOST_JUDGED) judged.set(name, verdict);
  return verdict;
}

/** Whether a member of a body is called as one that holds a credential itself. */
export function isCredentialMember(name: string): boolean {
  return MEMBERS.has(name);
}

/** The members that `isCredentialMember` knows. */
export const CREDENTIAL_MEMBERS: Iterable<string> = MEMBERS;

const MASKED = '=***';
const NO_MORE: ReadonlySet<string> = new Set();

/**
 * The target with the values of credential parameters shown as `***`; itself when it has none. `more`: further names, in
 * lower case.
 */
export function maskTarget(target: string, more: ReadonlySet<string> = NO_MORE): string {
  const at = target.indexOf('?');
  if (at === -1) return target;
  const masked = target
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const name = nameOf(pair);
      const isMasked = more.has(name) || isCredentialParameter(name);
      return isMasked ? `${pair.split('=')[0] ?? ''}${MASKED}` : pair;
    })
    .join('&');
  return `${target.slice(0, at)}?${masked}`;
}

/** The names of the parameters, in lower case, whose values `maskTarget` took out of a target. */
export function maskedParameters(target: string): ReadonlySet<string> {
  const pairs = target.slice(target.indexOf('?') + 1).split('&');
  return new Set(pairs.filter((pair) => pair.endsWith(MASKED)).map(nameOf));
}

function isCredentialParameter(name: string): boolean {
  return PARAMETERS.has(name) || PARAMETER_ENDINGS.some((ending) => name.endsWith(ending));
}

function nameOf(pair: string): string {
  const name = (pair.split('=')[0] ?? '').replaceAll('+', ' ');
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}
