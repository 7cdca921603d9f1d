import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config/limits.js';
import { hasBody } from './body-parts.js';
import type { Connection, Connections } from './connections.js';
import { onceAMinute } from './once-a-minute.js';

/** A client: its connections with the bytes of their requests, and the sum. */
interface Sender {
  bytes: number;
  readonly connections: Map<Connection, number>;
}

/**
 * Bounds what is kept of requests from their arrival until they are answered. Beyond the bound, connections of the client that
 * sends most are cut off, those with the largest requests first. Heads that have not arrived as a whole are not
 * counted: Node tells nothing of them, and the number of connections bounds them.
 *
 * @param isTrustedProxy exempts an address from being counted as one client: each of its connections counts alone
 */
export function boundIncomingBytes(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'incomingBytes'>;
    isTrustedProxy(address: string | undefined): boolean;
  },
): void {
  const { connections, limits, isTrustedProxy } = options;
  const senders = new Map<unknown, Sender>();
  /** Bytes of each connection that have been counted. */
  const seen = new WeakMap<Connection, number>();
  let total = 0;
  const warn = onceAMinute(() => {
    const line = { limit: limits.incomingBytes, setting: 'LIMIT_INCOMING_BYTES' };
    fastify.log.warn(line, 'connections are cut off: their requests take too much memory');
  });

  function add(connection: Connection, bytes: number): void {
    const name = isTrustedProxy(connection.socket.remoteAddress) ? connection : connection.address;
    const sender = senders.get(name) ?? { bytes: 0, connections: new Map() };
    senders.set(name, sender);
    const left = (sender.connections.get(connection) ?? 0) + bytes;
    if (left > 0) sender.connections.set(connection, left);
    else sender.connections.delete(connection);
    sender.bytes += bytes;
    total += bytes;
    if (sender.connections.size === 0) senders.delete(name);
  }

  /** Counts what has arrived on a connection since the last time. */
  function count(connection: Connection): number {
    const { bytesRead } = connection.socket;
    const bytes = bytesRead - (seen.get(connection) ?? 0);
    seen.set(connection, bytesRead);
    add(connection, bytes);
    return bytes;
  }

  /** Cuts off connections whose requests are still arriving, which their clients can send again. */
  function makeRoom(): void {
    const arriving = [...senders.values()]
      .sort((one, other) => other.bytes - one.bytes)
      .flatMap((sender) => [...sender.connections].sort(([, bytes], [, others]) => others - bytes))
      .filter(([{ lastRequest }]) => lastRequest?.complete === false);
    // Somewhat more than needed, so that the connections are not sorted again for the next packet.
    let excess = total - 0.9 * limits.incomingBytes;
    for (const [{ socket }, bytes] of arriving) {
      if (excess <= 0) break;
      excess -= bytes;
      socket.destroy();
    }
    warn();
  }

  const bytesOf = new WeakMap<IncomingMessage, number>();
  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection) return;
    bytesOf.set(request, count(connection));
    response.once('close', () => add(connection, -(bytesOf.get(request) ?? 0)));
  });
  fastify.addHook('preParsing', ({ raw }, _reply, _payload, done) => {
    const connection = connections.get(raw.socket);
    if (connection && hasBody(raw)) {
      raw.on('data', () => {
        bytesOf.set(raw, (bytesOf.get(raw) ?? 0) + count(connection));
        if (total > limits.incomingBytes) makeRoom();
      });
    }
    done();
  });
}
