import { BlockList, isIP } from 'node:net';

/** IPv4 that nobody on the public internet has (IANA's special-purpose registry), and multicast. */
const PRIVATE_4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // carriers' address translation
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata of clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24', // examples
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // examples
  '203.0.113.0/24', // examples
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
];

/** Within 2000::/3, the only public part of IPv6: what wraps IPv4, or is nobody's. */
const PRIVATE_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const toList = (subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net, prefix] = subnet.split('/') as [string, string];
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
};

const private4 = toList(PRIVATE_4, 'ipv4');
const private6 = toList(PRIVATE_6, 'ipv6');
const unicast6 = toList(['2000::/3'], 'ipv6');

/**
 * Whether an address is one of the public internet. All that wraps IPv4 is refused whole: mapped (::ffff:0:0/96), compatible (::/96), NAT64
 * (64:ff9b::/96), 6to4 (2002::/16), Teredo (2001::/32).
 */
export function isPublicAddress(address: string): boolean {
  const [bare = ''] = address.split('%'); // a zone says on which link
  if (bare !== address) return false;
  if (isIP(bare) === 4) return !private4.check(bare, 'ipv4');
  return isIP(bare) === 6 && unicast6.check(bare, 'ipv6') && !private6.check(bare, 'ipv6');
}
