import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Ends the server without losing a request. First `/readyz` says 503 while everything is still served, so that load
     * balancers send no more. Then connections close as they become idle, and running operations are answered. After the
     * limit everything is cut off.
     *
     * @returns whether everything ended by itself: no operation, answer or WebSocket was cut off
     */
    shutDown(): Promise<boolean>;
  }
}

/** Time of a shutdown, from its beginning. */
export interface ShutdownTimes {
  /** For load balancers to notice that this replica is going. */
  readonly delayMs: number;
  /** For everything to end by itself, the delay included. */
  readonly limitMs: number;
}

/** The code with which Node reports a request that takes too long to arrive. */
const LATE = { code: 'ERR_HTTP_REQUEST_TIMEOUT' };

/** How often requests that are late are looked for. */
const CHECKING_MS = 250;

/** Time for what was cut off to let go of database and files. */
const LAST_MS = 2_000;

/**
 * Adds {@link FastifyInstance.shutDown}.
 *
 * @param arrivalMs time for a request to arrive once connections are being closed
 * @returns whether a shutdown has begun
 */
export function registerShutdown(
  fastify: FastifyInstance,
  { delayMs, limitMs, arrivalMs }: ShutdownTimes & { readonly arrivalMs: number },
): () => boolean {
  let hasBegun = false;
  const connections = watchConnections(fastify, arrivalMs);
  fastify.addHook('preClose', async () => connections.endIdle());

  fastify.decorate('shutDown', async () => {
    hasBegun = true;
    fastify.log.info({ delayMs, limitMs }, 'stopping: /readyz says 503 from now on, and requests are still answered');
    const limit = startTimer(limitMs);
    await Promise.race([startTimer(delayMs).over, limit.over]);
    const closed = fastify.close().then(() => true);
    const ended = await Promise.race([closed, limit.over.then(() => false)]);
    limit.clear();
    if (ended) return true;
    const isCutOff = connections.isAnswering();
    if (isCutOff) fastify.log.warn({ limitMs }, 'stopping: the time is up, open connections are cut off');
    connections.endAll();
    const last = startTimer(LAST_MS);
    const hasClosed = await Promise.race([closed, last.over.then(() => false)]);
    last.clear();
    return hasClosed && !isCutOff;
  });
  return () => hasBegun;
}

/** The connections of a server, those of WebSockets included. */
interface Connections {
  /**
   * Ends what waits for nothing: connections on which nothing has arrived, which Node takes for busy ones and whose time
   * limits it no longer looks at once a server is closing. Connections with a running request end with its answer.
   */
  endIdle(): void;
  /** Tells whether an operation runs, an answer is being sent, or a WebSocket is open. */
  isAnswering(): boolean;
  endAll(): void;
}

function watchConnections({ server }: FastifyInstance, arrivalMs: number): Connections {
  const open = new Set<Socket>();
  const running = new Set<ServerResponse>();
  const upgraded = new WeakSet<Socket>();
  let isClosing = false;
  server.on('upgrade', ({ socket }) => upgraded.add(socket));
  server.on('connection', (socket) => {
    if (isClosing) return void socket.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.prependListener('request', (_request, response) => {
    running.add(response);
    response.once('close', () => running.delete(response));
  });
  const arrived = () => new Set([...running].filter(({ req }) => req.complete).map(({ req }) => req.socket));

  /** Has what is still arriving answered with 408, as Node does until the server closes. */
  function endLate(): void {
    const answered = arrived();
    for (const socket of open) {
      // The last answer may be on its way on a connection that has ended.
      if (!upgraded.has(socket) && !answered.has(socket) && socket.writable)
        server.emit('clientError', Object.assign(new Error(), LATE), socket);
    }
  }
  return {
    endIdle() {
      isClosing = true;
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
      closeIdleWhenSent(server, running);
      setTimeout(() => setInterval(endLate, CHECKING_MS).unref(), arrivalMs).unref();
    },
    isAnswering: () => arrived().size > 0 || [...open].some((socket) => upgraded.has(socket)),
    endAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

/**
 * Keeps Node from cutting answers off. It takes a connection for idle once its answer was handed over, even if the client has
 * not been sent all of it. So idle connections are closed when no such answer is left. The headers of that answer may have
 * said `keep-alive`, so they are looked for again after each answer.
 */
function closeIdleWhenSent(server: Server, running: ReadonlySet<ServerResponse>): void {
  const closeIdle = server.closeIdleConnections;
  server.closeIdleConnections = () => {
    if (![...running].some(({ writableEnded }) => writableEnded)) closeIdle.call(server);
  };
  const closeAfter = (response: ServerResponse) => response.once('close', () => server.closeIdleConnections());
  for (const response of running) closeAfter(response);
  server.on('request', (_request, response) => closeAfter(response));
}

function startTimer(ms: number): { readonly over: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, clear: () => clearTimeout(timer) };
}
