import type { TokenVersion } from '../token-version.js';

/** One of Microsoft's clouds. */
export interface Cloud {
  /** Hosts that publish metadata and keys of this cloud. */
  readonly hosts: readonly string[];
  /** Origin of the issuer of v1.0 and v2.0 tokens, which need not be one of the hosts. */
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

/** Returns the host that an external tenant's issuer has, whatever domain its metadata is read from. */
export function externalIdHostOf(tenantId: string): string {
  return `${tenantId}${EXTERNAL_ID}`;
}

/**
 * Returns advice on the setting under which tokens of this issuer would be accepted. Returns undefined if the issuer is not
 * one of Microsoft's.
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
