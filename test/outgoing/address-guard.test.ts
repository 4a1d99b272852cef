import { isPublicAddress } from '../../src/outgoing/address-guard';

test.each([
  '8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '192.169.0.1',
  '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8', '::ffff:808:808',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
}); // prettier-ignore

test.each([
  // this network, loopback, private, shared, link-local (the metadata of clouds)
  '0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.255', '10.0.0.1', '172.16.0.1', '172.31.255.255',
  '192.168.1.1', '100.64.0.1', '100.100.100.200', '169.254.169.254', '168.63.129.16',
  // protocol assignments, documentation, benchmarks, 6to4 relays, multicast, reserved, broadcast
  '192.0.0.192', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '192.88.99.1',
  '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
  // the same inside IPv6: mapped, compatible, NAT64, 6to4, Teredo
  '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::7f00:1',
  '64:ff9b:1::1', '2002:7f00:1::', '2001:0:7f00:1::', '2001::1',
  // unspecified, loopback, unique local, link-local, site-local, multicast, documentation, discard, never given out
  '::', '::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', '2606:4700::1111%eth0', 'fec0::1', 'ff02::1', '2001:db8::1',
  '3fff::1', '100::1', '4000::1',
  // no addresses
  '', 'localhost', '127.1', '2130706433', '1.2.3.4.5',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
}); // prettier-ignore
