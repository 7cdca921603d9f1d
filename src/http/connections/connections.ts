import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientAddress } from '../client-address.js';

/** A connection of the server, and the requests on it. */
export interface Connection {
  readonly socket: Socket;
  /** Address of the peer, in the form in which clients are counted. It can be that of a proxy. */
  readonly address: string;
  /** Time at which it was opened, of `performance.now()`. */
  readonly openedAt: number;
  /** Responses that have not been sent as a whole. */
  readonly responses: Set<ServerResponse>;
  lastRequest?: IncomingMessage;
  /** The connection belongs to a WebSocket. */
  isUpgraded?: boolean;
  /** Returns whether a WebSocket does nothing yet or any more: its client has not said who it is, or the server closes it. */
  isUnused?(): boolean;
  /** The response with which the server ends the connection. Requests that arrive later are not run. */
  lastResponse?: ServerResponse | undefined;
}

export type Connections = ReadonlyMap<Duplex, Connection>;

/** Keeps track of the connections of a server, from before the first byte of each until it closes. */
export function trackConnections(server: Server): Connections {
  const connections = new Map<Duplex, Connection>();
  server.prependListener('connection', (socket: Socket) => {
    // A connection whose upgrade is ignored is emitted once more.
    const known = connections.get(socket);
    if (known) {
      known.isUpgraded = false;
      return;
    }
    const address = clientAddress({ ip: socket.remoteAddress ?? '' });
    const connection: Connection = { socket, address, openedAt: performance.now(), responses: new Set() };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      closeWaiting(connection);
    });
  });
  server.prependListener('upgrade', ({ socket }: IncomingMessage) => {
    const connection = connections.get(socket);
    if (connection) connection.isUpgraded = true;
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection) return;
    connection.lastRequest = request;
    connection.responses.add(response);
    response.once('close', () => connection.responses.delete(response));
  });
  return connections;
}

/**
 * Closes the responses that wait for earlier ones on a closed connection. Node emits `close` for the first response alone.
 * Listeners of the others would wait for ever and keep the text of the answer.
 */
function closeWaiting({ responses }: Connection): void {
  for (const response of [...responses].filter(({ socket }) => socket === null)) {
    response.destroy();
    response.emit('close');
  }
}

/**
 * Runs `action` when the responses to all requests that have arrived on a connection are sent.
 *
 * @param except a response that is not waited for
 */
export function whenAnswered(
  connection: Connection | undefined,
  action: () => void,
  except?: ServerResponse | undefined,
): void {
  const waiting = [...(connection?.responses ?? [])].find((response) => response !== except);
  if (waiting) waiting.once('close', () => whenAnswered(connection, action, except));
  else action();
}
