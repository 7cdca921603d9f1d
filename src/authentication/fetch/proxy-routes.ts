import { LOOPBACK_HOSTS } from '../loopback.js';
/**
 * Values of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Addresses have a scheme and may have a login and password, as in
 * `http://login:password@proxy.example.com:8080`. The default is not to use a proxy.
 */
export interface ProxySettings {
  /** For https addresses. Default: `httpProxy`. */
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /**
   * Hosts to reach directly, separated by commas. Subdomains are included. `*` stands for all. Loopback and link-local
   * addresses always are: a proxy cannot reach the endpoint of managed identities, and it would get the token.
   */
  readonly noProxy?: string | undefined;
}

/** Link-local addresses of IPv4 (RFC 3927). Azure has its endpoints of managed identities there, such as 169.254.169.254. */
const LINK_LOCAL = /^169\.254\.\d{1,3}\.\d{1,3}$/;

/** Creates a function that returns the proxy for an address, or undefined if the address is reached directly. */
export function createProxyRoutes({ httpsProxy, httpProxy, noProxy = '' }: ProxySettings) {
  const entries = [...noProxy.split(/[,\s]+/).filter((entry) => entry !== ''), ...LOOPBACK_HOSTS];
  const isDirect = noProxy.trim() === '*' ? () => true : (url: URL) => entries.some((entry) => covers(entry, url));
  return (address: string): string | undefined => {
    const url = new URL(address);
    if (isDirect(url) || LINK_LOCAL.test(url.hostname)) return undefined;
    const proxy = url.protocol === 'https:' ? httpsProxy || httpProxy : httpProxy;
    return proxy || undefined;
  };
}

/**
 * Returns whether an entry names the host or one above it. It may be written as `example.com`, `.example.com`,
 * `*.example.com` or `example.com:8443`.
 */
function covers(entry: string, { protocol, hostname, port }: URL): boolean {
  const [, host = entry, entryPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
  const name = host.replace(/^\*?\./, '').toLowerCase();
  const actualPort = port || (protocol === 'https:' ? '443' : '80');
  return (!entryPort || entryPort === actualPort) && (hostname === name || hostname.endsWith(`.${name}`));
}
