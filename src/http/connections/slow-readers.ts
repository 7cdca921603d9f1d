import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { RequestError } from '../answers/request-errors.js';
import type { Connection, Connections } from './connections.js';

const SWEEP_MS = 1_000;

/** Bytes of an answer that its refusal would not be shorter than. Health and its like are always answered. */
const SHORT_BYTES = 400;

/** Returns whether the server may keep an answer of this many bytes until its client has read it. It then counts as kept. */
export type HasRoom = (bytes: number) => boolean;

/** The point that a client has to reach in time: all that waited for it at `sinceMs`. */
interface Mark {
  readonly sinceMs: number;
  /** Bytes of the connection, from its beginning. */
  readonly bytes: number;
}

/**
 * Cuts off clients that do not read their answers or read them very slowly, and bounds the bytes that are kept for all
 * clients together. WebSockets count like all other connections. Beyond the bound, clients of an address that takes more
 * than its share are cut off, then the slowest ones. If that does not suffice, new requests get 503.
 *
 * @param isTrustedProxy exempts an address from its share: the connections of a proxy are those of many clients
 */
export function boundUnreadAnswers(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Pick<Limits, 'answerSeconds' | 'bufferedBytes' | 'addressBufferedBytes'>;
    readonly describeLimit: DescribeLimit;
    onLimit(name: LimitName): void;
    isTrustedProxy(address: string | undefined): boolean;
  },
): HasRoom {
  const { connections, limits, describeLimit, onLimit, isTrustedProxy } = options;
  const marks = new Map<Connection, Mark>();
  let keptBytes = 0;
  /** Bytes of answers that were given room and have not reached their sockets. */
  let comingBytes = 0;

  function cutOff({ socket }: Connection, reason: string, limit: LimitName): void {
    onLimit(limit);
    fastify.log.warn({ bytes: socket.writableLength }, reason);
    socket.destroy();
  }

  /** Finds out what waits for each client, and since when. */
  function sweep(): void {
    const nowMs = Date.now();
    keptBytes = comingBytes;
    for (const connection of marks.keys()) if (connection.socket.destroyed) marks.delete(connection);
    for (const connection of connections.values()) {
      const bytes = waitingBytes(connection);
      keptBytes += bytes;
      if (bytes === 0) marks.delete(connection);
      else if (hasReached(connection, marks.get(connection))) {
        marks.set(connection, { sinceMs: nowMs, bytes: connection.socket.bytesWritten });
      }
    }
  }

  function cutOffLate(): void {
    for (const [connection, { sinceMs }] of marks) {
      if (Date.now() - sinceMs > limits.answerSeconds * 1000)
        cutOff(connection, 'a client does not read its answers', 'answerSeconds');
    }
  }

  /**
   * Cuts off clients until there is room. Greedy addresses come first, then the clients that have been slow for longest.
   */
  function makeRoom(bytes: number): void {
    const greedy = findGreedy(marks.keys(), limits.addressBufferedBytes, isTrustedProxy);
    const isGreedy = ({ address }: Connection) => greedy.has(address);
    const candidates = [...marks]
      // A client that has had no time to read is not slow.
      .filter(([connection, { sinceMs }]) => isGreedy(connection) || Date.now() - sinceMs >= SWEEP_MS)
      .sort(
        ([one, { sinceMs }], [other, { sinceMs: otherSinceMs }]) =>
          Number(isGreedy(other)) - Number(isGreedy(one)) || sinceMs - otherSinceMs,
      );
    for (const [connection] of candidates) {
      if (keptBytes + bytes <= limits.bufferedBytes) return;
      keptBytes -= waitingBytes(connection);
      cutOff(connection, 'a client is cut off, because too much waits for slow clients', 'bufferedBytes');
    }
  }

  /** An answer reaches its socket before the event loop turns. Until then, only this count knows of it. */
  function countComing(bytes: number): void {
    if (comingBytes === 0) setImmediate(forgetComing);
    comingBytes += bytes;
  }

  function forgetComing(): void {
    comingBytes = 0;
  }

  const hasRoom: HasRoom = (bytes) => {
    if (keptBytes + bytes > limits.bufferedBytes) {
      sweep();
      makeRoom(bytes);
      if (keptBytes + bytes > limits.bufferedBytes) return false;
    }
    keptBytes += bytes;
    if (bytes > 0) countComing(bytes);
    return true;
  };

  const timer = setInterval(() => {
    sweep();
    cutOffLate();
  }, SWEEP_MS).unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
  refuseWithoutRoom(fastify, hasRoom, describeLimit);
  return hasRoom;
}

/** Returns the addresses whose clients leave more bytes unread than one address may. */
function findGreedy(
  waiting: Iterable<Connection>,
  mostBytes: number,
  isTrustedProxy: (address: string | undefined) => boolean,
): ReadonlySet<string> {
  const bytesOf = new Map<string, number>();
  for (const connection of waiting) {
    const { address, socket } = connection;
    if (isTrustedProxy(socket.remoteAddress)) continue;
    bytesOf.set(address, (bytesOf.get(address) ?? 0) + waitingBytes(connection));
  }
  return new Set([...bytesOf].filter(([, bytes]) => bytes > mostBytes).map(([address]) => address));
}

/** Refuses requests and pages while the room for their answers is used up. */
function refuseWithoutRoom(fastify: FastifyInstance, hasRoom: HasRoom, describeLimit: DescribeLimit): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isFull = isGraphQL(request) && !hasRoom(0);
    done(isFull ? noRoom(describeLimit) : undefined);
  });
  // Pages and files. GraphQL asks for room itself, because it also has to answer a mutation that has run.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const bytes = isGraphQL(request) || reply.statusCode >= 400 ? 0 : bytesOf(payload);
    if (bytes <= SHORT_BYTES || hasRoom(bytes)) done();
    else done(noRoom(describeLimit));
  });
}

/** Asks for the route, because the same address can be written in many ways, such as `/%67raphql`. */
function isGraphQL({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === '/graphql';
}

function bytesOf(payload: unknown): number {
  return typeof payload === 'string' || payload instanceof Uint8Array ? Buffer.byteLength(payload) : 0;
}

function noRoom(describeLimit: DescribeLimit): RequestError {
  const error = describeLimit('bufferedBytes', undefined, 'SERVICE_UNAVAILABLE');
  return new RequestError(503, { errors: [error] }, { 'retry-after': '1' });
}

/** Returns the bytes that were not sent: those of the socket and of responses that wait behind others. */
function waitingBytes({ socket, responses }: Connection): number {
  let bytes = socket.destroyed ? 0 : socket.writableLength;
  for (const response of responses) if (!response.socket) bytes += response.writableLength;
  return bytes;
}

/** Returns whether everything that waited when the mark was set has left. */
function hasReached({ socket }: Connection, mark: Mark | undefined): boolean {
  return mark === undefined || socket.bytesWritten - socket.writableLength >= mark.bytes;
}
