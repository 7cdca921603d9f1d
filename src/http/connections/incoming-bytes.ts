import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { RequestError } from '../answers/request-errors.js';
import { hasBody } from './body-parts.js';
import type { Connection, Connections } from './connections.js';
import { onceAMinute } from './once-a-minute.js';

/** Bytes that a part of a body takes beside its own, as measured for parts of one byte. */
const PART_BYTES = 400;

/** Bytes that a request takes beside its own until it is answered, as measured for requests that wait for their turn. */
const REQUEST_BYTES = 5_000;

/** Bytes that a header takes beside its own: Node keeps its name and value twice. */
const HEADER_BYTES = 100;

/** Routes that answer at once, so that nobody takes a busy server for a dead one. */
const HEALTH: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

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
 * Bounds what is kept of requests from their arrival until they are answered. Beyond the bound, the client that sends most
 * loses connections whose requests are still arriving, those with the largest requests first. Requests that have arrived
 * wait for their turn, and a client that has too much of them gets 429 for more. Heads and trailers that have not arrived as
 * a whole are not counted, because Node reports nothing of them. The number of connections bounds them, and the size and
 * number of headers.
 */
export function boundIncomingBytes(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'incomingBytes' | 'addressIncomingBytes'>;
    readonly describeLimit: DescribeLimit;
    onLimit(name: LimitName): void;
    isTrustedProxy(address: string | undefined): boolean;
  },
): void {
  const { connections, limits, describeLimit, onLimit, isTrustedProxy } = options;
  const kept = new Map<Connection, Kept>();
  const bytesOf = new Map<unknown, number>();
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

  function add(of: Kept, bytes: number): void {
    of.bytes += bytes;
    total += bytes;
    const sum = (bytesOf.get(of.client) ?? 0) + bytes;
    if (sum > 0) bytesOf.set(of.client, sum);
    else bytesOf.delete(of.client);
  }

  function forget(connection: Connection): void {
    const of = kept.get(connection);
    if (of) add(of, -of.bytes);
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
    of.last.bytes += bytes;
    add(of, bytes);
  }

  function release(connection: Connection, bytes: number): void {
    const of = kept.get(connection);
    if (of) add(of, -bytes);
  }

  /** Cuts off connections whose requests are still arriving, which their clients can send again. */
  function makeRoom(except?: Connection): void {
    const sumOf = ({ client }: Kept) => bytesOf.get(client) ?? 0;
    const arriving = [...kept]
      .filter(([connection]) => connection !== except && connection.lastRequest?.complete === false)
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

  /** Returns the bound that leaves no room for the request that arrived last. */
  function findFull(connection: Connection): 'addressIncomingBytes' | 'incomingBytes' | undefined {
    if (total > limits.incomingBytes) makeRoom(connection);
    const { address, socket } = connection;
    const isOver = (bytesOf.get(address) ?? 0) > limits.addressIncomingBytes;
    if (isOver && !isTrustedProxy(socket.remoteAddress)) return 'addressIncomingBytes';
    return total > limits.incomingBytes ? 'incomingBytes' : undefined;
  }

  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection || connection.socket.destroyed) return;
    const arrived = { bytes: 0 };
    find(connection).last = arrived;
    count(connection, REQUEST_BYTES + (HEADER_BYTES * request.rawHeaders.length) / 2);
    response.once('close', () => release(connection, arrived.bytes));
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const connection = connections.get(request.raw.socket);
    const isHealth = connection?.responses.size === 1 && HEALTH.has(request.routeOptions.url);
    const full = connection && !isHealth ? findFull(connection) : undefined;
    if (!full) return done();
    // What its client has sent behind it is not kept either.
    reply.raw.shouldKeepAlive = false;
    done(noRoom(full, describeLimit));
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

function noRoom(full: 'addressIncomingBytes' | 'incomingBytes', describeLimit: DescribeLimit): RequestError {
  const [status, code] =
    full === 'incomingBytes' ? ([503, 'SERVICE_UNAVAILABLE'] as const) : ([429, 'RATE_LIMITED'] as const);
  return new RequestError(status, { errors: [describeLimit(full, undefined, code)] }, { 'retry-after': '1' });
}
