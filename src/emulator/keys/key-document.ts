import type { Authority } from '../directory.js';
import { issuerOf } from '../tokens/issuer.js';
import type { SigningKey, SigningKeyJwk } from './signing-key.js';

/** A key in the v2.0 document. Entra adds the issuer that it signs for. */
export interface V2Jwk extends SigningKeyJwk {
  readonly issuer: string;
  readonly cloud_instance_name: string;
}

/** Returns the document at `{tenant}/discovery/keys`. */
export function v1KeyDocument(keys: readonly SigningKey[]): { readonly keys: readonly SigningKeyJwk[] } {
  return { keys: keys.map((key) => key.jwk) };
}

/**
 * Returns the document at `{tenant}/discovery/v2.0/keys`. The issuer of `common` and `organizations` is a template with
 * `{tenantid}`.
 */
export function v2KeyDocument(
  keys: readonly SigningKey[],
  { instance, tenantId }: Pick<Authority, 'instance' | 'tenantId'>,
): { readonly keys: readonly V2Jwk[] } {
  const issuer = issuerOf(instance, 2, tenantId);
  const cloud = new URL(instance).host;
  return { keys: keys.map((key) => ({ ...key.jwk, issuer, cloud_instance_name: cloud })) };
}
