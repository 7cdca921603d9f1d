import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createReportCount } from '../../authentication/refusals/report-count.js';
import type { LimitName, Limits } from '../../config/limits.js';
import type { Connection, Connections } from './connections.js';

/**
 * Bounds the connections of the server as a whole and of each address. If there are too many, the address with the most
 * connections loses the oldest on which nothing is answered, so that a few addresses cannot keep out all others. For a new
 * connection of that address itself, only one that never sent a request gives way. A connection for which room cannot be
 * made is closed before anything is read from it. The log says so once a minute.
 *
 * @param isTrustedProxy exempts an address: the connections of a proxy are those of many clients
 */
export function limitConnections(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'connections' | 'connectionsPerAddress'>;
    onLimit(name: LimitName): void;
    isTrustedProxy(address: string | undefined): boolean;
  },
): void {
  const { connections, limits, onLimit, isTrustedProxy } = options;
  const { server, log } = fastify;
  const byAddress = new Map<string, Set<Connection>>();
  const mayReport = createReportCount(() => performance.now());
  const warn = (line: { readonly limit: number; readonly setting: string }, reason: string) => {
    if (mayReport(line.setting)) log.warn(line, `connections are closed: ${reason}`);
  };
  const warnOfAll = () => warn({ limit: limits.connections, setting: 'LIMIT_CONNECTIONS' }, 'there are too many');
  const warnOfAddress = () =>
    warn({ limit: limits.connectionsPerAddress, setting: 'LIMIT_CONNECTIONS_PER_ADDRESS' }, 'one address has too many');

  /** Returns the connections of the same address, this one included. */
  function count(connection: Connection): ReadonlySet<Connection> {
    const { address, socket } = connection;
    const ofAddress = byAddress.get(address) ?? new Set<Connection>();
    byAddress.set(address, ofAddress.add(connection));
    socket.once('close', () => {
      ofAddress.delete(connection);
      if (ofAddress.size === 0) byAddress.delete(address);
    });
    return ofAddress;
  }

  /** Finds a connection to close in favour of a new one. */
  function findIdle(ofNewOne: ReadonlySet<Connection> | undefined): Connection | undefined {
    let most = ofNewOne ?? new Set<Connection>();
    for (const ofAddress of byAddress.values()) if (ofAddress.size > most.size) most = ofAddress;
    const mayGiveWay = most === ofNewOne ? isSilent : isIdle;
    // No copy of the set: a burst can bring thousands of connections.
    for (const connection of most) if (mayGiveWay(connection)) return connection;
    return undefined;
  }

  server.on('connection', (socket: Socket) => {
    const connection = connections.get(socket);
    if (!connection || byAddress.get(connection.address)?.has(connection)) return;
    const ofAddress = isTrustedProxy(socket.remoteAddress) ? undefined : count(connection);
    if (ofAddress && ofAddress.size > limits.connectionsPerAddress) {
      socket.destroy();
      onLimit('connectionsPerAddress');
      warnOfAddress();
    } else if (connections.size > limits.connections) {
      (findIdle(ofAddress)?.socket ?? socket).destroy();
      onLimit('connections');
      warnOfAll();
    }
  });
}

/** Returns whether no request was received on a connection. Its client has not begun, or does not mean to. */
function isSilent({ lastRequest, isUpgraded, socket }: Connection): boolean {
  return !socket.destroyed && lastRequest === undefined && !isUpgraded;
}

/**
 * Returns whether nothing is lost with a connection. No request on it has arrived as a whole and is being answered, and it is
 * no WebSocket that is in use.
 */
function isIdle({ responses, lastRequest, isUpgraded, isUnused, socket }: Connection): boolean {
  if (socket.destroyed) return false;
  if (isUpgraded) return isUnused?.() === true;
  return responses.size === 0 || (responses.size === 1 && lastRequest?.complete === false);
}
