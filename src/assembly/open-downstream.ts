import type { FastifyBaseLogger } from 'fastify';
import { createProxiedFetch } from '../authentication/fetch/proxied-fetch.js';
import type { Config } from '../config/config.js';
import { createDownstream, type Downstream } from '../downstream/downstream.js';
import { createGraphGroupLookup } from '../downstream/graph-groups.js';
import type { AnyResource } from '../graphql/resource.js';

/** Returns undefined if no credential is configured, and then no other API is called. */
export function openDownstream(
  { authentication, downstream, limits, proxy, redisUrl: url }: Config,
  revocations: AnyResource['revocations'],
  logger: FastifyBaseLogger,
): Downstream | undefined {
  const { credential, cacheKey } = downstream;
  if (!credential) return undefined;
  const { clientId, instance } = authentication;
  return createDownstream({
    clientId,
    instance,
    credential,
    limits,
    logger,
    revocations,
    ...(url !== undefined &&
      cacheKey !== undefined && {
        shared: {
          url,
          secret: Buffer.from(cacheKey, 'base64'),
          warn: (reason) =>
            logger.warn({ reason }, 'Redis cannot be reached: tokens for other APIs stay in this server'),
        },
      }),
    ...(proxy && { fetch: createProxiedFetch(proxy) }),
  });
}

/** Returns undefined if groups are not looked up. */
export function groupLookup({ downstream: { graphUrl, groupLookup: as } }: Config, downstream: Downstream | undefined) {
  return downstream && as !== 'off' ? createGraphGroupLookup({ downstream, graphUrl, as }) : undefined;
}
