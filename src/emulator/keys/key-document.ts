import type { SigningKey, SigningKeyJwk } from './signing-key.js';

/** A key in the v2.0 document: Entra adds which issuer it signs for. */
export interface V2Jwk extends SigningKeyJwk {
  readonly issuer: string;
  readonly cloud_instance_name: string;
}

/** `{tenant}/discovery/keys` */
export function v1KeyDocument(keys: readonly SigningKey[]): { readonly keys: readonly SigningKeyJwk[] } {
  return { keys: keys.map((key) => key.jwk) };
}

/**
 * `{tenant}/discovery/v2.0/keys`
 *
 * @param issuer the tenant's v2.0 issuer, or the template with `{tenantid}` for `common` and `organizations`
 */
export function v2KeyDocument(
  keys: readonly SigningKey[],
  issuer: string,
  instance: string,
): { readonly keys: readonly V2Jwk[] } {
  const cloud = new URL(instance).host;
  return { keys: keys.map((key) => ({ ...key.jwk, issuer, cloud_instance_name: cloud })) };
}
