import {
  parseDictionary,
  serializeInnerList,
  serializeItem,
  type InnerList,
  type Item,
} from 'structured-headers';

/** What of a request can be covered, however it came or is about to be sent. */
export interface CoverableRequest {
  readonly method: string;
  readonly rawTarget: string;
  publicUrl(): string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** `unknown`: not a component that counts here, or one that the request has not. */
export type BaseResult =
  | { readonly ok: true; readonly base: Buffer }
  | { readonly ok: false; readonly reason: 'unknown' | 'no_public_url' };

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * The bytes that a signature is made over (RFC 9421 §2.5). Components: `@method`, `@target-uri`, `@authority`, `@scheme`,
 * `@request-target`, `@path`, `@query`, `@query-param;name`, and headers, plain, `;bs` or `;key`. Addresses are the public
 * one's; where none is configured the path and the query are those that were received. A component twice, one that is
 * absent, and parameters that are not named here (`req`, `tr`, `sf`) make no base. Never throws.
 */
export function signatureBase(input: InnerList, request: CoverableRequest): BaseResult {
  try {
    const lines: string[] = [];
    const seen = new Set<string>();
    for (const item of input[0]) {
      const identifier = serializeItem(item);
      const value = componentValue(item, request);
      if (value === NO_PUBLIC_URL) return { ok: false, reason: 'no_public_url' };
      if (value === undefined || seen.has(identifier)) return { ok: false, reason: 'unknown' };
      seen.add(identifier);
      lines.push(`${identifier}: ${value}`);
    }
    lines.push(`"@signature-params": ${serializeInnerList(input)}`);
    return { ok: true, base: Buffer.from(lines.join('\n'), 'latin1') };
  } catch {
    return { ok: false, reason: 'unknown' };
  }
}

const NO_PUBLIC_URL = Symbol('no public url');
type Value = string | undefined | typeof NO_PUBLIC_URL;

function componentValue([name, parameters]: Item, request: CoverableRequest): Value {
  if (typeof name !== 'string') return undefined;
  if (!name.startsWith('@')) return headerValue(name, parameters, request.rawHeaders);
  if (name === '@query-param') return queryParameter(parameters, targetOf(request));
  if (parameters.size > 0) return undefined;
  return Object.hasOwn(DERIVED, name) ? DERIVED[name]?.(request) : undefined;
}

const DERIVED: Readonly<Record<string, (request: CoverableRequest) => Value>> = {
  '@method': ({ method }) => method,
  '@target-uri': (request) => request.publicUrl() ?? NO_PUBLIC_URL,
  '@authority': (request) => ofUrl(request, (url) => url.host),
  '@scheme': (request) => ofUrl(request, (url) => url.protocol.slice(0, -1)),
  '@request-target': (request) => targetOf(request),
  '@path': (request) => targetOf(request).split('?', 1)[0],
  '@query': (request) => `?${queryOf(targetOf(request))}`,
};

/** `URL` writes the host in lower case and leaves out a port that is the scheme's own, as §2.2.3 asks. */
function ofUrl(request: CoverableRequest, read: (url: URL) => string): Value {
  const url = request.publicUrl();
  return url === undefined ? NO_PUBLIC_URL : read(new URL(url));
}

/** Path and query as the sender wrote them: of the public address, which a proxy may have shortened before it came here. */
function targetOf(request: CoverableRequest): string {
  const url = request.publicUrl();
  if (url === undefined) return request.rawTarget;
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  return slash === -1 ? '/' : url.slice(slash);
}

function queryOf(target: string): string {
  const at = target.indexOf('?');
  return at === -1 ? '' : target.slice(at + 1);
}

/** §2.2.8: the one value of the name, in one spelling; a name that occurs twice cannot be covered. */
function queryParameter(parameters: Item[1], target: string): string | undefined {
  const name = parameters.get('name');
  if (parameters.size !== 1 || typeof name !== 'string') return undefined;
  const values = new URLSearchParams(queryOf(target)).getAll(decodeURIComponent(name));
  return values.length === 1 ? percentEncode(values[0] ?? '') : undefined;
}

function percentEncode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerValue(name: string, parameters: Item[1], rawHeaders: readonly string[]): string | undefined {
  const lines = headerLines(rawHeaders, name);
  if (!HEADER_NAME.test(name) || lines.length === 0) return undefined;
  if (parameters.size === 0) return lines.join(', ');
  if (parameters.size > 1) return undefined;
  if (parameters.get('bs') === true) return lines.map(asBytes).join(', ');
  const key = parameters.get('key');
  if (typeof key !== 'string') return undefined;
  const member = parseDictionary(lines.join(', ')).get(key);
  if (member === undefined) return undefined;
  return Array.isArray(member[0]) ? serializeInnerList(member as InnerList) : serializeItem(member as Item);
}

const asBytes = (line: string) => `:${Buffer.from(line, 'latin1').toString('base64')}:`;

/** Each line of the header as it was sent, white space around it taken off; `name` in lower case. */
export function headerLines(rawHeaders: readonly string[], name: string): string[] {
  const lines: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) lines.push(trimBlanks(rawHeaders[index + 1] ?? ''));
  }
  return lines;
}

/** Blanks of RFC 9110 §5.6.3 only; `trim` would take further characters with it. */
function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start])) start += 1;
  while (end > start && isBlank(value[end - 1])) end -= 1;
  return value.slice(start, end);
}

const isBlank = (character: string | undefined) => character === ' ' || character === '\t';
