import { isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { networkList, plainAddress } from '../../src/core/network';

/** As a number of 128 bits; an IPv4 address is the one that IPv6 maps it to. */
function numberOf(ip: string): bigint {
  if (!isIPv6(ip))
    return (0xffffn << 32n) + ip.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  const [host] = new SocketAddress({ address: ip, family: 'ipv6' }).address.split('%');
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host ?? '')?.[1];
  if (dotted !== undefined) return numberOf(dotted);
  const [start = '', end] = (host ?? '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
      const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
      return `${((a << 8) + b).toString(16)}:${((c << 8) + d).toString(16)}`;
    })
    .split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [head, tail] = [groups(start), groups(end ?? '')];
  const all = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return all.reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n);
}

test('an address is in the networks that its first bits say', () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.ipV4().map((ip) => `::ffff:${ip}`),
  );
  fc.assert(
    fc.property(address, address, fc.nat(128), fc.boolean(), (of, ip, most, isNear) => {
      const bits = isIPv6(of) ? most : most % 33;
      const caller = isNear ? of : ip;
      const shift = BigInt((isIPv6(of) ? 128 : 32) - bits);
      const isInside = numberOf(of) >> shift === numberOf(caller) >> shift;
      expect(networkList([`${of}/${bits}`])(caller)).toBe(isInside);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '::ffff:10.255.0.1', true],
  ['10.0.0.0/8', '::ffff:aff:1', true],
  ['::ffff:10.0.0.0/104', '10.255.0.1', true],
  ['::ffff:10.0.0.1', '10.0.0.1', true],
  ['10.0.0.1', '::ffff:10.0.0.1', true],
  ['10.0.0.0/8', '::10.0.0.1', false],
  ['10.0.0.7/31', '10.0.0.6', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['64:ff9b::/96', '64:ff9b::a00:1', true],
  ['127.0.0.1', '127.0.0.2', false],
])('%s with %s: %s', (network, ip, isInside) => {
  expect(networkList([network])(ip)).toBe(isInside);
});

test('what is no network or no address lets nobody in', () => {
  for (const network of [
    '',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0/8',
    '010.0.0.0/8',
    'all',
    '10.0.0.0/8x',
    '10.0.0.0/8/8',
    'fd00::/129',
    'fe80::%eth0/10',
  ])
    expect([network, networkList([network])('10.0.0.1')]).toEqual([network, false]);
  const everybody = networkList(['0.0.0.0/0', '::/0']);
  for (const ip of ['', ' ', '10.0.0', '10.0.0.1:80', '[::1]', 'localhost', '10.0.0.1, 10.0.0.2'])
    expect([ip, everybody(ip)]).toEqual([ip, false]);
});

test('an address has one spelling, without a zone, and a mapped one is that of IPv4', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.constantFrom('', '%eth0', '%2'), (ip, zone) => {
      const plain = plainAddress(isIPv6(ip) ? ip + zone : ip) ?? '';
      expect(numberOf(plain)).toBe(numberOf(ip));
      expect(plainAddress(plain)).toBe(plain);
      expect(isIPv6(plain)).toBe(numberOf(ip) >> 32n !== 0xffffn);
    }),
  );
  expect(['::FFFF:7f00:1', 'FE80:0::1%eth0', '::1.2.3.4'].map(plainAddress)).toEqual([
    '127.0.0.1',
    'fe80::1',
    '::102:304',
  ]);
  expect(['', 'localhost', '127.1', '[::1]', '10.0.0.1:80'].map(plainAddress)).toEqual(
    Array(5).fill(undefined),
  );
});
