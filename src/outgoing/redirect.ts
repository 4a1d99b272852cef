import { HostError } from '../core/errors';
import type { OutgoingAnswer } from '../core/ports/outgoing';
import { whereOf } from './destination';
import type { Hop } from './round-trip';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** What may go to another origin: the author's other headers were meant for the first. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-encoding',
  'content-language',
  'content-type',
  'user-agent',
]);

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * The request that follows a redirect (RFC 9110 §15.4, methods as the Fetch standard has them); undefined where the answer
 * names no place to go. @throws outgoing/bad-answer
 */
export function nextHop(hop: Hop, { status, headers }: OutgoingAnswer): Hop | undefined {
  const where = whereOf(hop.method, hop.url);
  const [location, ...more] = headers.getAll('location');
  if (location === undefined) return undefined;
  if (more.length > 0 || !URL.canParse(location, hop.url.href))
    throw new HostError('outgoing/bad-answer', [where, 'it redirects to no address']);
  const url = new URL(location, hop.url);
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:')
    throw new HostError('outgoing/bad-answer', [where, 'it redirects to an address without TLS']);
  const isRewritten =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') ||
    ((status === 301 || status === 302) && hop.method === 'POST');
  const kept = Object.entries(hop.headers).filter(
    ([name]) =>
      (url.origin === hop.url.origin || NEUTRAL.has(name)) && !(isRewritten && name.startsWith('content-')),
  );
  return {
    method: isRewritten ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(kept),
    body: isRewritten ? undefined : hop.body,
  };
}
