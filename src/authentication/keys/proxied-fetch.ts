import type { Fetch } from './bounded-fetch.js';

/**
 * Which proxy to use; the values of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Addresses have a scheme, and login and
 * password if need be: `http://login:password@proxy.example.com:8080`. Default: none.
 */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** Hosts to reach directly, separated by commas; `*` for all. Loopback always is. */
  readonly noProxy?: string | undefined;
}

const LOOPBACK = '127.0.0.1,localhost,[::1]';

/**
 * A `fetch` that goes through a proxy, which Node's own does not before version 24. For `fetch` of `AuthenticationOptions`.
 * The client is loaded by the first fetch: it is a tenth of what a server loads, and most have no proxy.
 *
 * @throws TypeError when the address of a proxy cannot be parsed
 */
export function createProxiedFetch({ httpsProxy = '', httpProxy = '', noProxy = '' }: ProxySettings): Fetch {
  for (const address of [httpsProxy, httpProxy]) {
    // Without the address: there may be a password in it.
    if (address !== '' && !URL.canParse(address)) throw new TypeError('the address of a proxy cannot be parsed');
  }
  const direct = noProxy.trim() === '*' ? '*' : `${noProxy},${LOOPBACK}`;
  const load = async (): Promise<Fetch> => {
    const { EnvHttpProxyAgent, fetch } = await import('undici');
    const dispatcher = new EnvHttpProxyAgent({ httpsProxy, httpProxy, noProxy: direct });
    return (address, init) => fetch(address, { ...init, dispatcher });
  };
  let loaded: Promise<Fetch> | undefined;
  return async (address, init) => {
    loaded ??= load();
    return (await loaded)(address, init);
  };
}
