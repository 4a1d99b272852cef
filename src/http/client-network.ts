import { isIPv4 } from 'node:net';
import { networkList, plainAddress } from '../core/network';

/** What `trust proxy` believes may be any text. */
const LONGEST_TEXT = 64;

const isOfThisMachine = networkList(['127.0.0.0/8', '::1']);

/** An address that many may stand behind: a proxy's, a container host's (RFC 1918, 3927, 4193, 4291, 6598). */
export const isPrivate = networkList([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]);

/** What an address counts as: itself, or of IPv6 its /64, which one subscriber has whole. */
export function networkOf(ip: string): string {
  const plain = plainAddress(ip);
  if (plain === undefined || isIPv4(plain)) return (plain ?? ip).slice(0, LONGEST_TEXT);
  const [head = '', tail] = plain.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** Of this machine; the operator's own socket, which has no address, too. */
export function isLoopback(ip: string): boolean {
  return ip === '' || isOfThisMachine(ip);
}

const groupsOf = (text: string) => (text === '' ? [] : text.split(':'));
