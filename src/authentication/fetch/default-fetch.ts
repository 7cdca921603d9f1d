import type { Fetch } from './bounded-fetch.js';
import { directFetch } from './direct-fetch.js';
import { innermostError, messageOf } from './innermost-error.js';
import { ProxyError } from './proxy-error.js';
import { createProxyRoutes } from './proxy-routes.js';

/** Variables of the environment that name proxies; most programs prefer the lower-case spelling. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

const HINT =
  'the environment names a proxy, which is only used when createAuthentication is given fetch: createProxiedFetch({ httpsProxy, noProxy })';

/**
 * Creates the default `fetch`, which is {@link directFetch}. Nothing in this folder reads settings from the environment.
 * People who name a proxy there expect it to be used, so a failure says that it is not.
 */
export function createDefaultFetch(environment: ProxyEnvironment): Fetch {
  return async (address, init) => {
    try {
      return await directFetch(address, init);
    } catch (error) {
      if (!isProxyNamed(address, environment)) throw error;
      throw new ProxyError('unused', `${messageOf(innermostError(error))}; ${HINT}`, error);
    }
  };
}

function isProxyNamed(address: string, environment: ProxyEnvironment): boolean {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name];
  const settings = { httpsProxy: named('HTTPS_PROXY'), httpProxy: named('HTTP_PROXY'), noProxy: named('NO_PROXY') };
  return createProxyRoutes(settings)(address) !== undefined;
}
