import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { DescribeLimit } from '../config/limit-error.js';
import type { LimitName } from '../config/limits.js';

/** Messages for requests that Fastify itself refuses, by status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request body is not valid JSON.',
  404: 'Nothing is here. The API is at /graphql.',
  415: 'Send the request as JSON, with the header "Content-Type: application/json".',
};

/** Bounds of a request that Node or Fastify enforce, by the status with which they refuse. */
const LIMIT_OF_STATUS: Readonly<Record<number, LimitName>> = {
  408: 'requestSeconds',
  413: 'requestBodyBytes',
  431: 'requestHeaderBytes',
};

const NOT_HTTP = 'The request is not valid HTTP.';

const STATUS_OF_UNREADABLE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Gives every error outside GraphQL the form of a GraphQL response, without internal details. */
export function registerRequestErrors(fastify: FastifyInstance, describeLimit: DescribeLimit): void {
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) request.log.error({ err: error }, 'request failed');
    return reply.code(status).send(errorBody(status, describeLimit, askedBytes(status, request)));
  });
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(404, describeLimit)));
}

/**
 * Creates Fastify's `clientErrorHandler`. It answers what Node cannot parse as a request and what no handler ever sees:
 * headers that are too large, a line break within one, a request that does not arrive.
 */
export function createUnreadableRequestHandler(describeLimit: DescribeLimit) {
  return ({ code = '' }: { readonly code?: string }, socket: Duplex): void => {
    // The client has reset or closed the connection, so an answer would not be read.
    if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = STATUS_OF_UNREADABLE[code] ?? 400;
    const body = JSON.stringify(errorBody(status, describeLimit, undefined, NOT_HTTP));
    const headers = `Connection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}`;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
  };
}

/** Returns the announced size of a body that is too large. */
function askedBytes(status: number, { headers }: FastifyRequest): number | undefined {
  const bytes = Number(headers['content-length']);
  return status === 413 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

function errorBody(status: number, describeLimit: DescribeLimit, asked?: number, badRequest = MESSAGES[400]) {
  const limit = LIMIT_OF_STATUS[status];
  if (limit) return { errors: [describeLimit(limit, asked)] };
  const code = status === 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  const message = status === 500 ? 'Internal server error' : status === 400 ? badRequest : MESSAGES[status];
  return { errors: [{ message: message ?? 'Bad request', extensions: { code } }] };
}
