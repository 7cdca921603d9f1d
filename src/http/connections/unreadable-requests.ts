import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { errorTypeFor } from '../answers/accepted-type.js';
import { badRequest, type ErrorBody, errorBody } from '../answers/request-errors.js';
import { ANSWER_HEADERS } from '../answers/security-headers.js';
import { type Connection, type Connections, whenAnswered } from './connections.js';
import { closeLingering } from './lingering-close.js';

const STATUS_OF_UNREADABLE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
const NOT_HTTP = 'The request is not valid HTTP.';

/** An answer where no request is left that Fastify could answer. */
export interface RawAnswer {
  readonly status: number;
  readonly body: ErrorBody;
  /** The request as far as it was read, for the media type that its client accepts. */
  readonly request?: IncomingMessage | undefined;
}

/** Answers on the connection itself, and closes it. */
export type AnswerRaw = (socket: Duplex, answer: RawAnswer) => void;

/** Creates the answers to bytes that are not a request. */
export function createAnswerRaw(limits: Limits): AnswerRaw {
  return (socket, { status, body: content, request }) => {
    if (!socket.writable) return void socket.destroy();
    const body = JSON.stringify(content);
    const type = errorTypeFor(request ?? { headers: {} });
    const headers = ['connection', 'close', 'content-type', type, ...ANSWER_HEADERS];
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `content-length: ${Buffer.byteLength(body)}`];
    // It is the answer to CONNECT, whose target is another machine: no method is allowed there.
    if (status === 405) lines.push('allow:');
    for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    closeLingering(socket, limits);
  };
}

/**
 * Creates Fastify's `clientErrorHandler`. It answers requests that Node cannot parse and that no handler sees: headers that
 * are too large, a line break within a header, a request that does not arrive.
 *
 * @param connections are known only after Fastify has made its server
 */
export function createUnreadableRequestHandler(
  connections: () => Connections,
  describeLimit: DescribeLimit,
  answerRaw: AnswerRaw,
) {
  const refused = new WeakSet<Duplex>();
  return ({ code = '' }: { readonly code?: string }, socket: Duplex): void => {
    // The client has reset or closed the connection, so an answer would not be read.
    if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    if (refused.has(socket)) return;
    refused.add(socket);
    const connection = connections().get(socket);
    const status = STATUS_OF_UNREADABLE[code] ?? 400;
    const body = status === 400 ? badRequest(NOT_HTTP) : errorBody(status, describeLimit);
    const unfinished = unfinishedRequest(connection);
    // The request was answered before its body arrived. A second answer would be taken for that to another request.
    if (unfinished && (!unfinished.response || unfinished.response.headersSent)) return void socket.destroy();
    // Earlier requests on the connection have run, and their client would take this answer for theirs.
    const request = unfinished && connection?.lastRequest;
    whenAnswered(connection, () => answerRaw(socket, { status, body, request }), unfinished?.response);
  };
}

/** Returns the response to a request whose body has not arrived as a whole. */
function unfinishedRequest(
  connection: Connection | undefined,
): { readonly response: ServerResponse | undefined } | undefined {
  const { lastRequest, responses = [] } = connection ?? {};
  if (!lastRequest || lastRequest.complete) return undefined;
  return { response: [...responses].find(({ req }) => req === lastRequest) };
}
