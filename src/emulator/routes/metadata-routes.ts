import type { FastifyInstance } from 'fastify';
import { findAuthority } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { v1KeyDocument, v2KeyDocument } from '../keys/key-document.js';
import { v1Metadata, v2Metadata } from '../metadata.js';
import { issuerOf } from '../tokens/issuer.js';

interface TenantRoute {
  readonly Params: { readonly tenant: string };
}

/** OpenID Connect metadata and signing keys, v1.0 and v2.0. */
export function addMetadataRoutes(server: FastifyInstance, state: EmulatorState): void {
  const authorityOf = (tenant: string) => findAuthority(state.directory, tenant);

  server.get<TenantRoute>('/:tenant/.well-known/openid-configuration', async (request) =>
    v1Metadata(state.instance(), authorityOf(request.params.tenant)),
  );
  server.get<TenantRoute>('/:tenant/v2.0/.well-known/openid-configuration', async (request) =>
    v2Metadata(state.instance(), authorityOf(request.params.tenant)),
  );
  server.get<TenantRoute>('/:tenant/discovery/keys', async (request) => {
    authorityOf(request.params.tenant);
    return v1KeyDocument(await state.keys.published());
  });
  server.get<TenantRoute>('/:tenant/discovery/v2.0/keys', async (request) => {
    const issuer = issuerOf(state.instance(), 2, authorityOf(request.params.tenant).tenantId);
    return v2KeyDocument(await state.keys.published(), issuer, state.instance());
  });
}
