import type { TokenVersion } from '../token-version.js';

/** A cloud of Microsoft, such as the one for the US Government. */
export interface Cloud {
  /** Hosts that publish the metadata and keys. */
  readonly hosts: readonly string[];
  /** Origins of the issuers, by token version. They can differ from the hosts. */
  readonly issuerOrigins: Readonly<Record<TokenVersion, readonly string[]>>;
}

/** Microsoft's clouds (Microsoft Entra authentication and national clouds). The first host is the one to configure. */
export const CLOUDS: readonly Cloud[] = [
  {
    hosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
    issuerOrigins: { '1.0': ['https://sts.windows.net'], '2.0': ['https://login.microsoftonline.com'] },
  },
  {
    hosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    issuerOrigins: { '1.0': ['https://sts.windows.net'], '2.0': ['https://login.microsoftonline.us'] },
  },
  {
    hosts: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    issuerOrigins: { '1.0': ['https://sts.chinacloudapi.cn'], '2.0': ['https://login.partner.microsoftonline.cn'] },
  },
];

const EXTERNAL_ID = '.ciamlogin.com';

/** Returns whether a host belongs to Microsoft Entra External ID, which issues no v1.0 tokens. */
export function isExternalIdHost(hostname: string): boolean {
  return hostname.endsWith(EXTERNAL_ID);
}

/** Returns the host in the issuer of an external tenant. It is the same for every domain that serves the metadata. */
export function externalIdHostOf(tenantId: string): string {
  return `${tenantId}${EXTERNAL_ID}`;
}

/**
 * Returns advice on the value of `ENTRA_INSTANCE` that accepts tokens of this issuer. Returns undefined for an issuer that is
 * not Microsoft's.
 */
export function instanceAdvice(issuer: string): string | undefined {
  const host = hostOf(issuer);
  if (host === undefined) return undefined;
  if (isExternalIdHost(host))
    return 'Set ENTRA_INSTANCE to the External ID address of the tenant, https://<name>.ciamlogin.com.';
  const clouds = CLOUDS.filter(({ hosts, issuerOrigins }) =>
    [...hosts, ...issuerOrigins['1.0'], ...issuerOrigins['2.0']].some(
      (each) => each === host || each === `https://${host}`,
    ),
  );
  const instances = clouds.map(({ hosts }) => `ENTRA_INSTANCE=https://${hosts[0]}`);
  if (instances.length > 1) return `Set ${instances.join(', or for the US Government cloud ')}.`;
  return instances[0] && `Set ${instances[0]}.`;
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}
