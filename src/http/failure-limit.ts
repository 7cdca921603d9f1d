import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const MINUTE_MS = 60_000;
/** Addresses remembered; the one not heard of for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Counts what fails, by the client's address: an IPv4 address, or the /64 network of an IPv6 one. */
export interface FailureLimit {
  /** Seconds until the minute is over in which this address had its failures; 0 while it has some left. */
  secondsToWait(request: FastifyRequest): number | Promise<number>;
  /** Notes a failure of this address. */
  count(request: FastifyRequest): undefined | Promise<void>;
}

/**
 * A limit of failures, of which each address has so many in a minute that begins with the first. Behind a proxy, the
 * address is the one that `TRUST_PROXY` lets it say.
 *
 * @param failuresPerMinute 0: no limit
 */
export async function createFailureLimit(fastify: FastifyInstance, failuresPerMinute: number): Promise<FailureLimit> {
  if (failuresPerMinute === 0) return { secondsToWait: () => 0, count: () => undefined };
  await fastify.register(rateLimit, {
    global: false,
    max: failuresPerMinute,
    timeWindow: MINUTE_MS,
    cache: MAX_ADDRESSES,
  });
  const ask = fastify.createRateLimit();
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
      if (!isAddress(request.ip)) return undefined;
      lastFailureAtMs = Date.now();
      return ask(request).then(() => {});
    },
  };
}

/** Fastify's types promise more than Node does. */
function isAddress(ip: string | undefined): ip is string {
  return ip !== undefined;
}
