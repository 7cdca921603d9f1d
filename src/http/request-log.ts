import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type RequestIdentity, registerRequestScope } from './request-scope.js';
import type { ServerCounts } from './server-counts.js';

/** Takes finished lines of the log: JSON with a line end. A stream of pino is one. */
export interface LineStream {
  write(line: string): unknown;
}

/** Addresses that monitoring requests again and again. */
const PROBES = ['/healthz', '/readyz', '/metrics'];

type LogRequest = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Logs one line for each request: ids of request and caller, method, path, status and milliseconds. The query string is
 * left out, because clients put secrets there. Probes are neither logged nor counted.
 *
 * @param stream output of this server's log, for a logger without custom formatters or bindings. Lines are then written to
 *   it directly, because pino takes as long for one as a small query takes
 */
export function registerRequestLog(
  fastify: FastifyInstance,
  { requests }: Pick<ServerCounts, 'requests'>,
  stream?: LineStream,
): void {
  registerRequestScope(fastify);
  const log = stream ? writeLines(fastify.log, stream) : logByPino;
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!PROBES.includes(request.url)) {
      requests.add(reply.statusCode);
      log(request, reply);
    }
    done();
  });
}

const logByPino: LogRequest = (request, reply) => {
  const { method, url, identity } = request;
  const { reqId: _isBound, ...ids } = identity;
  const fields = { ...ids, method, path: pathOf(url), status: reply.statusCode, ms: millisecondsOf(reply) };
  request.log.info(fields, 'request');
};

const PINO_INFO = 30;
const LEVELS_WITH_INFO = ['info', 'debug', 'trace'];

/** The same lines as pino would write. */
function writeLines({ level }: FastifyBaseLogger, stream: LineStream): LogRequest {
  if (!LEVELS_WITH_INFO.includes(level)) return () => {};
  return ({ identity, method, url }, reply) => {
    const path = url === '/graphql' ? '"/graphql"' : JSON.stringify(pathOf(url));
    stream.write(
      `{"level":${PINO_INFO},"time":${Date.now()},${idsOf(identity)},"method":"${method}","path":${path},"status":${reply.statusCode},"ms":${millisecondsOf(reply)},"msg":"request"}\n`,
    );
  };
}

/** All are of characters that JSON does not escape. */
function idsOf({ reqId, operation, oid, tid, client, uti }: RequestIdentity): string {
  const request = `"reqId":"${reqId}"${operation === undefined ? '' : `,"operation":"${operation}"`}`;
  if (oid === undefined) return request;
  return `${request},"oid":"${oid}","tid":"${tid}","client":"${client}"${uti === undefined ? '' : `,"uti":"${uti}"`}`;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function millisecondsOf({ elapsedTime }: FastifyReply): number {
  return Math.round(elapsedTime * 10) / 10;
}
