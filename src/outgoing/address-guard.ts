import { networkList } from '../core/network';

/** What is given out to be reached: of IPv6 (RFC 4291 §2.4) everything else, NAT64 and unique local addresses too, is not. */
const isGivenOut = networkList(['0.0.0.0/0', '2000::/3']);
/**
 * Not for everybody to reach, as IANA's registry of special addresses has it (RFC 6890), multicast, and what is never
 * given out. 168.63.129.16 answers guests of one cloud only.
 */
const isSpecial = networkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Protocol assignments (Teredo too), documentation, and 6to4, which holds any IPv4 address inside.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]);

/** Whether everybody may reach an address. What is no address, or has a zone, is not public. */
export function isPublicAddress(address: string): boolean {
  return !address.includes('%') && isGivenOut(address) && !isSpecial(address);
}
