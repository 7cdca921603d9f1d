import type { Dispatcher, Pool } from 'undici';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { checkOptions, type OptionType, text } from '../options/check-options.js';
import type { Fetch } from './bounded-fetch.js';
import { directFetch } from './direct-fetch.js';
import { failedThroughProxy, refusedByProxy, unreachableProxy } from './proxy-error.js';
import { createProxyRoutes, type ProxySettings } from './proxy-routes.js';

const OPTION_TYPES: Readonly<Record<keyof ProxySettings, OptionType>> = {
  httpsProxy: text,
  httpProxy: text,
  noProxy: text,
};

const NEXT_ADDRESS_MS = AUTHENTICATION_LIMITS.nextProxyAddressMilliseconds.default;

/**
 * Creates a `fetch` that goes through a proxy, for `fetch` of `AuthenticationOptions`. It rejects with an error that names
 * the proxy and what failed there.
 *
 * @throws TypeError for an unknown option, and when the address of a proxy cannot be parsed or its scheme is not http or https
 */
export function createProxiedFetch(settings: ProxySettings): Fetch {
  checkOptions(settings, OPTION_TYPES);
  const addresses = [settings.httpsProxy, settings.httpProxy].filter((address) => address !== undefined);
  const ways = new Map(addresses.filter(Boolean).map((address) => [address, fetchThrough(address)]));
  const proxyFor = createProxyRoutes(settings);
  return (address, init) => (ways.get(proxyFor(address) ?? '') ?? directFetch)(address, init);
}

/** Loads the client with the first fetch. It is a tenth of what a server loads and most servers have no proxy. */
function fetchThrough(address: string): Fetch {
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  // The message does not have the address, because there may be a password in it.
  if (!proxy || !/^https?:$/.test(proxy.protocol)) {
    throw new TypeError('the address of a proxy cannot be parsed; it begins with http:// or https://');
  }
  let loaded: Promise<Fetch> | undefined;
  return async (target, init) => {
    loaded ??= loadFetchThrough(proxy);
    return (await loaded)(target, init);
  };
}

async function loadFetchThrough(proxy: URL): Promise<Fetch> {
  const { fetch, Pool, ProxyAgent } = await import('undici');
  const dispatcher = new ProxyAgent({
    uri: proxy.href,
    clientFactory: (origin, options) => nameFailures(new Pool(origin, options), proxy),
    // Its type asks for the port, which undici replaces.
    proxyTls: { autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS, port: 0 },
  });
  return async (address, init) => {
    const failed = (error: unknown) => failedThroughProxy(proxy, error, init.signal);
    try {
      const { status, headers, body } = await fetch(address, { ...init, dispatcher });
      return { status, headers, body: body && nameBodyFailures(body, failed) };
    } catch (error) {
      throw failed(error);
    }
  };
}

/**
 * Names failures between this server and the proxy. Later they could not be distinguished from failures beyond the proxy.
 * With an error of its own class, undici would ask for the tunnel again and again until the time is over.
 */
function nameFailures(pool: Pool, proxy: URL): Pool {
  const ask: (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData> = pool.connect;
  const connect = async (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    const answer = await ask.call(pool, options).catch((error: unknown) => {
      throw unreachableProxy(proxy, error);
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on('error', () => {}).destroy();
    throw refusedByProxy(proxy, options.path, answer.statusCode);
  };
  return Object.assign(pool, { connect });
}

async function* nameBodyFailures(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw failed(error);
  }
}
