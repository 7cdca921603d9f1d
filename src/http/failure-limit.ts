import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from './client-address.js';

const MINUTE_MS = 60_000;
/** Addresses remembered; the one not heard of for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Counts what fails, by the client's address: an IPv4 address, or the /64 network of an IPv6 one. */
export interface FailureLimit {
  /** Seconds until the minute is over in which this address had its failures; 0 while it has some left. */
  secondsToWait(request: FastifyRequest): number | Promise<number>;
  /** Notes a failure of this address. Seconds until its minute is over, if this was the last that it had left; else 0. */
  count(request: FastifyRequest): number | Promise<number>;
}

/**
 * A limit of failures, of which each address has so many in a minute that begins with the first. Behind a proxy, the
 * address is the one that `TRUST_PROXY` lets it say.
 *
 * @param failuresPerMinute 0: no limit
 */
export async function createFailureLimit(fastify: FastifyInstance, failuresPerMinute: number): Promise<FailureLimit> {
  if (failuresPerMinute === 0) return { secondsToWait: () => 0, count: () => 0 };
  await fastify.register(rateLimit, {
    global: false,
    max: failuresPerMinute,
    timeWindow: MINUTE_MS,
    cache: MAX_ADDRESSES,
    keyGenerator: clientAddress,
  });
  const ask = fastify.createRateLimit();
  const isFirst = onceAMinute();
  let lastFailureAtMs = Number.NEGATIVE_INFINITY;
  return {
    secondsToWait(request) {
      // Asked for while the client is there, its address stays known: Node tells none of a connection that is gone.
      const isKnown = isAddress(request.ip);
      // Where nothing fails nobody is looked up.
      if (!isKnown || Date.now() - lastFailureAtMs >= MINUTE_MS) return 0;
      return ask(request, { increment: false }).then((state) =>
        state.isAllowed || state.remaining > 0 ? 0 : state.ttlInSeconds,
      );
    },
    count(request) {
      if (!isAddress(request.ip)) return 0;
      lastFailureAtMs = Date.now();
      return ask(request).then((state) =>
        state.isAllowed || state.remaining > 0 || !isFirst(state.key, state.ttl) ? 0 : state.ttlInSeconds,
      );
    },
  };
}

/**
 * Tells the first time in its minute that an address is at its limit from those that follow. The library's answers do not:
 * of failures that come at once each sees the count of all.
 */
function onceAMinute(): (address: string, msLeft: number) => boolean {
  const overAtMs = new Map<string, number>();
  return (address, msLeft) => {
    const nowMs = Date.now();
    if ((overAtMs.get(address) ?? 0) > nowMs) return false;
    overAtMs.delete(address);
    overAtMs.set(address, nowMs + msLeft);
    const [oldest] = overAtMs.keys();
    if (oldest !== undefined && overAtMs.size > MAX_ADDRESSES) overAtMs.delete(oldest);
    return true;
  };
}

/** Fastify's types promise more than Node does. */
function isAddress(ip: string | undefined): ip is string {
  return ip !== undefined;
}
