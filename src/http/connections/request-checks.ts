import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isNamed } from '../../authentication/request/request-headers.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { badRequest, RequestError } from '../answers/request-errors.js';
import { type Connections, whenAnswered } from './connections.js';
import type { AnswerRaw } from './unreadable-requests.js';

/** Headers that a request has once at most, beside those that Node or authentication look at. */
const SINGLE_HEADERS = ['host', 'content-type', 'origin'];

/**
 * Refuses requests that Node would accept or answer in its own words. These have too many headers, a URL that is too long,
 * no `Host` or two, an unknown `Expect` or an encoded body or transfer. Pipelining beyond a bound and `CONNECT` are refused
 * too.
 */
export function registerRequestChecks(
  fastify: FastifyInstance,
  options: {
    readonly connections: Connections;
    readonly limits: Limits;
    readonly describeLimit: DescribeLimit;
    readonly answerRaw: AnswerRaw;
  },
): void {
  const { connections, limits, describeLimit, answerRaw } = options;
  const { server } = fastify;
  const pass = (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response);
  server.on('checkContinue', pass);
  server.on('checkExpectation', pass);
  server.on('connect', (request, socket) => {
    // Node takes its own listener off before it hands a connection over. Without one, a client that goes ends the process.
    socket.on('error', () => undefined);
    const refusal = { status: 405, body: badRequest('This server is not a proxy.'), request };
    // The client of an earlier request would take this answer for that to its request.
    whenAnswered(connections.get(socket), () => answerRaw(socket, refusal));
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    const waiting = connections.get(request.raw.socket)?.responses.size ?? 0;
    if (waiting <= limits.pipelinedRequests && !isEncodedTransfer(request.raw)) return done(refuse(request, options));
    // The refusal ends the connection. To refuse each of hundreds that came in one packet would hold up other clients, and
    // what follows a body that a proxy reads in another way may be no request.
    reply.raw.shouldKeepAlive = false;
    done(waiting > limits.pipelinedRequests ? tooManyRequests(waiting, describeLimit) : encodedTransfer());
  });
  // The body of a request that is refused by its headers is not asked for.
  fastify.addHook('preParsing', ({ raw, headers }, reply, _payload, done) => {
    const isAsked = expectationOf(raw) === '100-continue' && raw.httpVersion === '1.1';
    if (isAsked && Number(headers['content-length'] ?? 0) <= limits.requestBodyBytes) reply.raw.writeContinue();
    done();
  });
}

function refuse(
  { raw }: FastifyRequest,
  { limits, describeLimit }: { readonly limits: Limits; readonly describeLimit: DescribeLimit },
): RequestError | undefined {
  const { rawHeaders, headers, httpVersion, url = '' } = raw;
  // Node has not kept all of them, so their number is not known.
  if (rawHeaders.length / 2 > limits.requestHeaders) {
    return new RequestError(431, { errors: [describeLimit('requestHeaders')] });
  }
  if (url.length > limits.requestUrlBytes) {
    return new RequestError(414, { errors: [describeLimit('requestUrlBytes', url.length)] });
  }
  const repeated = repeatedHeader(rawHeaders);
  if (repeated) return new RequestError(400, badRequest(`Send the header "${repeated}" once.`));
  if (headers.host === undefined && httpVersion === '1.1') {
    return new RequestError(400, badRequest('Send the header "Host".'));
  }
  const expectation = expectationOf(raw);
  if (expectation !== undefined && expectation !== '100-continue') {
    return new RequestError(417, badRequest('The only expectation that is understood is "100-continue".'));
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity' ? undefined : encodedBody();
}

/**
 * Refuses a body in an encoding: one of a few bytes could inflate to any size. RFC 9110 s.15.5.16: the answer names the
 * encodings that are taken.
 */
function encodedBody(): RequestError {
  const message = 'Send the request body as it is, without the header "Content-Encoding". Encodings are not supported.';
  return new RequestError(415, badRequest(message), { 'accept-encoding': 'identity' });
}

/**
 * Returns whether the body has other codings than chunks, or chunks in HTTP/1.0 (RFC 9112 s.6.1). Node ignores both. Where
 * chunks are not the last coding, Node itself refuses.
 */
function isEncodedTransfer({ headers, httpVersion }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']?.toLowerCase() ?? '';
  return coding.endsWith('chunked') && (coding !== 'chunked' || httpVersion !== '1.1');
}

function encodedTransfer(): RequestError {
  const message = 'The only Transfer-Encoding that is understood is "chunked", of HTTP/1.1 and without another coding.';
  return new RequestError(501, badRequest(message));
}

function tooManyRequests(waiting: number, describeLimit: DescribeLimit): RequestError {
  const error = describeLimit('pipelinedRequests', waiting, 'RATE_LIMITED');
  return new RequestError(429, { errors: [error] }, { 'retry-after': '1' });
}

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  return SINGLE_HEADERS.find((name) => {
    let times = 0;
    for (let index = 0; index < rawHeaders.length; index += 2) if (isNamed(rawHeaders[index], name)) times += 1;
    return times > 1;
  });
}

function expectationOf({ headers: { expect } }: IncomingMessage): string | undefined {
  return expect?.toLowerCase();
}
