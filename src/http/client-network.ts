import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** What `trust proxy` believes may be any text. */
const LONGEST_TEXT = 64;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const shared = new BlockList();
shared.addSubnet('10.0.0.0', 8, 'ipv4');
shared.addSubnet('172.16.0.0', 12, 'ipv4');
shared.addSubnet('192.168.0.0', 16, 'ipv4');
shared.addSubnet('100.64.0.0', 10, 'ipv4');
shared.addSubnet('169.254.0.0', 16, 'ipv4');
shared.addSubnet('fc00::', 7, 'ipv6');
shared.addSubnet('fe80::', 10, 'ipv6');

/** What an address counts as: itself, or of IPv6 its /64, which one subscriber has whole. */
export function networkOf(ip: string): string {
  const plain = plainAddress(ip);
  if (!isIPv6(plain)) return plain.slice(0, LONGEST_TEXT);
  const [head = '', tail] = plain.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Of this machine; the operator's own socket, which has no address, too. */
export function isLoopback(ip: string): boolean {
  return ip === '' || isIn(loopback, ip);
}

/** An address that many may stand behind: a proxy's, a container host's (RFC 1918, 3927, 4193, 4291, 6598). */
export function isPrivate(ip: string): boolean {
  return isIn(shared, ip);
}

function isIn(list: BlockList, ip: string): boolean {
  const plain = plainAddress(ip);
  if (isIPv4(plain)) return list.check(plain, 'ipv4');
  return isIPv6(plain) && list.check(plain, 'ipv6');
}

/** Without a zone; an IPv4 address that is mapped into IPv6 is itself. */
function plainAddress(ip: string): string {
  const zone = ip.indexOf('%');
  const plain = zone === -1 ? ip : ip.slice(0, zone);
  const mapped = plain.toLowerCase().startsWith('::ffff:') ? plain.slice(7) : plain;
  return isIPv4(mapped) ? mapped : plain;
}

/** An IPv4 ending stands for two groups, whichever: they are beyond the first four. */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
