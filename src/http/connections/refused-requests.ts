import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config/limits.js';
import type { Connections } from './connections.js';

type WrittenHeaders = OutgoingHttpHeaders | readonly string[];

/** Bytes of an answer's headers beside those that are set before they are written: status, date, connection. */
const OTHER_HEADER_BYTES = 120;

/**
 * Ends a connection with the answer to a refused request that is much larger than the request. Thousands of such requests,
 * sent without waiting, would otherwise make the server send far more than it is sent. The requests of real clients have
 * enough headers for their refusals.
 */
export function endAfterSmallRefused(
  fastify: FastifyInstance,
  { connections, limits }: { readonly connections: Connections; readonly limits: Pick<Limits, 'refusalBytesPerByte'> },
): void {
  // Not a hook: a URL that cannot be decoded is refused without any.
  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (!connection) return;
    const writeHead = response.writeHead;
    Object.assign(response, {
      writeHead(status: number, headers?: WrittenHeaders) {
        if (status >= 400 && answerBytes(headers) > limits.refusalBytesPerByte * requestBytes(request)) {
          connection.isEnding = true;
          response.shouldKeepAlive = false;
        }
        return Reflect.apply(writeHead, response, [status, headers]);
      },
    });
  });
  // RFC 9112 s.9.6: what follows the last request is not processed.
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    if (connections.get(raw.socket)?.isEnding) reply.hijack();
    else done();
  });
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
