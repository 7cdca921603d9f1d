import type { Dispatcher, Pool } from 'undici';
import type { Fetch } from './bounded-fetch.js';
import { connectToProxy } from './connect-to-proxy.js';
import { directFetch } from './direct-fetch.js';
import { failedThroughProxy, refusedByProxy, unreachableProxy } from './proxy-error.js';
import { createProxyRoutes, type ProxySettings } from './proxy-routes.js';

/**
 * A `fetch` that goes through a proxy, which Node's own does not unless it is told to. For `fetch` of
 * `AuthenticationOptions`. Rejects with an error that names the proxy, and what failed there.
 *
 * @throws TypeError when the address of a proxy cannot be parsed, or is of another scheme than http and https
 */
export function createProxiedFetch(settings: ProxySettings): Fetch {
  const { httpsProxy = '', httpProxy = '' } = settings;
  const ways = new Map(
    [httpsProxy, httpProxy].filter((address) => address !== '').map((address) => [address, fetchThrough(address)]),
  );
  const proxyFor = createProxyRoutes(settings);
  return (address, init) => (ways.get(proxyFor(address) ?? '') ?? directFetch)(address, init);
}

/** The client is loaded by the first fetch: it is a tenth of what a server loads, and most have no proxy. */
function fetchThrough(address: string): Fetch {
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  // Without the address: there may be a password in it.
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
  const { buildConnector, fetch, Pool, ProxyAgent } = await import('undici');
  const connect = connectToProxy(buildConnector({}));
  const clientFactory = (origin: URL, options: object) =>
    watchTunnels(new Pool(origin, { ...options, connect }), proxy);
  const dispatcher = new ProxyAgent({ uri: proxy.href, clientFactory });
  return async (address, init) => {
    const failed = (error: unknown) => failedThroughProxy(proxy, error, init.signal);
    try {
      const { status, headers, body } = await fetch(address, { ...init, dispatcher });
      return { status, headers, body: body && watchBody(body, failed) };
    } catch (error) {
      throw failed(error);
    }
  };
}

/**
 * Names what goes wrong between here and the proxy, where it can still be told from what goes wrong beyond it. An error with
 * a code of the client's own would besides have the tunnel asked for again and again, until time is up.
 */
function watchTunnels(pool: Pool, proxy: URL): Pool {
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

async function* watchBody(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw failed(error);
  }
}
