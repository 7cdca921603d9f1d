import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName } from '../../config/limits.js';
import { clientAddress } from '../client-address.js';
import type { OriginHeaders } from '../cors.js';
import type { RefusalLines } from '../log/refusal-lines.js';
import { recordedCodeOf } from '../operation-record.js';
import { errorTypeFor } from './accepted-type.js';
import { sendPrebuilt } from './security-headers.js';

/** The body of an answer to a refused request, in the form of a GraphQL response. */
export interface ErrorBody {
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code?: unknown } }[];
}

/** A request that is refused before GraphQL sees it. Its text is fixed, so it may be sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly statusCode: number,
    readonly body: ErrorBody,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.errors[0]?.message);
  }
}

/** Messages for requests that Fastify itself refuses, by status. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request body is not valid JSON.',
  415: 'Send the request as JSON, with the header "Content-Type: application/json".',
};

/** Bounds of a request that Node or Fastify enforce, by the status with which they refuse. */
const LIMIT_OF_STATUS: Readonly<Record<number, LimitName>> = {
  408: 'requestSeconds',
  413: 'requestBodyBytes',
  414: 'requestUrlBytes',
  431: 'requestHeaderBytes',
};

/**
 * Gives every error outside GraphQL the form of a GraphQL response, without internal details. A browser that opens an
 * unknown address gets a page.
 */
export function registerRequestErrors(
  fastify: FastifyInstance,
  { describeLimit }: { readonly describeLimit: DescribeLimit },
): void {
  fastify.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    reply.type(errorTypeFor(request));
    if (error instanceof RequestError) {
      return sendError(reply.code(error.statusCode).headers(error.headers), error.body);
    }
    const status = error.statusCode && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) request.log.error({ err: error }, 'request failed');
    return sendError(reply.code(status), errorBody(status, describeLimit, askedBytes(status, request)));
  });
}

/** Sends an error, and notes its code for the log. */
export function sendError(reply: FastifyReply, body: ErrorBody): FastifyReply {
  reply.request.refusalCode = recordedCodeOf(body.errors[0]);
  return reply.send(body);
}

/**
 * Creates the answer to a URL for which Fastify finds no route, because it cannot be decoded or a part of it is too long.
 * Fastify runs no hook then, so the id, the headers for pages and the log line are added here.
 */
export function createFrameworkErrorAnswer(
  headersOf: OriginHeaders,
  options: { readonly describeLimit: DescribeLimit; readonly refusalLines: Pick<RefusalLines, 'take'> },
) {
  const { describeLimit, refusalLines } = options;
  const refuse = ({ code, statusCode }: FastifyError): ReadyRefusal => {
    if (code === 'FST_ERR_MAX_PARAM_LENGTH') return [414, { errors: [describeLimit('routeParameterLength')] }];
    return [statusCode === 400 ? 400 : 500, badRequest('The URL of the request is malformed.')];
  };
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { id, method, headers, log } = request;
    const [status, body] = refuse(error);
    if (status === 500) log.error({ err: error }, 'request failed');
    const mayLog = refusalLines.take({ source: clientAddress(request), code: recordedCodeOf(body.errors[0]) });
    if (mayLog) log.info({ method, status }, 'request with a malformed URL');
    reply.headers({ 'x-request-id': id, ...headersOf(headers.origin) });
    sendPrebuilt(reply, { status, body: JSON.stringify(body) });
  };
}

type ReadyRefusal = readonly [status: number, body: ErrorBody];

export function errorBody(status: number, describeLimit: DescribeLimit, asked?: number): ErrorBody {
  const limit = LIMIT_OF_STATUS[status];
  if (limit) return { errors: [describeLimit(limit, asked)] };
  if (status !== 500) return badRequest(MESSAGES[status] ?? 'Bad request');
  return { errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] };
}

export function badRequest(message: string): ErrorBody {
  return { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] };
}

/** Returns the announced size of a body that is too large. */
function askedBytes(status: number, { headers }: FastifyRequest): number | undefined {
  const bytes = Number(headers['content-length']);
  return status === 413 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
