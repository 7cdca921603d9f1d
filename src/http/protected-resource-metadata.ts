import type { FastifyInstance } from 'fastify';

/** Where the document is (RFC 9728 s.3). Challenges name it, so that a client finds out where to get a token. */
export const PROTECTED_RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/**
 * Serves OAuth protected resource metadata (RFC 9728): which authorization server issues tokens for this API and which
 * scopes there are. Open to everybody.
 */
export function registerProtectedResourceMetadata(
  fastify: FastifyInstance,
  resource: {
    readonly url: string;
    readonly name: string;
    readonly authorizationServer: string;
    readonly scopes: readonly string[];
  },
): void {
  const document = {
    resource: resource.url,
    resource_name: resource.name,
    authorization_servers: [resource.authorizationServer],
    bearer_methods_supported: ['header'],
    scopes_supported: resource.scopes,
  };
  fastify.get(PROTECTED_RESOURCE_METADATA_PATH, () => document);
}
