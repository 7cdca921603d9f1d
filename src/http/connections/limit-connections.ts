import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config/limits.js';
import type { Connections } from './connections.js';

const MINUTE_MS = 60_000;

/**
 * Bounds the connections of the server as a whole and of each address. A connection beyond a bound is closed before anything
 * is read from it, and the log says so once a minute.
 *
 * @param isTrustedProxy exempts an address: the connections of a proxy are those of many clients
 */
export function limitConnections(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'connections' | 'connectionsPerAddress'>;
    isTrustedProxy(address: string | undefined): boolean;
  },
): void {
  const { connections, limits, isTrustedProxy } = options;
  const { server, log } = fastify;
  const countByAddress = new Map<string, number>();
  const counted = new WeakSet<Socket>();
  const warnOfAll = onceAMinute(() =>
    log.warn({ limit: limits.connections, setting: 'LIMIT_CONNECTIONS' }, 'connections are closed: there are too many'),
  );
  const warnOfAddress = onceAMinute(() => {
    const line = { limit: limits.connectionsPerAddress, setting: 'LIMIT_CONNECTIONS_PER_ADDRESS' };
    log.warn(line, 'connections are closed: one address has too many');
  });

  server.maxConnections = limits.connections;
  server.on('drop', warnOfAll);
  server.on('connection', (socket: Socket) => {
    const address = connections.get(socket)?.address;
    if (address === undefined || counted.has(socket) || isTrustedProxy(socket.remoteAddress)) return;
    counted.add(socket);
    const count = (countByAddress.get(address) ?? 0) + 1;
    countByAddress.set(address, count);
    socket.once('close', () => {
      const left = (countByAddress.get(address) ?? 1) - 1;
      if (left > 0) countByAddress.set(address, left);
      else countByAddress.delete(address);
    });
    if (count <= limits.connectionsPerAddress) return;
    socket.destroy();
    warnOfAddress();
  });
}

function onceAMinute(action: () => void): () => void {
  let nextMs = 0;
  return () => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + MINUTE_MS;
    action();
  };
}
