import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance } from 'fastify';

/** What is said of a request that Fastify itself refuses, by status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request body is not valid JSON.',
  404: 'Nothing is here. The API is at /graphql.',
  408: 'The request took too long to arrive.',
  413: 'The request body is too large.',
  415: 'Send the request as JSON, with the header "Content-Type: application/json".',
  431: 'The request headers are too large. An access token may have 16384 bytes.',
};
const NOT_HTTP = 'The request is not valid HTTP.';

const STATUS_OF_UNREADABLE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Every error outside GraphQL has the form of a GraphQL response too, and says nothing of the server's inside. */
export function registerRequestErrors(fastify: FastifyInstance): void {
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) request.log.error({ err: error }, 'request failed');
    return reply.code(status).send(errorBody(status));
  });
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(404)));
}

/**
 * Answers what Node cannot read as a request, so that no handler ever sees it: headers too large, a line break within one,
 * a request that does not arrive. To be given to Fastify as its `clientErrorHandler`.
 */
export function answerUnreadableRequest({ code = '' }: { readonly code?: string }, socket: Duplex): void {
  // Reset by the client, or closed: nobody reads an answer.
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = STATUS_OF_UNREADABLE[code] ?? 400;
  const body = JSON.stringify(errorBody(status, status === 400 ? NOT_HTTP : undefined));
  const headers = `Connection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}`;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}

function errorBody(status: number, known = MESSAGES[status]) {
  const message = known ?? (status === 500 ? 'Internal server error' : 'Bad request');
  return { errors: [{ message, extensions: { code: status === 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST' } }] };
}
