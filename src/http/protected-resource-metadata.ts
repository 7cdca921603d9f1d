import type { FastifyInstance } from 'fastify';
import { appIdUriIn } from '../authentication/app-id-uri.js';
import { createAuthority, PUBLIC_CLOUD } from '../authentication/keys/authority.js';

/** Path of the document (RFC 9728 s.3). Challenges name it, so that a client learns where to get a token. */
export const PROTECTED_RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Settings that say which tokens the API accepts. */
export interface ResourceIdentity {
  readonly instance: string;
  readonly tenantId: string;
  readonly allowedTenants?: readonly string[] | 'any' | undefined;
  readonly clientId: string;
  readonly audiences: readonly string[];
  /** Further authorities whose tokens are accepted. */
  readonly authorities?: readonly Issuing[] | undefined;
}

/** An authority that issues tokens. */
interface Issuing {
  readonly instance?: string | undefined;
  readonly tenantId: string;
  readonly allowedTenants?: readonly string[] | 'any' | undefined;
}

/**
 * Serves OAuth protected resource metadata (RFC 9728): which authorization servers issue tokens for this API and which
 * scopes there are. Open to everybody.
 */
export function registerProtectedResourceMetadata(
  fastify: FastifyInstance,
  resource: {
    readonly url: string;
    readonly name: string;
    readonly identity: ResourceIdentity;
    /** As the schema names them. */
    readonly scopes: readonly string[];
  },
): void {
  const { url, name, identity, scopes } = resource;
  const uri = appIdUriIn(identity.audiences) ?? `api://${identity.clientId}`;
  const document = {
    resource: url,
    resource_name: name,
    authorization_servers: [identity, ...(identity.authorities ?? [])].flatMap(issuersOf),
    bearer_methods_supported: ['header'],
    scopes_supported: scopes.map((scope) => `${uri}/${scope}`),
  };
  fastify.get(PROTECTED_RESOURCE_METADATA_PATH, () => document);
}

/**
 * Issuers of v2.0 tokens, one for each tenant that may call. A client appends the well-known path to one of them, and
 * compares the issuer in what it finds there (RFC 8414 s.3.3). That fails for `organizations` and `common`, whose metadata
 * has a template as the issuer. It also fails if the issuer has another host than the configured one (21Vianet, External
 * ID). Where every tenant may call, `organizations` or `common` is named in spite of that, because a list cannot be.
 */
function issuersOf({ instance = PUBLIC_CLOUD, tenantId, allowedTenants = 'any' }: Issuing): string[] {
  return (allowedTenants === 'any' ? [tenantId] : allowedTenants).flatMap((tenant) =>
    createAuthority(instance, tenant).issuers('2.0').slice(0, 1),
  );
}
