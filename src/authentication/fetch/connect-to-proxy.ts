import type { buildConnector } from 'undici';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { type ConnectingParts, connectToHost } from './connect.js';

/** Milliseconds after which a proxy is given up, even if the request that it was for is gone. */
const PROXY_CONNECT_MS = AUTHENTICATION_LIMITS.proxyConnectMilliseconds.default;

/**
 * Makes a connector for undici that reaches a proxy as the provider is reached directly, whatever number of addresses it has.
 *
 * @param connectTls speaks TLS over a connection that was made
 */
export function connectToProxy(
  connectTls: buildConnector.connector,
  parts?: ConnectingParts,
): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    const ending = new AbortController();
    const timeout = Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => ending.abort(timeout), PROXY_CONNECT_MS).unref();
    connectToHost({ hostname: options.hostname, port, signal: ending.signal }, parts)
      .finally(() => clearTimeout(timer))
      .then(
        (httpSocket) => {
          if (options.protocol === 'https:') connectTls({ ...options, httpSocket }, callback);
          else callback(null, httpSocket);
        },
        (error) => callback(error, null),
      );
  };
}
