import { isIP, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { isInRanges, parseAddressRange } from '../config/address-range.js';
import { LIMITS } from '../config/limits.js';
import { ownText } from '../values/own-text.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The address of a client whose connection is gone: Node no longer knows it. */
export const UNKNOWN_ADDRESS = 'unknown';

const MAX_ADDRESS_LENGTH = LIMITS.addressLength.default;
const MAX_HOPS = LIMITS.forwardedHops.default;

/** Prefix of IPv4 addresses behind a translator (RFC 6052 s.2.1): `64:ff9b::/96`. */
const TRANSLATED: ipaddr.IPv6 = ipaddr.IPv6.parse('64:ff9b::');
const TRANSLATED_BITS = 96;

/**
 * Returns the client's address in one form, so that a client counts once for every spelling of a proxy. It is an IPv4
 * address, or the /64 network of an IPv6 address, because one client has a whole such network.
 *
 * Behind trusted proxies (`TRUST_PROXY`) it is the last address that they report. A proxy can also report a text such as
 * `unknown`. All clients of that proxy then share its own address: text of a client never becomes an address.
 */
export function clientAddress(request: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  // Most addresses are in this form already, and each request of an anonymous client is counted by one. One from a
  // header is a part of it, and what remembers the address would keep the whole header in memory.
  if (isIPv4(request.ip)) return ownText(request.ip);
  const address = parseAddress(request.ip) ?? lastAddress(request.ips ?? []);
  return address === undefined ? UNKNOWN_ADDRESS : countedForm(address);
}

/** Returns an address in the form that clients are counted by; undefined for a text that is not an address. */
export function countedAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address && countedForm(address);
}

/**
 * Creates the `trustProxy` function of Fastify. Fastify's own does not understand addresses with a port.
 *
 * @param ranges addresses and ranges of the trusted proxies, as checked by the settings
 * @returns takes an address and its place: 0 is the other end of the connection, 1 the last in the header
 */
export function createTrustProxy(ranges: readonly string[]): (address: string | undefined, hop?: number) => boolean {
  const trusted = ranges.map(parseAddressRange).filter((range) => range !== undefined);
  // Each connection asks, and most servers trust no proxy.
  if (trusted.length === 0) return () => false;
  return (text, hop = 0) => {
    // A client in one of the ranges could send thousands of such addresses.
    if (hop > MAX_HOPS) return false;
    const address = parseAddress(text);
    return address !== undefined && isInRanges(address, trusted);
  };
}

/**
 * Reads an address as proxies write it: with a port (`192.0.2.1:443`), in brackets (`[2001:db8::1]:443`), with a zone id
 * (`fe80::1%eth0`) or as IPv4 within IPv6 (`::ffff:192.0.2.1`). Case and surrounding spaces do not matter.
 *
 * @returns undefined for everything else
 */
export function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined || text.length > MAX_ADDRESS_LENGTH) return undefined;
  const host = withoutBrackets(text.trim());
  for (const candidate of [host, withoutPort(host)]) {
    const [address = ''] = candidate.split('%', 1);
    if (isIP(address) !== 0) return ipaddr.process(address);
  }
  return undefined;
}

function withoutBrackets(text: string): string {
  const end = text.indexOf(']');
  return text.startsWith('[') && end !== -1 ? text.slice(1, end) : text;
}

function withoutPort(text: string): string {
  return text.slice(0, Math.max(0, text.lastIndexOf(':')));
}

function lastAddress(texts: readonly string[]): Address | undefined {
  return texts
    .map(parseAddress)
    .filter((address) => address !== undefined)
    .at(-1);
}

function countedForm(address: Address): string {
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  if (address.match(TRANSLATED, TRANSLATED_BITS)) return new ipaddr.IPv4(address.toByteArray().slice(12)).toString();
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
