import { CSRF_HEADER, SESSION_COOKIE } from '../core/ports/console-sessions';
import type { Guard } from '../core/ports/guards';
import { PULLED_HEADER } from '../core/ports/pulls';
import { CHECK_HEADER, CHECKED_METHOD_HEADER } from '../core/reach-check';
import { REPLAY_HEADER } from '../core/refusal-replays';
import type { GateRequest } from './messages';
import type { Target } from './target';

/** What of an endpoint says what is withheld from it. */
type Handed = Pick<Target, 'guard' | 'isSanitised' | 'isForOperator'>;

/** What hosts tell themselves: from anybody else it means nothing, and plugins are not to think otherwise. */
const OF_HOSTS: readonly string[] = [CHECK_HEADER, CHECKED_METHOD_HEADER, PULLED_HEADER, REPLAY_HEADER];
/** Of a browser, or of the connection to the next hop (RFC 9110 §7.6.1, RFC 9112 §9.6), rather than of a sender. */
const WITHHELD: ReadonlySet<string> = new Set([
  'cookie',
  CSRF_HEADER,
  ...OF_HOSTS,
  'proxy-authorization',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Named by `Connection` they are still the message's: without them it could not be read or trusted. */
const END_TO_END: ReadonlySet<string> = new Set([
  'host',
  'content-type',
  'content-length',
  'content-encoding',
]);
/** What an old client of the console adds to addresses. */
const APP_TOKEN = 'app_token';

/** The header lines that a handler gets of a request: names and values in turn, as received. */
export function handedLines(request: GateRequest, target: Handed): readonly string[] {
  if (target.isSanitised) return storedLines(sanitisedLines(request), target);
  return storedLines(namesSession(request) ? withoutSession(request.rawHeaders) : request.rawHeaders, target);
}

/** The same of a request that was stored, maybe for another endpoint: what opens the host is withheld from this one. */
export function storedLines(lines: readonly string[], { isForOperator }: Handed): readonly string[] {
  return isForOperator ? linesThat(lines, (name) => name !== 'authorization') : lines;
}

const asTheyCame = new WeakMap<GateRequest, GateRequest>();

/** A request with its own `authorization`, which may have been withheld from a plugin by now: for those who judge it once more. */
export function asItCame(request: GateRequest): GateRequest {
  return asTheyCame.get(request) ?? request;
}

function sanitisedLines({ rawHeaders, headers }: GateRequest): readonly string[] {
  const named = headers.connection === undefined ? [] : headers.connection.split(',');
  const hops = new Set(named.map((name) => name.trim().toLowerCase()));
  return linesThat(rawHeaders, (name) => !WITHHELD.has(name) && (!hops.has(name) || END_TO_END.has(name)));
}

/** The target that a handler gets: without the parameters that are the gate's, byte for byte otherwise. */
export function handedTarget(target: string, guard: Guard | undefined): string {
  const at = target.indexOf('?');
  if (at === -1) return target;
  const isOwn = (name: string) => name === APP_TOKEN || guard?.ownQuery.includes(name) === true;
  const pairs = target.slice(at + 1).split('&');
  const kept = pairs.filter((pair) => !isOwn(parameterName(pair)));
  if (kept.length === pairs.length) return target;
  return kept.length === 0 ? target.slice(0, at) : `${target.slice(0, at)}?${kept.join('&')}`;
}

function parameterName(pair: string): string {
  const equals = pair.indexOf('=');
  const name = (equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' ');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** True when the console's cookie, its header or one of the host's own is there; requests without any cost a look for each. */
export function namesSession({ headers }: GateRequest): boolean {
  if (headers.cookie?.includes(SESSION_COOKIE) === true || headers[CSRF_HEADER] !== undefined) return true;
  return OF_HOSTS.some((name) => headers[name] !== undefined);
}

/** Takes what is the console's or the host's own from a request that a Router is about to get. */
export function dropSession(request: GateRequest): void {
  if (request.headers[REPLAY_HEADER] !== undefined) keepAsItCame(request);
  rewriteHeaders(request, withoutSession(request.rawHeaders));
}

/**
 * Makes a request that a Router or middleware is about to get what a handler would see of it. Where the Router reads the body from the
 * connection it still needs to be told how that is framed.
 */
export function sanitiseRequest(request: GateRequest, target: Handed): void {
  const { guard, isSanitised, isForOperator } = target;
  const { 'transfer-encoding': framing, authorization } = request.headers;
  if (isForOperator && authorization !== undefined) keepAsItCame(request);
  const lines = handedLines(request, target);
  const isFramed = isSanitised && framing !== undefined;
  if (lines !== request.rawHeaders)
    rewriteHeaders(request, isFramed ? [...lines, 'Transfer-Encoding', framing] : lines);
  if (!isSanitised) return;
  request.originalUrl = handedTarget(request.originalUrl, guard);
  request.url = handedTarget(request.url ?? '/', guard);
}

function keepAsItCame(request: GateRequest): void {
  const { headers, rawHeaders } = request;
  const kept = { headers: { value: { ...headers } }, rawHeaders: { value: rawHeaders } };
  asTheyCame.set(request, Object.create(request, kept) as GateRequest);
}

/** Says of a body that was read already how long it is, in place of how it came. */
export function reframe(request: GateRequest, bodyBytes: number, isDecoded: boolean): void {
  const gone = ['content-length', 'transfer-encoding', ...(isDecoded ? ['content-encoding'] : [])];
  const lines = linesThat(request.rawHeaders, (name) => !gone.includes(name));
  rewriteHeaders(request, [...lines, 'Content-Length', String(bodyBytes)]);
}

function withoutSession(rawHeaders: readonly string[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const lower = name.toLowerCase();
    if (lower === CSRF_HEADER || OF_HOSTS.includes(lower)) continue;
    if (lower !== 'cookie') {
      lines.push(name, value);
      continue;
    }
    const others = value.split(';').filter((cookie) => cookie.split('=', 1)[0]?.trim() !== SESSION_COOKIE);
    const kept = others.join(';').trim();
    if (kept !== '') lines.push(name, kept);
  }
  return lines;
}

function linesThat(lines: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < lines.length; index += 2)
    if (isKept((lines[index] as string).toLowerCase()))
      kept.push(lines[index] as string, lines[index + 1] as string);
  return kept;
}

/** Node keeps headers in three shapes; the two by name are made from the lines when they are first looked at. */
function rewriteHeaders(request: GateRequest, lines: readonly string[]): void {
  // Made now, from the lines as they came: Node counts those when it makes them.
  const { headers, headersDistinct } = request;
  request.rawHeaders = [...lines];
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const name = (lines[index] as string).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), lines[index + 1] as string]);
  }
  for (const name of Object.keys(headersDistinct)) if (!values.has(name)) delete headersDistinct[name];
  for (const name of Object.keys(headers)) if (!values.has(name)) delete headers[name];
  for (const name of ['cookie', 'content-length', 'transfer-encoding']) {
    const own = values.get(name);
    if (own === undefined) continue;
    headers[name] = own.join(name === 'cookie' ? '; ' : ', ');
    headersDistinct[name] = own;
  }
}
