import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { context as activeContext, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { VerifiedAccessToken } from '../authentication/authentication.js';
import { LIMITS } from '../config/limits.js';
import type { OperationRecord } from './operation-record.js';
import { traceIdOf } from './request-id.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `registerRequestScope` alone. */
    identity: RequestIdentity;
    /** The operation of the request, from the time at which its caller is known. */
    record: OperationRecord | undefined;
    /** Code of the error for which the request was refused before it became an operation. */
    refusalCode: string | undefined;
  }
}

/**
 * Ids in every log line of a request: object id, tenant, client application, token, and the agent if one calls. No other
 * claims are logged. The name of the operation comes from the client and has at most 100 characters.
 */
export interface RequestIdentity {
  readonly reqId: string;
  /** Id of the trace, from the span that the process records or from the client's `traceparent`. */
  readonly traceId: string | undefined;
  oid: string | undefined;
  tid: string | undefined;
  client: string | undefined;
  uti: string | undefined;
  agent: string | undefined;
  operation: string | undefined;
}

/** Knows for which request the code that is running works. */
export interface RequestScope {
  /** Runs work for a request. Lines that it logs carry the request's ids, whatever logs them. */
  run<Result>(identity: RequestIdentity, work: () => Result): Result;
  /** Adds the operation's name to the ids of the running request. */
  nameOperation(name: string | undefined): void;
  /** The ids of the running request. */
  current(): RequestIdentity | undefined;
  /** Ends the scope with its server. Before Node 24, every promise of the process pays for each scope that has not ended. */
  close(): void;
}

/** Creates the scope of one server. */
export function createRequestScope(): RequestScope {
  const storage = new AsyncLocalStorage<RequestIdentity>();
  return {
    run: (identity, work) => storage.run(identity, work),
    nameOperation(name) {
      const identity = storage.getStore();
      if (identity && name !== undefined) identity.operation = name.slice(0, MAX_NAME_LENGTH);
    },
    current: () => storage.getStore(),
    close: () => storage.disable(),
  };
}

const MAX_NAME_LENGTH = LIMITS.operationNameLength.default;

/** Creates an identity whose caller is not known. It has all its properties from the beginning, because it is written often. */
export function createIdentity({ reqId, traceId }: Pick<RequestIdentity, 'reqId' | 'traceId'>): RequestIdentity {
  const unknown = { oid: undefined, tid: undefined, client: undefined, uti: undefined, agent: undefined };
  return { reqId, traceId, ...unknown, operation: undefined };
}

/** Adds what the log may know of a verified caller. */
export function addCaller(
  identity: RequestIdentity,
  { caller, tokenId }: Pick<VerifiedAccessToken, 'caller' | 'tokenId'>,
): void {
  identity.oid = caller.objectId;
  identity.tid = caller.tenantId;
  identity.client = caller.clientId;
  identity.uti = tokenId;
  identity.agent = caller.agent?.identityId;
}

/** Returns the trace id of a request, if it has one. */
function traceOf(headers: IncomingHttpHeaders): string | undefined {
  return trace.getSpanContext(activeContext.active())?.traceId ?? traceIdOf(headers);
}

/** Gives each request its identity, and each answer the request's id in `x-request-id`. */
export function registerRequestScope(fastify: FastifyInstance): void {
  fastify.decorateRequest('identity');
  fastify.decorateRequest('record', undefined);
  fastify.decorateRequest('refusalCode', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.identity = createIdentity({ reqId: request.id, traceId: traceOf(request.headers) });
    reply.header('x-request-id', request.id);
    done();
  });
}

/** Adds the ids of the running request to every line of a logger. */
export function withRequestIds(
  logger: FastifyServerOptions['logger'],
  scope: Pick<RequestScope, 'current'>,
): FastifyServerOptions['logger'] {
  if (!logger) return logger;
  return {
    ...(logger === true ? {} : logger),
    mixin(_fields, _level, log) {
      const { reqId, ...ids } = scope.current() ?? {};
      // The logger of a request has the request's id already, and JSON should not have it twice.
      return reqId === undefined || 'reqId' in log.bindings() ? ids : { reqId, ...ids };
    },
  };
}
