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

/** Whether an address is in one of the ranges. */
export function isInRanges(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

function readBits(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}
