import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { LimitName, Limits } from '../../config/limits.js';
import { errorTypeFor } from '../../http/answers/accepted-type.js';
import { clientAddress } from '../../http/client-address.js';
import type { Connections } from '../../http/connections/connections.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import type { Refusals, RequestRefusal } from '../refusals/refusal.js';
import type { SocketFailures } from './bounds/socket-failures.js';
import type { SocketPlaces } from './bounds/socket-places.js';
import { boundTraffic, countMessages, explainCloses, type SocketTraffic } from './bounds/socket-traffic.js';
import { TRY_AGAIN_LATER } from './close-reasons.js';
import { isOpen, type SocketConnection } from './connection.js';
import { HANDSHAKE_CONSTRAINTS, routeHandshakes } from './handshakes.js';

/**
 * Serves WebSockets at `/graphql`, on the port of the server. When that closes, running operations are answered, and then
 * their connections are closed with 1001.
 */
export function registerWebSocketRoute(
  fastify: FastifyInstance,
  options: {
    readonly protocol: Server<SocketConnection>;
    readonly connections: Connections;
    readonly failures: SocketFailures;
    readonly refusals: Refusals;
    /** Resolves when nothing runs any more that came over a WebSocket. */
    settled(): Promise<void>;
    readonly places: SocketPlaces;
    readonly limits: Limits;
    /** Counts connections that are closed because of a bound. */
    readonly counts: Pick<ServerCounts, 'limitsHit'>;
    /** Returns whether pages of this origin may connect. */
    isAllowedOrigin(origin: string): boolean;
  },
): void {
  const { protocol, failures, refusals, settled, places, limits, isAllowedOrigin } = options;
  const onLimit = (name: LimitName) => options.counts.limitsHit.add(name);
  // Their types lack `closeTimeout`.
  const bounds: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: limits.socketMessageBytes,
    maxFragments: limits.socketMessageFragments,
    maxBufferedChunks: limits.socketMessageParts + Math.ceil(limits.socketMessageBytes / limits.partBytes),
    closeTimeout: limits.socketCloseSeconds * 1000,
    // `boundTraffic` answers pings: the library has a bound of its own, and breaks the connection off without a reason.
    autoPong: false,
    // A message of a few bytes could inflate to any size, and each connection would keep a compressor.
    perMessageDeflate: false,
    handleProtocols,
  };
  const sockets = new WebSocketServer(bounds);
  const handshakeOf = routeHandshakes(fastify, options.connections);
  /** Errors of malformed handshakes. The library reports them within `handleUpgrade`, and its texts are fixed. */
  const malformed = new WeakMap<IncomingMessage, string>();
  sockets.on('wsClientError', ({ message }, _stream, request) => malformed.set(request, message));
  /** Ids of handshakes, which their answers carry like those of other requests. */
  const ids = new WeakMap<IncomingMessage, string>();
  sockets.on('headers', (headers, request) => headers.push(`x-request-id: ${ids.get(request)}`));
  const stopPings = pingAll(sockets, limits.socketPingSeconds * 1000);
  const connections = new Map<WebSocket, SocketConnection>();
  const messageCounts = countMessages();
  let isClosing = false;

  async function refusalOf(request: FastifyRequest): Promise<RequestRefusal | undefined> {
    const { origin } = request.headers;
    // Browsers let every page open WebSockets, without CORS, and send the origin of the page.
    if (origin !== undefined && !isAllowedOrigin(origin)) return refusals.ofOrigin();
    const answer = await failures.refuseHandshake(request);
    return answer && refusals.ofFailures(answer);
  }

  fastify.route({
    method: 'GET',
    url: '/graphql',
    constraints: HANDSHAKE_CONSTRAINTS,
    exposeHeadRoute: false,
    async handler(request, reply) {
      const refusal = await refusalOf(request);
      if (refusal) return sendRefusal(reply, refusal);
      // Nothing is waited for from here on, or the server could close in between and never hear of this connection.
      if (isClosing) return sendRefusal(reply, refusals.ofConnections());
      const handshake = handshakeOf(reply);
      ids.set(handshake.request, request.id);
      sockets.handleUpgrade(handshake.request, handshake.stream, handshake.head, (socket) => {
        handshake.takeOver();
        explainCloses(socket, limits, onLimit);
        const address = clientAddress(request);
        const evicted = places.open(socket, address);
        if (evicted) onLimit('openingSockets');
        evicted?.close(TRY_AGAIN_LATER, 'Too many connections are being opened');
        const connection: SocketConnection = { socket, request, running: new Set(), isClosing: false };
        connections.set(socket, connection);
        const underlying = options.connections.get(handshake.stream);
        if (underlying) underlying.isUnused = () => !connection.admitted || !isOpen(socket);
        socket.once('close', () => {
          places.leave(socket);
          connections.delete(socket);
        });
        const holder = () => connection.admitted?.holder ?? address;
        const traffic = boundTraffic(socket, limits, { counts: messageCounts, holder, log: request.log, onLimit });
        speak(connection, { protocol, traffic });
      });
      const fault = malformed.get(handshake.request);
      if (fault !== undefined) return sendRefusal(reply, refusals.ofHandshake(fault));
      // The client has gone.
      if (!reply.sent) handshake.takeOver();
    },
  });

  // Before the server waits for its connections to end, which these would never do.
  fastify.addHook('preClose', async () => {
    isClosing = true;
    stopPings();
    await Promise.all([...connections.values()].map((one) => finish(one, limits.socketShutdownSeconds * 1000)));
    await settled();
  });
}

