import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Fetch } from './bounded-fetch.js';

/** Which proxy to use; the values of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** Hosts to reach directly, separated by commas; `*` for all. Loopback always is. */
  readonly noProxy?: string | undefined;
}

const LOOPBACK = '127.0.0.1,localhost,[::1]';

/** A `fetch` that goes through a proxy, which Node's own does not before version 24. */
export function createProxiedFetch({ httpsProxy = '', httpProxy = '', noProxy = '' }: ProxySettings): Fetch {
  const direct = noProxy.trim() === '*' ? '*' : `${noProxy},${LOOPBACK}`;
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy, httpProxy, noProxy: direct });
  return (address, init) => fetch(address, { ...init, dispatcher });
}
