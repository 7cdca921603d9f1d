import type { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from '../config/limits.js';
import type { Connection, Connections } from './connections/connections.js';

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

const SILENT_MS = LIMITS.shutdownSilentMs.default;

/** After this time, a turn of the event loop in which no connection was accepted is quiet, however long it took. */
const ACCEPTING_MS = 1_000;

/** Most connections that can wait to be accepted (default of Node's `listen`). After so many, all that waited are accepted. */
const BACKLOG = 511;

/** A turn of the event loop in which hardly anything was done. */
const QUIET_TURN_MS = 0.3;

const LAST_MS = LIMITS.shutdownEndMs.default;

/**
 * Adds {@link FastifyInstance.shutDown}.
 *
 * @param options.arrivalMs time for a request to arrive once connections are being closed
 * @returns whether a shutdown has begun
 */
export function registerShutdown(
  fastify: FastifyInstance,
  options: ShutdownTimes & { readonly arrivalMs: number; readonly connections: Connections },
): () => boolean {
  const { delayMs, limitMs } = options;
  let hasBegun = false;
  const connections = closeConnections(fastify, options.connections, options.arrivalMs);
  fastify.addHook('preClose', async () => connections.close());

  fastify.decorate('shutDown', async () => {
    hasBegun = true;
    fastify.log.info({ delayMs, limitMs }, 'stopping: /readyz says 503 from now on, and requests are still answered');
    const limit = startTimer(limitMs);
    await Promise.race([startTimer(delayMs).over, limit.over]);
    await Promise.race([untilNoneWaits(fastify.server), limit.over]);
    connections.close();
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

/** Connections of a server that shuts down, those of WebSockets included. */
interface ClosingConnections {
  /**
   * Stops to listen, and ends idle connections and those on which nothing arrives. Node counts the latter as busy and ignores
   * their time limits once a server is closing. Connections with a running request end with its answer. Safe to call twice.
   */
  close(): void;
  /** Returns whether an operation runs, an answer is being sent, or a WebSocket is open. */
  isAnswering(): boolean;
  endAll(): void;
}

function closeConnections(
  { server }: FastifyInstance,
  connections: Connections,
  arrivalMs: number,
): ClosingConnections {
  const open = () => [...connections.values()];
  let isClosing = false;

  /** Ends a connection on which nothing arrives in time. */
  function endIfSilent({ socket, openedAt }: Connection): void {
    if (socket.bytesRead > 0) return;
    const end = () => socket.bytesRead === 0 && socket.destroy();
    const restMs = Math.max(0, openedAt + SILENT_MS - performance.now());
    // What has arrived by the end of the time is read after the timers of a turn, and before its `setImmediate`.
    setTimeout(() => setImmediate(end), restMs).unref();
  }

  /** Answers requests that are still arriving with 408, as Node does until the server closes. */
  function endLate(): void {
    for (const connection of open()) {
      const { socket, isUpgraded } = connection;
      // The last answer may be on its way on a connection that has ended.
      if (!isUpgraded && !hasArrived(connection) && socket.writable)
        server.emit('clientError', Object.assign(new Error(), LATE), socket);
    }
  }
  return {
    close() {
      if (isClosing) return;
      isClosing = true;
      closeIdleWhenSent(server, open);
      server.close();
      for (const connection of open()) endIfSilent(connection);
      setTimeout(() => setInterval(endLate, CHECKING_MS).unref(), arrivalMs).unref();
    },
    isAnswering: () => open().some((connection) => connection.isUpgraded || hasArrived(connection)),
    endAll() {
      for (const { socket } of open()) socket.destroy();
    },
  };
}

/** Returns whether a request that has arrived as a whole is being answered. */
function hasArrived({ responses }: Connection): boolean {
  return [...responses].some(({ req }) => req.complete);
}

/**
 * Keeps Node from cutting answers off. It takes a connection for idle once its answer was handed over, even if the client has
 * not been sent all of it. So idle connections are closed when no such answer is left. The headers of that answer may have
 * said `keep-alive`, so they are looked for again after each answer.
 *
 * Node 26 takes a connection for idle on which nothing has arrived yet. A request may be on its way on it, and
 * `endIfSilent` ends the connection if none comes.
 */
function closeIdleWhenSent(server: Server, open: () => readonly Connection[]): void {
  const closeIdle = server.closeIdleConnections;
  const running = () => open().flatMap(({ responses }) => [...responses]);
  server.closeIdleConnections = () => {
    if (running().some(({ writableEnded }) => writableEnded)) return;
    const silent = open().filter(({ socket }) => socket.bytesRead === 0);
    for (const { socket } of silent) socket.destroy = () => socket;
    closeIdle.call(server);
    for (const { socket } of silent) Reflect.deleteProperty(socket, 'destroy');
  };
  const closeAfter = (response: ServerResponse) => response.once('close', () => server.closeIdleConnections());
  for (const response of running()) closeAfter(response);
  server.on('request', (_request, response) => closeAfter(response));
}

/**
 * Resolves after a turn of the event loop that brought no connection and took hardly any time, so that none has come since. The
 * kernel resets the connections that wait to be accepted when the server stops to listen, and a balancer does not repeat a
 * request that it has sent. On a busy machine no turn is short, and a few connections can take a second: each turn accepts one.
 */
export async function untilNoneWaits(server: Pick<EventEmitter, 'on' | 'off'>): Promise<void> {
  const startedAt = performance.now();
  let accepted = 0;
  const count = () => {
    accepted += 1;
  };
  server.on('connection', count);
  for (let isQuiet = false; !isQuiet && accepted <= BACKLOG; ) {
    const [before, beganAt] = [accepted, performance.now()];
    await nextTurn();
    const endedAt = performance.now();
    const mayBeQuiet = endedAt - beganAt < QUIET_TURN_MS || endedAt - startedAt >= ACCEPTING_MS;
    isQuiet = accepted === before && mayBeQuiet;
  }
  server.off('connection', count);
}

function startTimer(ms: number): { readonly over: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, clear: () => clearTimeout(timer) };
}
