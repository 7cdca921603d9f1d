import type { FastifyBaseLogger } from 'fastify';
import { createProxiedFetch } from '../authentication/fetch/proxied-fetch.js';
import type { LookUpGroups } from '../authentication/groups/caller-decisions.js';
import { PUBLIC_CLOUD } from '../authentication/keys/authority.js';
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

/** Lookups of groups by the name of a further authority. */
export interface FurtherGroupLookups {
  readonly lookups: ReadonlyMap<string, LookUpGroups>;
  close(): void;
}

/** Opens the Microsoft Graph of each further authority that looks groups up. Each has its own cloud, credential and tokens. */
export function openFurtherGroupLookups(
  { downstream: { furtherGroupLookups }, limits, proxy }: Config,
  revocations: AnyResource['revocations'],
  logger: FastifyBaseLogger,
): FurtherGroupLookups {
  const opened = furtherGroupLookups.map(
    ({ authority, clientId, instance = PUBLIC_CLOUD, credential, as, graphUrl }) => {
      const fetch = proxy && { fetch: createProxiedFetch(proxy) };
      const options = { authority, clientId, instance, credential, limits, logger, revocations, ...fetch };
      return { authority, as, graphUrl, downstream: createDownstream(options) };
    },
  );
  return {
    lookups: new Map(opened.map(({ authority, ...options }) => [authority, createGraphGroupLookup(options)])),
    close() {
      for (const { downstream } of opened) downstream.close();
    },
  };
}

/** Returns undefined if groups are not looked up. */
export function groupLookup({ downstream: { graphUrl, groupLookup: as } }: Config, downstream: Downstream | undefined) {
  return downstream && as !== 'off' ? createGraphGroupLookup({ downstream, graphUrl, as }) : undefined;
}
