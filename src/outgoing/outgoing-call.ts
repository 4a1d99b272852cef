import { validateHeaderName, validateHeaderValue } from 'node:http';
import { HostError, toError } from '../core/errors';
import type { OutgoingMethod, OutgoingOptions } from '../core/ports/outgoing';

/** A request that may be sent, everything about it decided. */
export interface OutgoingCall {
  readonly method: OutgoingMethod;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly retries: number;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly signal: AbortSignal | undefined;
  /** False: what comes after the head is not kept. */
  readonly isBodyWanted: boolean;
}

type Given = OutgoingOptions & { readonly method?: unknown };

const METHODS: readonly unknown[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** RFC 9110 §9.2.2. */
const IDEMPOTENT: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
const REDIRECTS: readonly unknown[] = ['follow', 'manual', 'error'];
const OPTION_NAMES: readonly string[] = [
  'method',
  'headers',
  'body',
  'json',
  'timeoutMs',
  'maxBytes',
  'retries',
  'redirect',
  'signal',
];
/** They say where a message ends, whom it is for or how the connection is used: the host's to say. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const MOST_TIMEOUT_MS = 600_000;
const MOST_BYTES = 1024 ** 3;
const MOST_RETRIES = 10;

/** @throws outgoing/bad-request listing everything wrong with the arguments; a URL is never repeated */
export function readCall(url: unknown, options: Given = {}): OutgoingCall {
  const issues: string[] = [];
  const given: Given = isRecord(options) ? options : {};
  if (given !== options) issues.push('the options are no object');
  for (const name of Object.keys(given).filter((known) => !OPTION_NAMES.includes(known)))
    issues.push(`there is no option "${name}" (known: ${OPTION_NAMES.join(', ')})`);
  const { method = 'GET', redirect = 'follow', signal } = given;
  if (!METHODS.includes(method)) issues.push(`the method is none of ${METHODS.join(', ')}`);
  if (!REDIRECTS.includes(redirect)) issues.push(`redirect is none of ${REDIRECTS.join(', ')}`);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    issues.push('signal is no AbortSignal');
  const address = textOf(url);
  if (!URL.canParse(address)) issues.push('the URL is no absolute one');
  const headers = readHeaders(given.headers ?? {}, issues);
  const body = readBody(given, method, headers, issues);
  const isRepeatable = IDEMPOTENT.includes(method as string) || 'idempotency-key' in headers;
  const isIdempotent = IDEMPOTENT.includes(method as string);
  if (!isRepeatable && (given.retries ?? 0) !== 0)
    issues.push(`a ${String(method)} is repeated only with an Idempotency-Key header`);
  const call = {
    timeoutMs: whole('timeoutMs', given.timeoutMs ?? 30_000, 1, MOST_TIMEOUT_MS, issues),
    maxBytes: whole('maxBytes', given.maxBytes ?? 10 * 1024 ** 2, 1, MOST_BYTES, issues),
    retries: whole('retries', given.retries ?? (isIdempotent ? 2 : 0), 0, MOST_RETRIES, issues),
  };
  if (issues.length > 0) throw new HostError('outgoing/bad-request', [issues.join('; ')]);
  return {
    ...call,
    method: method as OutgoingMethod,
    url: new URL(address),
    headers,
    body,
    redirect,
    signal,
    isBodyWanted: true,
  };
}

/** Not every object can be made a text. */
function textOf(url: unknown): string {
  try {
    return String(url);
  } catch {
    return '';
  }
}

function readHeaders(given: object, issues: string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    const lower = name.toLowerCase();
    const lines: readonly unknown[] = Array.isArray(value) ? value : [value];
    try {
      validateHeaderName(name);
      for (const line of lines) validateHeaderValue(name, line as string);
    } catch {
      issues.push(`the header ${JSON.stringify(name)} cannot be sent`);
      continue;
    }
    if (!lines.every((line) => typeof line === 'string')) issues.push(`the header "${name}" is no text`);
    else if (OWN_HEADERS.has(lower)) issues.push(`the header "${name}" is the host's to give`);
    else if (lower in headers) issues.push(`the header "${name}" is given twice`);
    else headers[lower] = lines.length === 1 ? (lines[0] as string) : (lines as string[]);
  }
  return headers;
}

/** Names the content type where the author does not. */
function readBody(
  { body, json }: Given,
  method: unknown,
  headers: Record<string, string | string[]>,
  issues: string[],
): Buffer | undefined {
  if (body === undefined && json === undefined) return undefined;
  if (method === 'GET' || method === 'HEAD') issues.push(`a ${method} has no body`);
  if (body !== undefined && json !== undefined) issues.push('give either body or json');
  if (json !== undefined) {
    headers['content-type'] ??= 'application/json';
    return jsonBytes(json, issues);
  }
  if (typeof body === 'string') {
    headers['content-type'] ??= 'text/plain; charset=utf-8';
    return Buffer.from(body);
  }
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  issues.push('body is neither a string nor bytes; use json for objects');
  return undefined;
}

function jsonBytes(json: unknown, issues: string[]): Buffer | undefined {
  try {
    const text = JSON.stringify(json);
    if (text !== undefined) return Buffer.from(text);
    issues.push('json is not what JSON can say');
  } catch (thrown) {
    issues.push(`json is not what JSON can say (${toError(thrown).message})`);
  }
  return undefined;
}

function whole(name: string, value: unknown, min: number, max: number, issues: string[]): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    issues.push(`${name} is no whole number from ${min} to ${max}`);
  return value as number;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
