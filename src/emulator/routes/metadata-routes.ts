import type { FastifyInstance } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import { v1KeyDocument, v2KeyDocument } from '../keys/key-document.js';
import { v1Metadata, v2Metadata } from '../metadata.js';
import { authorityOf } from './request-authority.js';

interface TenantRoute {
  readonly Params: { readonly tenant: string };
}

/** Adds OpenID Connect metadata and signing keys of v1.0 and v2.0. */
export function addMetadataRoutes(server: FastifyInstance, state: EmulatorState): void {
  server.get<TenantRoute>('/:tenant/.well-known/openid-configuration', async (request) =>
    v1Metadata(authorityOf(state, request)),
  );
  server.get<TenantRoute>('/:tenant/v2.0/.well-known/openid-configuration', async (request) =>
    v2Metadata(authorityOf(state, request)),
  );
  server.get<TenantRoute>('/:tenant/discovery/keys', async (request) => {
    authorityOf(state, request);
    return v1KeyDocument(await state.keys.published());
  });
  server.get<TenantRoute>('/:tenant/discovery/v2.0/keys', async (request) =>
    v2KeyDocument(await state.keys.published(), authorityOf(state, request)),
  );
}
