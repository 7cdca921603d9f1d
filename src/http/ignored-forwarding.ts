import type { FastifyInstance } from 'fastify';
import { createTrustProxy, parseAddress } from './client-address.js';

/** Ranges of addresses that belong to machines and not to persons on the Internet. */
const OWN_NETWORKS = ['private', 'loopback', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'];

const HINT =
  'All clients behind that proxy count as one client. Bad tokens of one of them use up the limits of all. Set TRUST_PROXY to the addresses of the proxies in front of this server.';

/**
 * Warns once, of the first request whose `X-Forwarded-For` is ignored because `TRUST_PROXY` is not set or does not name the
 * peer. The log line has the address of the peer only if it is in a private network, where it is that of a proxy.
 *
 * @param trustedProxies `TRUST_PROXY`
 */
export function warnOfIgnoredForwarding(fastify: FastifyInstance, trustedProxies: readonly string[]): void {
  const isTrusted = createTrustProxy(trustedProxies);
  const reason =
    trustedProxies.length > 0 ? 'TRUST_PROXY does not name the machine that connected' : 'TRUST_PROXY is not set';
  let isWarned = false;
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!isWarned && request.headers['x-forwarded-for'] !== undefined) {
      const peer = request.raw.socket.remoteAddress;
      isWarned = !isTrusted(peer);
      const line = { code: 'FORWARDED_FOR_IGNORED', hint: HINT, ...ownPeer(peer) };
      if (isWarned) request.log.warn(line, `X-FORWARDED-FOR IS IGNORED: ${reason}`);
    }
    done();
  });
}

function ownPeer(peer: string | undefined): { readonly peer?: string } {
  const address = parseAddress(peer);
  return address && OWN_NETWORKS.includes(address.range()) ? { peer: address.toString() } : {};
}
