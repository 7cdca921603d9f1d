import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../config/limits.js';
import { clientAddress } from '../client-address.js';
import type { ServerCounts } from '../metrics/server-counts.js';
import { operationFields } from '../operation-record.js';
import { registerRequestScope } from '../request-scope.js';
import { createDirectLines, type LineStream } from './direct-lines.js';
import type { RefusalLines } from './refusal-lines.js';

/** Addresses that monitoring requests again and again. */
const PROBES = ['/healthz', '/readyz', '/metrics'];

type LogRequest = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Logs one line for each request. It has the ids of request, trace and caller, the method, path, status, milliseconds and
 * first error code. An operation adds its type, cost and time in the database. The query string is left out, because clients
 * put secrets there. Probes are neither logged nor counted. Requests whose caller is not known and whose answer has an error
 * have as many lines as `refusalLines` allows.
 *
 * @param options.stream output of this server's log, to which lines are then written directly
 */
export function registerRequestLog(
  fastify: FastifyInstance,
  { requests }: Pick<ServerCounts, 'requests'>,
  options: { readonly refusalLines: Pick<RefusalLines, 'take'>; readonly stream?: LineStream | undefined },
): void {
  const { refusalLines, stream } = options;
  registerRequestScope(fastify);
  const writeLine = stream && createDirectLines(fastify.log, stream, 'info');
  const mayLog = (request: FastifyRequest, { statusCode }: FastifyReply) => {
    const code = codeOfRequest(request);
    // A redirect costs its client as little as a refusal.
    const isRefused = request.identity.oid === undefined && (statusCode >= 300 || code !== undefined);
    return !isRefused || refusalLines.take({ source: clientAddress(request), code: code ?? String(statusCode) });
  };
  const log: LogRequest = writeLine ? (request, reply) => writeLine(fieldsOf(request, reply), 'request') : logByPino;
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!PROBES.includes(request.url)) {
      requests.add(reply.statusCode);
      if (mayLog(request, reply)) log(request, reply);
    }
    done();
  });
}

const logByPino: LogRequest = (request, reply) => {
  const { reqId: _isBound, ...fields } = fieldsOf(request, reply);
  request.log.info(fields, 'request');
};

const MAX_PATH_LENGTH = LIMITS.loggedPathLength.default;

/** Fields without a value are left out of the line. To copy objects into one another would cost more than to write it. */
function fieldsOf(request: FastifyRequest, reply: FastifyReply) {
  const { identity, method, url, record } = request;
  const { reqId, traceId, operation, oid, tid, client, uti, agent } = identity;
  return {
    reqId,
    traceId,
    operation,
    oid,
    tid,
    client,
    uti,
    agent,
    method,
    path: pathOf(url),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(record && operationFields(record)),
    code: codeOfRequest(request),
  };
}

/** Returns the code of the first error, if there was one. */
function codeOfRequest({ record, refusalCode }: FastifyRequest): string | undefined {
  return record?.code ?? refusalCode;
}

function pathOf(url: string): string {
  const [path = ''] = url.slice(0, MAX_PATH_LENGTH).split('?', 1);
  return path;
}
