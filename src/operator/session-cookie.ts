import type { IncomingMessage } from 'node:http';
import { SESSION_COOKIE } from '../core/ports/console-sessions';

/** Where the console's requests go: to nothing that a plugin answers but `server` routes of apps, which are not shown it. */
const PATHS = ['/api/operator', '/console', '/api/apps'] as const;
/** 256 random bits, base64url. */
const VALUE = /^[\w-]{43}$/;
/** Others of the name may come from a page of this origin, which can make cookies of its own; more are not looked at. */
const MOST_VALUES = 4;

/** What a request says of itself that decides how its cookie is written. */
export interface Asked {
  /** The page's, as the browser says it: behind a proxy it alone knows the address people see. */
  readonly origin: string | undefined;
  /** `Host`, by the trusted proxies. */
  readonly host: string | undefined;
  /** By the trusted proxies. */
  readonly isSecure: boolean;
}

/** The values of the console's cookie in a request, those that could be one. */
export function sessionValues({ headers: { cookie } }: IncomingMessage): readonly string[] {
  if (cookie === undefined || !cookie.includes(SESSION_COOKIE)) return [];
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
    .filter((value) => VALUE.test(value))
    .slice(0, MOST_VALUES);
}

/**
 * Lines of `Set-Cookie` (RFC 6265 §4.1), one for each path; below the path of `publicUrl` where that is what the browser asked.
 * Without a value they clear it.
 */
export function sessionCookies(
  value: string | undefined,
  maxAgeSeconds: number,
  asked: Asked,
  publicUrl: string | undefined,
): readonly string[] {
  const isSecure = asked.isSecure || asked.origin?.startsWith('https:') === true;
  const attributes = [
    `Max-Age=${value === undefined ? 0 : maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ];
  const prefix = prefixOf(asked, publicUrl);
  return PATHS.map((path) =>
    [`${SESSION_COOKIE}=${value ?? ''}`, `Path=${prefix}${path}`, ...attributes].join('; '),
  );
}

/** The path of the public address, without its last slash, where the browser is there. */
function prefixOf({ origin, host }: Asked, publicUrl: string | undefined): string {
  if (publicUrl === undefined || !URL.canParse(publicUrl)) return '';
  const own = new URL(publicUrl);
  const seen = origin ?? `${own.protocol}//${host ?? ''}`;
  const isThere = URL.canParse(seen) && new URL(seen).host === own.host;
  return isThere ? own.pathname.replace(/\/+$/, '') : '';
}
