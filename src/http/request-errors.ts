import type { FastifyError, FastifyInstance } from 'fastify';

/** What is said of a request that Fastify itself refuses, by status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request body is not valid JSON.',
  404: 'Nothing is here. The API is at /graphql.',
  408: 'The request took too long to arrive.',
  413: 'The request body is too large.',
  415: 'Send the request as JSON, with the header "Content-Type: application/json".',
  431: 'The request headers are too large.',
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

function errorBody(status: number) {
  const message = MESSAGES[status] ?? (status === 500 ? 'Internal server error' : 'Bad request');
  return { errors: [{ message, extensions: { code: status === 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST' } }] };
}
