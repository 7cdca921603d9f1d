import { LOWER_CASE_GUID } from '../guid.js';
import { LOOPBACK_HOSTS } from '../loopback.js';
import type { TokenVersion } from '../token-version.js';
import { CLOUDS, type Cloud, externalIdHostOf, isExternalIdHost } from './clouds.js';
import { instanceProblem } from './unsupported-authorities.js';

export const PUBLIC_CLOUD = 'https://login.microsoftonline.com';

/** The configured authority: the addresses of its metadata and the answers that are its own. */
export interface Authority {
  metadataAddress(version: TokenVersion): string;
  /** Returns every issuer that its metadata may name. The usual one comes first. `{tenantid}` may stand for the tenant. */
  issuers(version: TokenVersion): readonly string[];
  acceptsIssuer(issuer: string, version: TokenVersion): boolean;
  /** Returns whether keys may be fetched from `address`. It must be a host of the same cloud over https. */
  acceptsKeyAddress(address: string): boolean;
}

/**
 * Creates the authority of a tenant in a cloud.
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

/**
 * Returns the cloud of an instance. An authority that is not Microsoft's (an emulator, an unknown cloud, or the custom URL
 * domain of an external tenant) vouches for its own host only. Metadata of such a domain names the tenant's External ID
 * issuer. That is safe to accept because the host is Microsoft's and the tenant is the configured one.
 */
function cloudOf(instance: URL, tenantId: string): Cloud {
  const known = CLOUDS.find(({ hosts }) => hosts.includes(instance.hostname));
  if (known) return known;
  const own = cloudOfHosts([instance.host]);
  const external = LOWER_CASE_GUID.test(tenantId) ? cloudOfHosts([externalIdHostOf(tenantId)]) : cloudOfHosts([]);
  const [first, second] = isExternalIdHost(instance.hostname) ? [external, own] : [own, external];
  return {
    hosts: [...first.hosts, ...second.hosts],
    issuerOrigins: {
      '1.0': [...own.issuerOrigins['1.0'], ...(isExternalIdHost(instance.hostname) ? ['https://sts.windows.net'] : [])],
      '2.0': [...first.issuerOrigins['2.0'], ...second.issuerOrigins['2.0']],
    },
  };
}

function cloudOfHosts(hosts: readonly string[]): Cloud {
  const origins = hosts.map((host) => `https://${host}`);
  return { hosts, issuerOrigins: { '1.0': origins, '2.0': origins } };
}

/** Returns the names of one loopback origin. An emulator may be called by one and call itself by another. */
function loopbackOrigins(instance: URL): string[] {
  const port = instance.port ? `:${instance.port}` : '';
  return [...new Set([instance.hostname, ...LOOPBACK_HOSTS])].map((host) => `${instance.protocol}//${host}${port}`);
}

function parseInstance(instance: string): URL {
  const problem = instanceProblem(instance);
  if (problem !== undefined) throw new TypeError(`instance must be ${problem}`);
  return new URL(instance);
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}
