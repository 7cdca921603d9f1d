import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Connections, whenAnswered } from '../../http/connections/connections.js';

/** Constraint of the route that answers the handshakes of WebSockets (RFC 6455 s.4). */
export const HANDSHAKE_CONSTRAINTS = { handshake: true } as const;

/** A connection that asks to become a WebSocket. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  /** The bytes after the request that have arrived already. */
  readonly head: Buffer;
  /** Takes the connection from Fastify, which then sends no answer. Call it once another one is sent. */
  takeOver(): void;
}

/**
 * Passes the handshakes of WebSockets through Fastify's routing to the route with {@link HANDSHAKE_CONSTRAINTS}. Hooks, log
 * and errors are the same as for every request, and `request.ip` follows the trusted proxies. A handshake that arrives
 * behind other requests waits until those are answered: a connection can have one answer at a time.
 *
 * @returns a function that finds the handshake of a request that has not been answered
 */
export function routeHandshakes(
  fastify: FastifyInstance,
  connections: Connections,
): (reply: FastifyReply) => Handshake {
  const handshakes = new WeakMap<IncomingMessage, Omit<Handshake, 'takeOver'>>();
  fastify.addConstraintStrategy({
    name: 'handshake',
    // Not by the header, which an ordinary request may have too.
    deriveConstraint: (request) => handshakes.has(request),
    storage: createStorage,
  });
  fastify.server.on('upgrade', (request, stream: Duplex, head) => {
    // Other upgrades have a listener of their own, which ignores them.
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return;
    // Node takes its own listener off before it hands a connection over. Without one, a client that goes ends the process.
    stream.on('error', () => undefined);
    handshakes.set(request, { request, stream, head });
    whenAnswered(connections.get(stream), () => {
      if (!stream.writable) return void stream.destroy();
      fastify.routing(request, createResponse(request, stream));
    });
  });
  return (reply) => {
    const handshake = handshakes.get(reply.request.raw);
    if (!handshake) throw new TypeError('only a handshake can be taken over');
    return {
      ...handshake,
      takeOver() {
        reply.hijack();
        reply.raw.detachSocket(reply.request.raw.socket);
      },
    };
  };
}

/** The answer to who is refused; the connection ends with it. */
function createResponse(request: IncomingMessage, stream: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.once('finish', () => stream.once('finish', () => stream.destroy()).end());
  return response;
}

function createStorage<Handler>() {
  const handlers = new Map<unknown, Handler>();
  return {
    get: (value: unknown) => handlers.get(value) ?? null,
    set: (value: unknown, handler: Handler) => void handlers.set(value, handler),
  };
}