/** Passes messages between a WebSocket and the protocol. */
function speak(
  connection: SocketConnection,
  { protocol, traffic }: { readonly protocol: Server<SocketConnection>; readonly traffic: SocketTraffic },
): void {
  const { socket, request } = connection;
  const { log } = request;
  connection.noteRefusal = traffic.noteRefusal;
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: traffic.send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) => {
          // Nothing that comes after the server has closed is handled.
          if (!traffic.mayHandle()) return;
          handle(String(data)).catch((error: unknown) => {
            log.warn({ err: error }, 'a WebSocket message could not be handled');
            socket.close(4400, 'Invalid message received');
          });
        }),
    },
    connection,
  );
  // After a message that is too long or a wrong frame, ws closes the connection and emits an error. Without a listener Node
  // would end the process.
  socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
  socket.once('close', (code, reason) => void closed(code, String(reason)));
}

/** Finds connections whose other end vanished, and keeps proxies from closing quiet ones. */
function pingAll(sockets: WebSocketServer, everyMs: number): () => void {
  const silent = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) {
        socket.terminate();
        continue;
      }
      silent.add(socket);
      socket.once('pong', () => silent.delete(socket));
      socket.ping();
    }
  }, everyMs).unref();
  return () => clearInterval(timer);
}

/**
 * Answers what runs on a connection, and closes it.
 *
 * @param closeMs time for the other end to close
 */
async function finish(connection: SocketConnection, closeMs: number): Promise<void> {
  const { socket, running } = connection;
  connection.isClosing = true;
  const gone = new Promise((resolve) => socket.once('close', resolve));
  const isGone = socket.readyState === socket.CLOSED;
  while (running.size > 0) await Promise.allSettled(running);
  // The answers are sent in the turn in which they are known.
  await setImmediate();
  socket.close(1001, 'Going away');
  const impatience = setTimeout(() => socket.terminate(), closeMs);
  if (!isGone) await gone;
  clearTimeout(impatience);
}

function sendRefusal(reply: FastifyReply, { status, headers, body }: RequestRefusal): FastifyReply {
  return reply.code(status).headers(Object.fromEntries(headers)).type(errorTypeFor(reply.request)).send(body);
}
