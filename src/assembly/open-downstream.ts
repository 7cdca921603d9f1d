import type { FastifyBaseLogger } from 'fastify';
import { createProxiedFetch } from '../authentication/fetch/proxied-fetch.js';
import type { LookUpGroups } from '../authentication/groups/caller-decisions.js';
import { PUBLIC_CLOUD } from '../authentication/keys/authority.js';
import { DEFAULT_AUTHORITY } from '../authentication/options/further-authorities.js';
import type { Config } from '../config/config.js';
import { createDownstream, type Downstream } from '../downstream/downstream.js';
import { createGraphGroupLookup } from '../downstream/graph-groups.js';
import type { AnyResource } from '../graphql/resource.js';

/** Returns undefined if no authority has a credential, and then no other API is called. */
export function openDownstream(
  { authentication, downstream, limits, proxy, redisUrl: url }: Config,
  revocations: AnyResource['revocations'],
  logger: FastifyBaseLogger,
): Downstream | undefined {
  const { credential, graphUrl, cacheKey, authorities } = downstream;
  if (!credential && authorities.length === 0) return undefined;
  const { clientId, instance } = authentication;
  return createDownstream({
    clientId,
    instance,
    credential,
    graphUrl,
    authorities: authorities.map(({ groupLookup: _, instance = PUBLIC_CLOUD, ...authority }) => ({
      ...authority,
      instance,
    })),
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

/** Returns the lookup of groups of each authority that has one, by its name. */
export function groupLookups(
  { downstream: { groupLookup, authorities } }: Config,
  downstream: Downstream | undefined,
): ReadonlyMap<string, LookUpGroups> {
  if (!downstream) return new Map();
  const all = [{ name: DEFAULT_AUTHORITY, groupLookup }, ...authorities];
  return new Map(
    all.flatMap(({ name, groupLookup: as }) =>
      as === 'off' ? [] : [[name, createGraphGroupLookup({ downstream, as })] as const],
    ),
  );
}
