import { holdersWithin } from '../../authentication/request/request-holders.js';
import { countedAddress } from '../../http/client-address.js';
import { isObject } from '../../values/is-object.js';

/**
 * Returns the address by which the host server knows a client. This is `ip` of Express, Fastify and Koa, which follow their
 * own setting for proxies. For others it is the other end of the connection. Headers are not read, because any client can
 * send one.
 *
 * @returns undefined if the request does not have it, such as a Request of the Fetch standard
 */
export function requestAddress(request: unknown): string | undefined {
  const addresses = holdersWithin(request).flatMap((one) => [
    member(one, 'ip'),
    member(member(one, 'socket'), 'remoteAddress'),
  ]);
  return addresses.find((address) => typeof address === 'string');
}

/** Returns the text that tokens from this address are counted by. Undefined if it is not an address. */
export function sourceOf(address: unknown): string | undefined {
  return typeof address === 'string' ? countedAddress(address) : undefined;
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}
