import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { Fetch } from './bounded-fetch.js';
import { type ConnectingParts, connectToHost } from './connect.js';

/** Keeps idle connections like Node's own agents, because the key set is fetched right after the metadata. */
const KEPT = { keepAlive: true, timeout: AUTHENTICATION_LIMITS.providerIdleMilliseconds.default } as const;

/** Connection options that a request passes to its agent. Node does not pass `signal` on. */
interface ConnectionOptions {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  readonly connectSignal?: AbortSignal;
}

type Connected = (error: Error | null, socket: Socket) => void;

/**
 * Creates a `fetch` that ignores proxies. It reaches hosts with many addresses over slow links, which the global `fetch` does
 * not. The first call of the global one would also load a second HTTP client of ten megabytes.
 */
export function createDirectFetch(parts?: ConnectingParts): Fetch {
  const open = (options: ConnectionOptions) => {
    const { host, port, connectSignal: signal } = options;
    return connectToHost({ hostname: String(host), port: Number(port), signal }, parts);
  };
  const http = withConnections(new HttpAgent(KEPT), open);
  const https = withConnections(new HttpsAgent(KEPT), async (options) => {
    const socket = await open(options);
    const host = String(options.host);
    return connectTls({ socket, host, servername: isIP(host) > 0 ? '' : host });
  });
  return (address, { headers, signal, method = 'GET', body }) =>
    new Promise((resolve, reject) => {
      const isPlain = address.startsWith('http:');
      const options = {
        method,
        agent: isPlain ? http : https,
        headers: { ...headers, 'accept-encoding': 'identity' },
        signal,
        connectSignal: signal,
      };
      const request = isPlain ? requestHttp(address, options) : requestHttps(address, options);
      request
        .on('error', reject)
        .once('response', (response) => {
          const { 'content-encoding': encoding = 'identity' } = response.headers;
          if (encoding === 'identity') return resolve(answerOf(response));
          response.destroy();
          reject(new Error(`content-encoding ${encoding}, which was not asked for`));
        })
        .end(body);
    });
}

/** The `fetch` with Node's own parts. Tests replace them. */
export const directFetch: Fetch = createDirectFetch();

function withConnections<T extends HttpAgent>(agent: T, open: (options: ConnectionOptions) => Promise<Socket>): T {
  const createConnection = (options: ConnectionOptions, connected: Connected) => {
    open(options).then(
      (socket) => connected(null, socket),
      (error) => Reflect.apply(connected, undefined, [error]),
    );
  };
  return Object.assign(agent, { createConnection });
}

function answerOf(response: IncomingMessage): Awaited<ReturnType<Fetch>> {
  return {
    status: Number(response.statusCode),
    headers: {
      get(name) {
        const value = response.headers[name.toLowerCase()];
        return typeof value === 'string' ? value : null;
      },
    },
    body: response,
  };
}
