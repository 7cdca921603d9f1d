import { isLoopbackHost } from '../../config/address-range.js';
import type { Config } from '../../config/config.js';
import type { Finding } from './finding.js';

const IGNORED = 'X-Forwarded-For is ignored: TRUST_PROXY is not set';

const ADVICE =
  'If a proxy or load balancer is in front of the server, set TRUST_PROXY to its addresses. Otherwise all clients count as one client, and bad tokens of one of them use up the limits of all. Without a proxy nothing has to be set.';

/** Reports whose `X-Forwarded-For` counts. Warns if none counts and other machines use the server, as a proxy is likely then. */
export function checkClientAddresses({ host, publicUrl, trustedProxies }: Config['http']): Finding {
  const check = 'client address';
  if (trustedProxies.length > 0) {
    return { check, status: 'ok', seen: `X-Forwarded-For counts when it comes from ${trustedProxies.join(', ')}` };
  }
  const isLocal = [host, new URL(publicUrl).hostname].every(isLoopbackHost);
  return isLocal ? { check, status: 'ok', seen: IGNORED } : { check, status: 'warn', seen: IGNORED, advice: ADVICE };
}
