import { isLoopbackHost } from '../config/address-range.js';

/**
 * Creates the test for origins whose pages may call this server: the given ones, and in development every port of this
 * machine. Returns undefined if no origin is allowed.
 *
 * @param origins as browsers write them, such as `https://app.example.com`
 */
export function createAllowedOrigins(
  origins: readonly string[],
  allowsLoopback: boolean,
): ((origin: string) => boolean) | undefined {
  if (origins.length === 0 && !allowsLoopback) return undefined;
  const given = new Set(origins);
  return (origin) => given.has(origin) || (allowsLoopback && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === origin && isLoopbackHost(url.hostname);
}
