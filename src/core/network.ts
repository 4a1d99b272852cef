import { BlockList, isIP, isIPv4 } from 'node:net';

/** A canonical IPv4-mapped address (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** Whether `text` is an address without a zone, alone or with the bits of its network (CIDR, RFC 4632 §3.1). */
export function isNetwork(text: string): boolean {
  const [ip = '', bits, ...rest] = text.split('/');
  const version = isIP(ip);
  if (version === 0 || ip.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/**
 * Whether an address is in one of the networks (addresses and CIDR). An IPv4 address and its IPv6 form
 * (`::ffff:10.0.0.1`) are one and the same, in the list as of who asks. What is no network, lets nobody in.
 */
export function networkList(networks: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const network of networks.filter(isNetwork)) {
    const [address = '', bits] = network.split('/');
    const [family, most] = isIPv4(address) ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
    list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return (ip) => {
    const plain = plainAddress(ip);
    return plain !== undefined && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  };
}

/**
 * An address in its one spelling, without a zone; an IPv4 address that is mapped into IPv6 is itself. Undefined for what
 * is no address.
 */
export function plainAddress(ip: string): string | undefined {
  const version = isIP(ip);
  if (version !== 6) return version === 4 ? ip : undefined;
  const zone = ip.indexOf('%');
  // The URL standard has one spelling of each, without dots.
  const { hostname } = new URL(`http://[${zone === -1 ? ip : ip.slice(0, zone)}]/`);
  const canonical = hostname.slice(1, -1);
  const mapped = MAPPED.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
