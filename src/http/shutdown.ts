import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Ends the server without losing a request. First `/readyz` says 503 while everything is still served, so that load
     * balancers send no more. Then connections close as they become idle, and running operations are answered. After the
     * limit everything is cut off.
     *
     * @returns whether everything ended by itself
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

/** Time for what was cut off to let go of database and files. */
const LAST_MS = 2_000;

/**
 * Adds {@link FastifyInstance.shutDown}.
 *
 * @returns whether a shutdown has begun
 */
export function registerShutdown(fastify: FastifyInstance, { delayMs, limitMs }: ShutdownTimes): () => boolean {
  let hasBegun = false;
  const connections = watchConnections(fastify);
  fastify.addHook('preClose', async () => connections.endIdle());

  fastify.decorate('shutDown', async () => {
    hasBegun = true;
    fastify.log.info({ delayMs, limitMs }, 'stopping: not ready for new work');
    const limit = startTimer(limitMs);
    await Promise.race([startTimer(delayMs).over, limit.over]);
    const closed = fastify.close().then(() => true);
    const ended = await Promise.race([closed, limit.over.then(() => false)]);
    limit.clear();
    if (ended) return true;
    fastify.log.warn({ limitMs }, 'stopping: the time is up, open connections are cut off');
    connections.endAll();
    const last = startTimer(LAST_MS);
    await Promise.race([closed, last.over]);
    last.clear();
    return false;
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
  endAll(): void;
}

function watchConnections({ server }: FastifyInstance): Connections {
  const open = new Set<Socket>();
  const running = new Set<ServerResponse>();
  let isClosing = false;
  server.on('connection', (socket) => {
    if (isClosing) return void socket.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.prependListener('request', (_request, response) => {
    running.add(response);
    response.once('close', () => running.delete(response));
  });
  return {
    endIdle() {
      isClosing = true;
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
      for (const response of running) response.shouldKeepAlive = false;
    },
    endAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

function startTimer(ms: number): { readonly over: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, clear: () => clearTimeout(timer) };
}
