import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import { SESSION_COOKIE } from '../core/ports/console-sessions';
import { CHECK_DETAIL_HEADER, REACHED_HEADER } from '../core/reach-check';
import { pathOf } from './request-path';

/**
 * All plugins and the console are one origin to a browser. A plugin's answer could widen a worker to the console's pages
 * (Service Workers §service-worker-allowed), end its session (Clear-Site-Data §3.1), or keep a hold on its window (HTML
 * §7.1.3: two pages with the same opener policy stay in touch). What a check of addresses found is the host's to say.
 */
const WITHHELD: readonly string[] = [
  'service-worker-allowed',
  'clear-site-data',
  'cross-origin-opener-policy',
  REACHED_HEADER,
  CHECK_DETAIL_HEADER,
];
const SET_COOKIE = 'set-cookie';
const NAMES: ReadonlySet<string> = new Set([...WITHHELD, SET_COOKIE]);
/** Asked first: most names are none of these by their length already. */
const LENGTHS: ReadonlySet<number> = new Set([...NAMES].map((name) => name.length));

/** Takes from the headers that were set on a plugin's answer those that are not a plugin's to send; answers their names. */
export function withholdSet(response: ServerResponse): readonly string[] {
  let gone: string[] | undefined;
  for (const name of WITHHELD)
    if (response.hasHeader(name)) {
      response.removeHeader(name);
      (gone ??= []).push(name);
    }
  if (!response.hasHeader(SET_COOKIE)) return gone ?? NONE;
  const lines = [response.getHeader(SET_COOKIE) as OutgoingHttpHeader].flat();
  const kept = lines.filter((line) => !isSession(line));
  if (kept.length === lines.length) return gone ?? NONE;
  if (kept.length === 0) response.removeHeader(SET_COOKIE);
  else response.setHeader(SET_COOKIE, kept.map(String));
  return [...(gone ?? NONE), SET_COOKIE];
}

/** The same of headers as `writeHead` takes them, an object or a list: answers what of them may be sent. */
export function withholdGiven(
  given: object,
): { readonly kept: object; readonly gone: readonly string[] } | undefined {
  const pairs = pairsOf(given);
  const gone: string[] = [];
  const kept: (readonly [string, unknown])[] = [];
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    if (!LENGTHS.has(name.length) || !NAMES.has(lower)) {
      kept.push([name, value]);
      continue;
    }
    const lines = lower === SET_COOKIE ? [value].flat().filter((line) => !isSession(line)) : [];
    if (lower !== SET_COOKIE || lines.length < [value].flat().length) gone.push(lower);
    if (lines.length > 0) kept.push([name, lines]);
  }
  if (gone.length === 0) return undefined;
  return { kept: Array.isArray(given) ? kept.flat() : Object.fromEntries(kept), gone };
}

/** Of the shortest address a plugin has to itself, as in `/api/plugin/<key>`. */
const OWN_SEGMENTS = 3;

/**
 * A worker may have all that lies beside its script. Of a script at the very address of its plugin that would be every plugin:
 * it is told to keep to what lies below. Relative, as the header is read (Service Workers §7.2).
 */
export function confineWorker(response: ServerResponse, originalUrl: string): void {
  const segments = pathOf(originalUrl).split('/').slice(1);
  const last = segments.at(-1) ?? '';
  if (segments.length <= OWN_SEGMENTS) response.setHeader('service-worker-allowed', `./${last}/`);
}

const NONE: readonly string[] = [];

/** Whether anything among the given headers is to be looked at more closely; costs next to nothing where not. */
export function mayBeWithheld(given: object): boolean {
  if (Array.isArray(given)) return true;
  for (const name in given) if (LENGTHS.has(name.length) && NAMES.has(name.toLowerCase())) return true;
  return false;
}

/** Names and values in turn, or as pairs, or by name. */
function pairsOf(given: object): (readonly [string, unknown])[] {
  if (!Array.isArray(given)) return Object.entries(given);
  if (given.every((one) => Array.isArray(one)))
    return (given as unknown[][]).map(([name, value]) => [String(name), value]);
  const pairs: [string, unknown][] = [];
  for (let index = 0; index + 1 < given.length; index += 2)
    pairs.push([String(given[index]), given[index + 1]]);
  return pairs;
}

/** Anywhere before the attributes: a browser sends back a cookie without a name as if its value were one. */
function isSession(line: unknown): boolean {
  return (String(line).split(';', 1)[0] ?? '').includes(SESSION_COOKIE);
}
