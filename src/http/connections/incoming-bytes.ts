import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createReportCount } from '../../authentication/refusals/report-count.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { RequestError } from '../answers/request-errors.js';
import { hasBody } from './body-parts.js';
import type { Connection, Connections } from './connections.js';
import { createKeptRequests } from './kept-requests.js';

/** Bytes that a part of a body takes beside its own, as measured for parts of one byte. */
const PART_BYTES = 400;

/** Bytes that a request takes beside its own until it is answered, as measured for requests that wait for their turn. */
const REQUEST_BYTES = 5_000;

/** Bytes that a header takes beside its own: Node keeps its name and value twice. */
const HEADER_BYTES = 100;

/** Routes that answer even if requests fill the memory, so that a busy server does not look dead. */
const HEALTH: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

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
  const kept = createKeptRequests(isTrustedProxy);
  const mayReport = createReportCount(() => performance.now());
  const warn = () => {
    if (!mayReport('incomingBytes')) return;
    const line = { limit: limits.incomingBytes, setting: 'LIMIT_INCOMING_BYTES' };
    fastify.log.warn(line, 'connections are cut off: their requests take too much memory');
  };

  /** Cuts off connections whose requests are still arriving, which their clients can send again. */
  function makeRoom(except?: Connection): void {
    const arriving = kept.largestFirst(
      (connection) => connection !== except && connection.lastRequest?.complete === false,
    );
    // Somewhat more than needed, so that the connections are not sorted again for the next packet.
    const enough = 0.9 * limits.incomingBytes;
    for (const connection of arriving) {
      if (kept.total() <= enough) break;
      connection.socket.destroy();
      onLimit('incomingBytes');
      // Not when it closes: many more packets can be handled before that.
      kept.forget(connection);
    }
    warn();
  }

  /** Returns the bound that leaves no room for the request that arrived last. */
  function findFull(connection: Connection): 'addressIncomingBytes' | 'incomingBytes' | undefined {
    if (kept.total() > limits.incomingBytes) makeRoom(connection);
    const { address, socket } = connection;
    const isOver = kept.ofAddress(address) > limits.addressIncomingBytes;
    if (isOver && !isTrustedProxy(socket.remoteAddress)) return 'addressIncomingBytes';
    return kept.total() > limits.incomingBytes ? 'incomingBytes' : undefined;
  }

  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection || connection.socket.destroyed) return;
    const arrived = kept.begin(connection);
    kept.count(connection, REQUEST_BYTES + (HEADER_BYTES * request.rawHeaders.length) / 2);
    response.once('close', () => kept.release(connection, arrived.bytes));
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const connection = connections.get(request.raw.socket);
    const isHealth = connection?.responses.size === 1 && HEALTH.has(request.routeOptions.url);
    const full = connection && !isHealth ? findFull(connection) : undefined;
    if (!full) return done();
    // Later requests on this connection are not kept either.
    reply.raw.shouldKeepAlive = false;
    done(noRoom(full, describeLimit));
  });
  fastify.addHook('preParsing', ({ raw }, _reply, _payload, done) => {
    const connection = connections.get(raw.socket);
    if (connection && hasBody(raw)) {
      raw.on('data', () => {
        kept.count(connection, PART_BYTES);
        if (kept.total() > limits.incomingBytes) makeRoom();
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
