import { BlockList, isIP } from 'node:net';
import { HostError } from '../core/errors';

/**
 * Not for everybody to reach, as IANA's registry of special addresses has it (RFC 6890), multicast, and what is never
 * given out. 168.63.129.16 answers guests of one cloud only.
 */
const SPECIAL_4 = listOf('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);
/** What is given out to be reached (RFC 4291 §2.4): everything else, NAT64 and unique local addresses too, is not. */
const GLOBAL_6 = listOf('ipv6', [['2000::', 3]]);
/** Protocol assignments (Teredo too), documentation, and 6to4, which holds any IPv4 address inside. */
const SPECIAL_6 = listOf('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
/** A canonical IPv4-mapped address (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** Whether everybody may reach an address. What is no address is not public. */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  if (plain === undefined) return false;
  return plain.family === 'ipv4'
    ? !SPECIAL_4.check(plain.address, 'ipv4')
    : GLOBAL_6.check(plain.address, 'ipv6') && !SPECIAL_6.check(plain.address, 'ipv6');
}

/** Networks that an operator permits although they are not public. @throws outgoing/bad-setting */
export function permittedNetworks(setting: string, entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [text = '', ...rest] = entry.split('/');
    const bits = rest.length === 0 ? undefined : rest.join('/');
    const family = isIP(text) === 4 ? 'ipv4' : 'ipv6';
    try {
      if (bits === undefined) list.addAddress(text, family);
      else list.addSubnet(text, wholeNumber(bits), family);
    } catch (cause) {
      throw new HostError('outgoing/bad-setting', [setting, entry], { cause });
    }
  }
  return (address) => {
    const plain = plainAddress(address);
    return plain !== undefined && list.check(plain.address, plain.family);
  };
}

interface PlainAddress {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** In its one spelling; an IPv4 address mapped into IPv6 is the IPv4 address it reaches. */
function plainAddress(address: string): PlainAddress | undefined {
  const version = isIP(address);
  if (version === 4) return { address, family: 'ipv4' };
  const url = `http://[${address}]/`;
  // An address with a zone (`fe80::1%eth0`) is no host of a URL, and none that is public.
  if (version !== 6 || !URL.canParse(url)) return undefined;
  const canonical = new URL(url).hostname.slice(1, -1);
  const mapped = MAPPED.exec(canonical);
  if (mapped === null) return { address: canonical, family: 'ipv6' };
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)];
  return { address: [high >> 8, high & 255, low >> 8, low & 255].join('.'), family: 'ipv4' };
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of subnets) list.addSubnet(network, bits, family);
  return list;
}

function wholeNumber(text: string): number {
  return /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
}
