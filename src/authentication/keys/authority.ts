import type { TokenVersion } from '../token-version.js';

/** Where the configured authority publishes its metadata, and which answers are its own. */
export interface Authority {
  metadataAddress(version: TokenVersion): string;
  /** Every issuer that its metadata may name, the usual one first; `{tenantid}` may stand for the tenant. */
  issuers(version: TokenVersion): readonly string[];
  /** Whether `issuer` in the metadata is one of {@link issuers}. */
  acceptsIssuer(issuer: string, version: TokenVersion): boolean;
  /** Whether keys may be fetched from `address`: a host of the same cloud, over https. */
  acceptsKeyAddress(address: string): boolean;
}

interface Cloud {
  /** Hosts that publish metadata and keys of this cloud. */
  readonly hosts: readonly string[];
  /** Origin of the issuer of v1.0 and v2.0 tokens, which need not be one of the hosts. */
  readonly issuerOrigins: Readonly<Record<TokenVersion, readonly string[]>>;
}

/** Microsoft's clouds (Microsoft Entra authentication and national clouds). */
const CLOUDS: readonly Cloud[] = [
  {
    hosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
    issuerOrigins: { '1.0': ['https://sts.windows.net'], '2.0': ['https://login.microsoftonline.com'] },
  },
  {
    hosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    issuerOrigins: { '1.0': ['https://sts.windows.net'], '2.0': ['https://login.microsoftonline.us'] },
  },
  {
    hosts: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    issuerOrigins: { '1.0': ['https://sts.chinacloudapi.cn'], '2.0': ['https://login.partner.microsoftonline.cn'] },
  },
];

const EXTERNAL_ID = '.ciamlogin.com';
const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The authority of a tenant in a cloud.
 *
 * @param instance origin of the cloud, such as `https://login.microsoftonline.com`; http for loopback only
 * @param tenantId a GUID, `organizations` or `common`
 * @param clientId given when the app has signing keys of its own: the key set is then asked for with `?appid=`
 * @throws TypeError when `instance` is not such an origin
 */
export function createAuthority(instance: string, tenantId: string, clientId?: string): Authority {
  const origin = parseInstance(instance);
  const isLoopback = LOOPBACK_HOSTS.includes(origin.hostname);
  const cloud = cloudOf(origin, tenantId);
  const query = clientId === undefined ? '' : `?appid=${clientId}`;

  function issuers(version: TokenVersion): string[] {
    const ending = version === '2.0' ? '/v2.0' : '/';
    const issuerOrigins = isLoopback ? loopbackOrigins(origin) : cloud.issuerOrigins[version];
    return issuerOrigins.flatMap((start) => [tenantId, '{tenantid}'].map((tenant) => `${start}/${tenant}${ending}`));
  }

  return {
    metadataAddress(version) {
      const path = version === '2.0' ? '/v2.0' : '';
      return `${origin.origin}/${tenantId}${path}/.well-known/openid-configuration${query}`;
    },
    issuers,
    acceptsIssuer: (issuer, version) => issuers(version).includes(issuer),
    acceptsKeyAddress(address) {
      if (!URL.canParse(address)) return false;
      const url = new URL(address);
      if (url.username || url.password) return false;
      if (isLoopback) return LOOPBACK_HOSTS.includes(url.hostname) && isWeb(url);
      return url.protocol === 'https:' && url.port === '' && cloud.hosts.includes(url.hostname);
    },
  };
}

/** An instance that is not one of Microsoft's vouches for its own host only: an emulator, or a cloud we do not know. */
function cloudOf(instance: URL, tenantId: string): Cloud {
  const known = CLOUDS.find(({ hosts }) => hosts.includes(instance.hostname));
  if (known) return known;
  if (!instance.hostname.endsWith(EXTERNAL_ID)) return cloudOfHosts([instance.host]);
  const ofTenant = cloudOfHosts([`${tenantId}${EXTERNAL_ID}`, instance.hostname]);
  const v1 = [...ofTenant.issuerOrigins['1.0'], 'https://sts.windows.net'];
  return { ...ofTenant, issuerOrigins: { ...ofTenant.issuerOrigins, '1.0': v1 } };
}

function cloudOfHosts(hosts: readonly string[]): Cloud {
  const origins = hosts.map((host) => `https://${host}`);
  return { hosts, issuerOrigins: { '1.0': origins, '2.0': origins } };
}

/** The names of one loopback origin: an emulator may be called by one and call itself by another. */
function loopbackOrigins(instance: URL): string[] {
  const port = instance.port ? `:${instance.port}` : '';
  return [...new Set([instance.hostname, ...LOOPBACK_HOSTS])].map((host) => `${instance.protocol}//${host}${port}`);
}

function parseInstance(instance: string): URL {
  const url = URL.canParse(instance) ? new URL(instance) : undefined;
  const isOrigin = url?.origin === instance || `${url?.origin}/` === instance;
  if (url && isOrigin && (url.protocol === 'https:' || (isWeb(url) && LOOPBACK_HOSTS.includes(url.hostname))))
    return url;
  throw new TypeError(
    'instance must be an https origin such as https://login.microsoftonline.com (http for loopback only)',
  );
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}
