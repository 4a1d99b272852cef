import { isIP } from 'node:net';
import { HostError } from '../core/errors';
import { isPublicAddress } from './address-guard';

/** Where the requests of one plugin may go. */
export interface DestinationRules {
  /** Names of hosts, `*.example.org` for all below; a host must be in each of the lists. None: any that is public. */
  readonly lists: readonly (readonly string[])[];
  /** Of addresses that are not public. */
  readonly isPermitted: (address: string) => boolean;
  readonly allowHttp: boolean;
}

/** Method and origin, for messages: paths, queries and user names may hold secrets. */
export function whereOf(method: string, url: URL): string {
  return `${method} ${url.protocol}//${url.host}`;
}

/**
 * What can be judged by the address alone, however its host was spelled.
 * @throws outgoing/refused-url, outgoing/refused-address
 */
export function checkDestination(where: string, url: URL, rules: DestinationRules): void {
  const refuse = (why: string) => new HostError('outgoing/refused-url', [where, why]);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('it is no https address');
  if (url.protocol === 'http:' && !rules.allowHttp)
    throw refuse('it is not https, and only the operator allows that, with http.allowHttp');
  if (url.username !== '' || url.password !== '')
    throw refuse('it holds a user name or password; send them in a header');
  const host = hostOf(url.hostname);
  if (!rules.lists.every((list) => list.some((entry) => matches(entry, host))))
    throw refuse(
      'its host is not among those this plugin may ask: it must be in allowHosts of the author and http.allow of the operator, where they name any',
    );
  if (isIP(host) !== 0) checkAddress(where, host, url, rules);
}

/**
 * An address that is about to be dialled for `url`.
 * @throws outgoing/refused-address; outgoing/refused-url for a port that is not the protocol's own, unless the host is
 * named in full or the address is permitted by the operator
 */
export function checkAddress(where: string, address: string, url: URL, rules: DestinationRules): void {
  if (rules.isPermitted(address)) return;
  if (!isPublicAddress(address)) throw new HostError('outgoing/refused-address', [where]);
  const host = hostOf(url.hostname);
  if (url.port !== '' && !rules.lists.some((list) => list.includes(host)))
    throw new HostError('outgoing/refused-url', [where, OTHER_PORT]);
}

const OTHER_PORT =
  'its port is not that of its protocol; name its host in full in allowHosts or http.allow, or its network in http.allowPrivate';

/** Without the brackets of IPv6 and the dot of the root. */
export function hostOf(hostname: string): string {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}

function matches(entry: string, host: string): boolean {
  return entry.startsWith('*.') ? host.endsWith(entry.slice(1)) && isIP(host) === 0 : entry === host;
}
