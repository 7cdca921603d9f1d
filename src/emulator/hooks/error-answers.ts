import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EmulatorError } from '../emulator-error.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError, entraErrorBody } from '../entra-error.js';
import { errorPage, unknownAddressPage } from '../pages/error-page.js';
import { sendPage } from '../pages/page.js';
import type { Exchange } from '../routes/exchange.js';

/** Answers errors in Entra's JSON shape for addresses that programs call. */
export function addJsonErrors(server: FastifyInstance, state: EmulatorState): void {
  server.setErrorHandler((error, request, reply) => sendEntraError(state, toEntraError(error), { request, reply }));
}

/** Answers errors with a page for addresses that people open. */
export function addErrorPages(server: FastifyInstance): void {
  server.setErrorHandler((error, _request, reply) => sendPage(reply, errorPage(toEntraError(error))));
}

/** Answers addresses that the emulator does not have: a page for browsers, JSON for programs. */
export function addUnknownAddress(server: FastifyInstance): void {
  server.setNotFoundHandler((request, reply) => {
    if (request.headers.accept?.includes('text/html')) return sendPage(reply, unknownAddressPage);
    return reply.status(404).send({ error: 'not_found', error_description: UNKNOWN_ADDRESS });
  });
}

const UNKNOWN_ADDRESS =
  'The emulator has nothing at this address. Its endpoints begin with a tenant, as in /common/v2.0/.well-known/openid-configuration, and its home page is at /.';

/**
 * Adds the errors of the addresses that Entra does not have. They tell the developer the fix and have no numbers of Entra.
 */
export function addControlErrors(server: FastifyInstance, state: EmulatorState): void {
  server.setErrorHandler((error, request, reply) => {
    if (!(error instanceof EmulatorError)) return sendEntraError(state, toEntraError(error), { request, reply });
    return reply.status(400).send({ error: error.code, error_description: error.message });
  });
}

function sendEntraError(state: EmulatorState, error: EntraError, { request, reply }: Exchange): FastifyReply {
  const correlationId = correlationIdOf(request);
  return reply
    .status(error.status)
    .send(entraErrorBody(error, { traceId: randomUUID(), correlationId, nowMs: state.now() }));
}

/**
 * Turns an error into one of Entra. A request that Fastify refuses (a body too large, broken or of a wrong type) is
 * malformed. Anything else is a bug of ours.
 */
function toEntraError(error: unknown): EntraError {
  if (error instanceof EntraError) return error;
  if (!(error instanceof Error)) return new EntraError('serverError');
  const isRefusal = 'statusCode' in error && Number(error.statusCode) < 500;
  return new EntraError(isRefusal ? 'malformedRequest' : 'serverError', error.message);
}

/** Returns the client's own id for the request if it looks like one. Creates an id otherwise. */
function correlationIdOf(request: FastifyRequest): string {
  const given = request.headers['client-request-id'];
  return typeof given === 'string' && /^[0-9a-f-]{36}$/i.test(given) ? given : randomUUID();
}
