import { DocumentError, type FetchJsonObject } from '../fetch/bounded-fetch.js';
import type { TokenVersion } from '../token-version.js';
import type { Authority } from './authority.js';
import { describeForeignIssuer } from './foreign-issuer.js';

/** The used members of an OpenID configuration (OpenID Connect Discovery s.3). */
export interface Metadata {
  /** Issuer of the tokens; `{tenantid}` stands for the tenant in that of `common` and `organizations`. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** Entra's name of the cloud, such as `microsoftonline.com`. */
  readonly cloudInstanceName: string | undefined;
}

/**
 * Reads the authority's metadata for one token version. Metadata decides whose tokens are accepted. So an answer with an
 * issuer of another tenant, or with keys on a foreign host, counts as no answer.
 *
 * @throws DocumentError
 */
export async function readMetadata(
  authority: Authority,
  version: TokenVersion,
  fetchJsonObject: FetchJsonObject,
): Promise<Metadata> {
  const address = authority.metadataAddress(version);
  const { issuer, jwks_uri: jwksUri, cloud_instance_name: cloud } = await fetchJsonObject(address);
  if (typeof issuer !== 'string' || !authority.acceptsIssuer(issuer, version)) {
    throw new DocumentError(address, describeForeignIssuer(issuer, authority.issuers(version)));
  }
  if (typeof jwksUri !== 'string' || !authority.acceptsKeyAddress(jwksUri)) {
    throw new DocumentError(address, 'its jwks_uri is not on a host of the configured cloud');
  }
  return { issuer, jwksUri, cloudInstanceName: typeof cloud === 'string' ? cloud : undefined };
}
