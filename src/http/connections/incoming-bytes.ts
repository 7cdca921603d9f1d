import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { LimitName, Limits } from '../../config/limits.js';
import { hasBody } from './body-parts.js';
import type { Connection, Connections } from './connections.js';
import { onceAMinute } from './once-a-minute.js';

/** Bytes that a part of a body takes beside its own, as measured for parts of one byte. */
const PART_BYTES = 400;

/** The requests of one connection that are not answered. */
interface Kept {
  bytes: number;
  /** Bytes of the connection that have been counted, from its beginning. */
  seen: number;
  /** Bytes of the request that arrived last, whose body may still be arriving. */
  last: { bytes: number };
  /** The connections of one address are those of one client. Each connection of a trusted proxy is a client of its own. */
  readonly client: unknown;
}

/**
 * Bounds what is kept of requests from their arrival until they are answered. Beyond the bound, connections of the client that
 * sends most are cut off, those with the largest requests first. Heads and trailers that have not arrived as a whole are not
 * counted, because Node reports nothing of them. The number of connections bounds them, and the size and number of headers.
 */
export function boundIncomingBytes(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'incomingBytes'>;
    onLimit(name: LimitName): void;
    isTrustedProxy(address: string | undefined): boolean;
  },
): void {
  const { connections, limits, onLimit, isTrustedProxy } = options;
  const kept = new Map<Connection, Kept>();
  let total = 0;
  const warn = onceAMinute(() => {
    const line = { limit: limits.incomingBytes, setting: 'LIMIT_INCOMING_BYTES' };
    fastify.log.warn(line, 'connections are cut off: their requests take too much memory');
  });

  function find(connection: Connection): Kept {
    const { socket, address } = connection;
    const known = kept.get(connection);
    if (known) return known;
    const client = isTrustedProxy(socket.remoteAddress) ? connection : address;
    const created = { bytes: 0, seen: 0, last: { bytes: 0 }, client };
    kept.set(connection, created);
    socket.once('close', () => forget(connection));
    return created;
  }

  function forget(connection: Connection): void {
    total -= kept.get(connection)?.bytes ?? 0;
    kept.delete(connection);
  }

  /**
   * Counts what has arrived on a connection since the last time for the request that arrived last.
   *
   * @param overhead bytes that it takes beside its own
   */
  function count(connection: Connection, overhead = 0): void {
    if (connection.socket.destroyed) return;
    const of = find(connection);
    const arrived = connection.socket.bytesRead - of.seen;
    const bytes = arrived + overhead;
    of.seen += arrived;
    of.bytes += bytes;
    of.last.bytes += bytes;
    total += bytes;
  }

  function release(connection: Connection, bytes: number): void {
    const of = kept.get(connection);
    if (!of) return;
    of.bytes -= bytes;
    total -= bytes;
  }

  /** Cuts off connections whose requests are still arriving, which their clients can send again. */
  function makeRoom(): void {
    const bytesOf = new Map<unknown, number>();
    for (const { client, bytes } of kept.values()) bytesOf.set(client, (bytesOf.get(client) ?? 0) + bytes);
    const sumOf = ({ client }: Kept) => bytesOf.get(client) ?? 0;
    const arriving = [...kept]
      .filter(([{ lastRequest }]) => lastRequest?.complete === false)
      .sort(([, one], [, other]) => sumOf(other) - sumOf(one) || other.bytes - one.bytes);
    // Somewhat more than needed, so that the connections are not sorted again for the next packet.
    const enough = 0.9 * limits.incomingBytes;
    for (const [connection] of arriving) {
      if (total <= enough) break;
      connection.socket.destroy();
      onLimit('incomingBytes');
      // Not when it closes: many more packets can be handled before that.
      forget(connection);
    }
    warn();
  }

  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection || connection.socket.destroyed) return;
    const arrived = { bytes: 0 };
    find(connection).last = arrived;
    count(connection);
    response.once('close', () => release(connection, arrived.bytes));
  });
  fastify.addHook('preParsing', ({ raw }, _reply, _payload, done) => {
    const connection = connections.get(raw.socket);
    if (connection && hasBody(raw)) {
      raw.on('data', () => {
        count(connection, PART_BYTES);
        if (total > limits.incomingBytes) makeRoom();
      });
    }
    done();
  });
}
