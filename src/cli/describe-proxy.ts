import type { AuthenticationConfig } from '../config/config.js';

/** The proxy settings in use, without the passwords in them. */
export function describeProxy(proxy: AuthenticationConfig['proxy']): string {
  if (!proxy) return 'none';
  const { httpsProxy, httpProxy, noProxy } = proxy;
  return [
    ...(httpsProxy ? [`HTTPS_PROXY ${withoutCredentials(httpsProxy)}`] : []),
    ...(httpProxy ? [`HTTP_PROXY ${withoutCredentials(httpProxy)}`] : []),
    ...(noProxy ? [`NO_PROXY ${noProxy}`] : []),
  ].join(', ');
}

function withoutCredentials(address: string): string {
  const { protocol, host, username } = new URL(address);
  return `${protocol}//${username ? '...@' : ''}${host}`;
}
