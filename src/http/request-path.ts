import { HostError } from '../core/errors';

/** True when a path holds anything that `inspectPath` must look at: the common path needs no second look. */
export function isSuspect(path: string): boolean {
  return SUSPECT.test(path);
}
const SUSPECT = /[%\\#\u0000-\u0020\u007f]|\/[./]/;

/**
 * Classifies a path, never rewriting it. True when it has an empty segment (`//`), which no declared endpoint
 * matches. `%2F` and other encoded characters are data.
 * @throws request/bad-path for a backslash, NUL, fragment, bad percent-encoding, or a segment meaning `.` or `..`
 */
export function inspectPath(path: string): boolean {
  if (path.includes('\\')) throw new HostError('request/bad-path', ['it has a backslash']);
  if (path.includes('\0')) throw new HostError('request/bad-path', ['it has a NUL']);
  if (path.includes('#')) throw new HostError('request/bad-path', ['it has a fragment']);
  for (const segment of path.split('/')) {
    const text = segment.includes('%') ? decodeSegment(segment) : segment;
    if (text === '.' || text === '..') throw new HostError('request/bad-path', ['it has a dot segment']);
  }
  return path.includes('//');
}

function decodeSegment(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch (cause) {
    throw new HostError('request/bad-path', ['its percent-encoding is invalid'], { cause });
  }
  if (text.includes('\0')) throw new HostError('request/bad-path', ['it has a NUL']);
  return text;
}

/**
 * The origin-form of a request target: an absolute-form target loses its scheme and authority (RFC 9112 §3.2.2).
 * Undefined for `*` and for anything else that is no path.
 */
export function toOriginForm(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  const scheme = /^https?:\/\//i.exec(target);
  if (scheme === null) return undefined;
  const start = target.slice(scheme[0].length).search(/[/?]/);
  if (start === -1) return '/';
  const rest = target.slice(scheme[0].length + start);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** A request target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

/** The path of an alias: slashes collapsed, none at the end, one at the start. */
export function collapseSlashes(path: string): string {
  return `/${path
    .split('/')
    .filter((segment) => segment !== '')
    .join('/')}`;
}
