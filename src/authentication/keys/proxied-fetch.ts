import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Fetch } from './bounded-fetch.js';

/** Which proxy to use; the values of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** Hosts to reach directly, separated by commas. */
  readonly noProxy?: string | undefined;
}

/** A `fetch` that goes through a proxy, which Node's own does not before version 24. */
export function createProxiedFetch({ httpsProxy = '', httpProxy = '', noProxy = '' }: ProxySettings): Fetch {
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy, httpProxy, noProxy });
  return (address, init) => fetch(address, { ...init, dispatcher });
}
