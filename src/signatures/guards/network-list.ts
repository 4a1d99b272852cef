import { BlockList, isIP } from 'node:net';

/**
 * Whether a caller's address is in one of the networks (addresses and CIDR). An IPv4 address and its IPv6 form
 * (`::ffff:10.0.0.1`) are one and the same, in the list as of the caller. What is no network, lets nobody in.
 */
export function networkList(networks: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const version = isIP(address);
    if (version === 0) continue;
    const [family, most] = version === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
    const prefix = bits === undefined ? most : Number(bits);
    // Written out: `Number('')` is 0, and 0 bits are the whole world.
    if (bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > most) continue;
    list.addSubnet(address, prefix, family);
  }
  return (ip) => {
    const version = isIP(ip);
    return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6');
  };
}
