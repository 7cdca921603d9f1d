import type { FastifyBaseLogger } from 'fastify';
import { type Authentication, createAuthentication } from '../authentication/authentication.js';
import { createProxiedFetch } from '../authentication/fetch/proxied-fetch.js';
import { DEFAULT_AUTHORITY } from '../authentication/options/further-authorities.js';
import type { IsTenantAllowed } from '../authentication/tenants/tenant-decisions.js';
import type { Config } from '../config/config.js';
import type { Downstream } from '../downstream/downstream.js';
import type { AnyResource } from '../graphql/resource.js';
import { groupLookups } from './open-downstream.js';

/**
 * Creates the authentication of the configured authorities.
 *
 * @throws TypeError when settings list the tenants and a function would decide about them too
 */
export function openAuthentication(
  config: Config,
  parts: {
    readonly downstream: Downstream | undefined;
    readonly revocations: AnyResource['revocations'];
    readonly isTenantAllowed: IsTenantAllowed | undefined;
    readonly logger: FastifyBaseLogger;
  },
): Authentication {
  const { authentication, limits, proxy } = config;
  const { revocations, isTenantAllowed, logger } = parts;
  const lookups = groupLookups(config, parts.downstream);
  return createAuthentication({
    ...authentication,
    authorities: authentication.authorities?.map((authority) => ({
      ...authority,
      lookUpGroups: lookups.get(authority.name),
    })),
    ...tenantOptions(authentication, isTenantAllowed),
    revocations,
    ...(proxy && { fetch: createProxiedFetch(proxy) }),
    lookUpGroups: lookups.get(DEFAULT_AUTHORITY),
    verifiedTokenCacheSize: limits.verifiedTokens,
    verifiedTokenCacheBytes: limits.verifiedTokenCacheBytes,
    logger,
  });
}

function tenantOptions({ allowedTenants }: Config['authentication'], isTenantAllowed: IsTenantAllowed | undefined) {
  if (!isTenantAllowed) return {};
  if (allowedTenants !== 'any') throw new TypeError('isTenantAllowed: expected ENTRA_ALLOWED_TENANTS=any beside it');
  return { allowedTenants: undefined, isTenantAllowed };
}
