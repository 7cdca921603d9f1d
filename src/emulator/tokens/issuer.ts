/** Stands literally for the tenant in the metadata of `common` and `organizations`. */
const TENANT_TEMPLATE = '{tenantid}';

/**
 * Returns `iss` of a token and `issuer` of the metadata. Without a tenant it is the template. v1.0 issuers end in a slash.
 */
export function issuerOf(instance: string, version: 1 | 2, tenantId: string = TENANT_TEMPLATE): string {
  return version === 1 ? `${instance}/${tenantId}/` : `${instance}/${tenantId}/v2.0`;
}
