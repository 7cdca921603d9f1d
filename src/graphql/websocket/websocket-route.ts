import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Refusals, RequestRefusal } from '../refusals/refusal.js';
import { OF_HANDSHAKES, routeHandshakes } from './handshakes.js';
import type { SocketFailures } from './socket-failures.js';
import type { SocketConnection } from './socket-protocol.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
/** What may wait for a client that does not read. */
const MAX_WAITING_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1_000;
const PING_MS = 15_000;
/** Time to say goodbye when the server stops. */
const CLOSE_MS = 2_000;

/**
 * Serves WebSockets at `/graphql`, on the port of the server. When that closes, they are closed with 1001 and `settled` is
 * waited for.
 */
export function registerWebSocketRoute(
  fastify: FastifyInstance,
  options: {
    readonly protocol: Server<SocketConnection>;
    readonly failures: SocketFailures;
    readonly refusals: Refusals;
    /** Resolves when nothing runs any more that came over a WebSocket. */
    settled(): Promise<void>;
    /** Origins whose pages may connect; a server's own may always. */
    readonly origins: readonly string[];
  },
): void {
  const { protocol, failures, refusals, settled, origins } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols });
  const takeOver = routeHandshakes(fastify);
  const stopPings = pingAll(sockets);
  let isClosing = false;

  async function refusalOf(request: FastifyRequest): Promise<RequestRefusal | undefined> {
    if (!isAllowedOrigin(request.raw, origins)) return refusals.ofOrigin();
    const answer = await failures.refuseHandshake(request);
    return answer && refusals.ofFailures(answer);
  }

  fastify.route({
    method: 'GET',
    url: '/graphql',
    constraints: OF_HANDSHAKES,
    exposeHeadRoute: false,
    async handler(request, reply) {
      const refusal = await refusalOf(request);
      if (refusal) return sendRefusal(reply, refusal);
      // Nothing is waited for from here on, or the server could close in between and never hear of this connection.
      if (isClosing || sockets.clients.size >= MAX_CONNECTIONS) return sendRefusal(reply, refusals.ofConnections());
      const handshake = takeOver(reply);
      sockets.handleUpgrade(handshake.request, handshake.stream, handshake.head, (socket) => {
        speak(socket, request, protocol);
      });
    },
  });

  // Before the server waits for its connections to end, which these would never do.
  fastify.addHook('preClose', async () => {
    isClosing = true;
    stopPings();
    await closeAll(sockets);
    await settled();
  });
}

/** Passes messages between a WebSocket and the protocol. */
function speak(socket: WebSocket, request: FastifyRequest, protocol: Server<SocketConnection>): void {
  const { log } = request;
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) => {
          // What comes after the server has closed is not for anybody.
          if (socket.readyState !== socket.OPEN) return;
          if (socket.bufferedAmount > MAX_WAITING_BYTES) {
            log.warn({ bytes: socket.bufferedAmount }, 'a WebSocket client does not read');
            return socket.terminate();
          }
          handle(String(data)).catch((error: unknown) => {
            log.warn({ err: error }, 'a WebSocket message could not be handled');
            socket.close(4400, 'Invalid message received');
          });
        }),
    },
    { socket, request },
  );
  // A message too long, a frame out of order: ws closes the connection, and Node would end the process without a listener.
  socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
  socket.once('close', (code, reason) => void closed(code, String(reason)));
}

/** Resolves when the text has left, so that who reads slowly is sent slowly. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) resolve();
    // An error means that the connection is broken; its `close` follows.
    else socket.send(text, () => resolve());
  });
}

/** Finds connections whose other end vanished, and keeps proxies from closing quiet ones. */
function pingAll(sockets: WebSocketServer): () => void {
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
  }, PING_MS).unref();
  return () => clearInterval(timer);
}

async function closeAll(sockets: WebSocketServer): Promise<void> {
  const open = [...sockets.clients];
  const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of open) socket.close(1001, 'Going away');
  const impatience = setTimeout(() => {
    for (const socket of open) socket.terminate();
  }, CLOSE_MS);
  await Promise.all(gone);
  clearTimeout(impatience);
}

/**
 * Browsers let every page open WebSockets to everywhere, without CORS, and send the page's origin: pages that CORS_ORIGINS
 * keeps from reading answers over HTTP would read them here.
 */
function isAllowedOrigin({ headers: { origin, host } }: IncomingMessage, origins: readonly string[]): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

function sendRefusal(reply: FastifyReply, { status, headers, contentType, body }: RequestRefusal): FastifyReply {
  return reply.code(status).headers(Object.fromEntries(headers)).type(contentType).send(body);
}
