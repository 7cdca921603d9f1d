import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A network: its first address and the bits that its addresses share. */
export type AddressRange = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

const MAPPED_BITS = 96;

/**
 * Reads an address or a range such as `10.0.0.0/8`. IPv4 in the form of IPv6 (`::ffff:10.0.0.0/104`) counts as IPv4.
 *
 * @returns undefined when it is neither
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [written = '', bitsText, ...rest] = text.split('/');
  if (isIP(written) === 0 || rest.length > 0) return undefined;
  const address = ipaddr.parse(written);
  const most = address.kind() === 'ipv6' ? 128 : 32;
  const bits = bitsText === undefined ? most : readBits(bitsText);
  if (bits === undefined || bits > most) return undefined;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  return isMapped && bits >= MAPPED_BITS ? [address.toIPv4Address(), bits - MAPPED_BITS] : [address, bits];
}

export function isInRanges(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

/**
 * Widest ranges that can hold proxies. The hundred ranges that a setting may have never cover all addresses. A client
 * within a range chooses the address that is counted, so a wide range would switch off every limit by address.
 */
const WIDEST_BITS = { ipv4: 8, ipv6: 16 } as const;
/** Private and link-local networks of IPv6, which are wider (RFC 4193 s.3.1, RFC 4291 s.2.5.6). */
const LOCAL_IPV6: readonly AddressRange[] = [
  [ipaddr.IPv6.parse('fc00::'), 7],
  [ipaddr.IPv6.parse('fe80::'), 10],
];

/** Returns whether a range is so wide that it holds clients too, such as `0.0.0.0/0` or half of all addresses. */
export function isTooWideForProxies([network, bits]: AddressRange): boolean {
  if (bits >= WIDEST_BITS[network.kind()]) return false;
  return !LOCAL_IPV6.some(([local, localBits]) => bits >= localBits && isInRanges(network, [[local, localBits]]));
}

/** Returns whether only this machine can reach a server at `host`, which may be the host of a URL. */
export function isLoopbackHost(urlHost: string): boolean {
  const host = urlHost.startsWith('[') ? urlHost.slice(1, -1) : urlHost;
  if (isIP(host) !== 0) return ipaddr.process(host).range() === 'loopback';
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost');
}

function readBits(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}
