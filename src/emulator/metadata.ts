import type { Authority } from './directory.js';
import { issuerOf } from './tokens/issuer.js';

/**
 * Returns `{instance}/{tenant}/.well-known/openid-configuration`. It has those members of Entra's document that the
 * emulator can honour.
 */
export function v1Metadata({ instance, name, tenantId }: Authority) {
  const endpoints = `${instance}/${name}/oauth2`;
  return {
    token_endpoint: `${endpoints}/token`,
    jwks_uri: `${instance}/${name}/discovery/keys`,
    issuer: issuerOf(instance, 1, tenantId),
    authorization_endpoint: `${endpoints}/authorize`,
    end_session_endpoint: `${endpoints}/logout`,
    ...capabilities(instance),
  };
}

/** Returns `{instance}/{tenant}/v2.0/.well-known/openid-configuration`. */
export function v2Metadata({ instance, name, tenantId }: Authority) {
  const endpoints = `${instance}/${name}/oauth2/v2.0`;
  return {
    token_endpoint: `${endpoints}/token`,
    jwks_uri: `${instance}/${name}/discovery/v2.0/keys`,
    issuer: issuerOf(instance, 2, tenantId),
    authorization_endpoint: `${endpoints}/authorize`,
    device_authorization_endpoint: `${endpoints}/devicecode`,
    end_session_endpoint: `${endpoints}/logout`,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    ...capabilities(instance),
  };
}

function capabilities(instance: string) {
  return {
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    request_uri_parameter_supported: false,
    http_logout_supported: true,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver'],
    cloud_instance_name: new URL(instance).host,
  };
}
