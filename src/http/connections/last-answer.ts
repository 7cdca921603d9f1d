import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config/limits.js';
import type { Connection, Connections } from './connections.js';
import { closeLingering } from './lingering-close.js';

type WrittenHeaders = OutgoingHttpHeaders | readonly string[];

/** Bytes of the headers that Node adds when it writes an answer: status, date, connection. */
const OTHER_HEADER_BYTES = 120;

/** Answer to Node's parser after the headers of a request if what follows is not HTTP. */
const ANOTHER_PROTOCOL = 2;

/**
 * Ends connections with their last answer. Requests that were sent without waiting run at the same time. A connection that
 * ended with an earlier answer would hide from its client that they have run. So the connection ends with the answer to the
 * last request that has arrived. Only that answer says `Connection: close`. What arrives afterwards is not run (RFC 9112
 * s.9.6).
 *
 * An answer ends its connection while the server stops, if its request asks for it, or if it refuses a request that is much
 * smaller. Otherwise thousands of such requests, sent without waiting, would make the server send far more than it receives.
 * The requests of real clients have enough headers for their refusals.
 *
 * A server that stops ends connections from the beginning of its delay on, so that clients behind a balancer of TCP come
 * back to another server. A connection that is kept until the end could close at the moment of a request.
 */
export function endWithLastAnswer(
  fastify: FastifyInstance,
  {
    connections,
    limits,
    isStopping,
  }: {
    readonly connections: Connections;
    /** Tells whether a shutdown has begun. */
    isStopping(): boolean;
    readonly limits: Pick<Limits, 'refusalBytesPerByte' | 'lingerBytes' | 'lingerSeconds'>;
  },
): void {
  let isClosing = false;
  fastify.addHook('preClose', async () => {
    isClosing = true;
  });

  function endsConnection(response: ServerResponse, status: number, headers?: WrittenHeaders): boolean {
    if (isClosing || isStopping() || !response.shouldKeepAlive) return true;
    return status >= 400 && answerBytes(headers) > limits.refusalBytesPerByte * requestBytes(response.req);
  }

  function beginEnd(connection: Connection): void {
    const last = [...connection.responses].at(-1);
    connection.lastResponse = last;
    if (last?.headersSent) last.once('close', () => closeLingering(connection.socket, limits));
  }

  // Not a hook: a URL that cannot be decoded is refused without any.
  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection) return;
    const writeHead = response.writeHead;
    Object.assign(response, {
      writeHead(status: number, headers?: WrittenHeaders) {
        if (!connection.lastResponse && endsConnection(response, status, headers)) beginEnd(connection);
        if (connection.lastResponse) announceEnd(response, connection.lastResponse === response);
        return Reflect.apply(writeHead, response, [status, headers]);
      },
    });
  });
  takeNothingMore(fastify.server, (request) => connections.get(request.socket)?.lastResponse !== undefined);
}

/**
 * Keeps requests from Fastify that are not run. One packet can hold hundreds, and each would cost as much as a short answer.
 */
function takeNothingMore(server: Server, isOver: (request: IncomingMessage) => boolean): void {
  const fastifys = server.listeners('request').at(-1);
  if (!fastifys) throw new TypeError('Fastify does not listen to its server.');
  server.removeListener('request', fastifys as RequestListener);
  server.on('request', (request, response) => {
    if (isOver(request)) stopParsing(request.socket);
    else Reflect.apply(fastifys, server, [request, response]);
  });
}

/**
 * Has Node's parser leave out the rest of a packet. A packet can hold thousands of requests, and Node keeps some kilobytes of
 * each for as long as the connection is open.
 */
function stopParsing(socket: Socket): void {
  const parser: { onIncoming?: (request: IncomingMessage) => number } | undefined = Object(socket).parser;
  if (!parser) return;
  parser.onIncoming = (request) => {
    Object.assign(request, { upgrade: false });
    return ANOTHER_PROTOCOL;
  };
}

/** Takes the place of the header that Fastify sets on every answer while it closes. */
function announceEnd(response: ServerResponse, isLast: boolean): void {
  response.shouldKeepAlive = !isLast;
  response.setHeader('connection', isLast ? 'close' : 'keep-alive');
}

function answerBytes(headers: WrittenHeaders = {}): number {
  const flat = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  const at = flat.indexOf('content-length');
  const bodyBytes = at === -1 ? 0 : Number(flat[at + 1]);
  // Each header has four more: a colon, a space, and the end of the line.
  return OTHER_HEADER_BYTES + bodyBytes + textBytes(flat) + 2 * flat.length;
}

function requestBytes({ method = '', url = '', rawHeaders, headers }: IncomingMessage): number {
  const bodyBytes = Number(headers['content-length'] ?? 0) || 0;
  return method.length + url.length + textBytes(rawHeaders) + bodyBytes;
}

function textBytes(texts: readonly unknown[]): number {
  return texts.reduce<number>((bytes, text) => bytes + String(text).length, 0);
}
