import type { Server } from 'node:http';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { DescribeLimit } from '../../config/limit-error.js';
import { LIMITS, type LimitName, type Limits } from '../../config/limits.js';
import { createFrameworkErrorAnswer } from '../answers/request-errors.js';
import type { OriginHeaders } from '../cors.js';
import type { RefusalLines } from '../log/refusal-lines.js';
import { boundBodyParts } from './body-parts.js';
import type { Connections } from './connections.js';
import { ignoreOtherUpgrades } from './ignore-upgrade.js';
import { boundIncomingBytes } from './incoming-bytes.js';
import { endWithLastAnswer } from './last-answer.js';
import { limitConnections } from './limit-connections.js';
import { lingerAfterRefusal } from './lingering-close.js';
import { registerRequestChecks } from './request-checks.js';
import { boundUnreadAnswers, type HasRoom } from './slow-readers.js';
import { createAnswerRaw, createUnreadableRequestHandler } from './unreadable-requests.js';

/** How often Node looks for requests that take too long to arrive. */
const CHECKING_MS = 1_000;

/** The bounds of HTTP itself: options for Fastify, and checks that are attached to the server it makes. */
export interface ConnectionBounds {
  readonly options: FastifyHttpOptions<Server>;
  /**
   * Returns the bound on what is kept for slow clients.
   *
   * @param isStopping tells whether a shutdown has begun
   */
  attach(fastify: FastifyInstance, tracked: Connections, isStopping: () => boolean): HasRoom;
}

/** Bounds connections and requests in time, number and size, before GraphQL is involved. */
export function createConnectionBounds(options: {
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
  /** Called for each connection that is closed because of a bound. */
  onLimit(name: LimitName): void;
  isTrustedProxy(address: string | undefined): boolean;
  readonly originHeaders: OriginHeaders;
  readonly refusalLines: Pick<RefusalLines, 'take'>;
}): ConnectionBounds {
  const { limits, describeLimit } = options;
  const answerRaw = createAnswerRaw(limits);
  let connections: Connections = new Map();
  return {
    options: {
      bodyLimit: limits.requestBodyBytes,
      requestTimeout: limits.requestSeconds * 1000,
      routerOptions: { maxParamLength: limits.routeParameterLength },
      keepAliveTimeout: limits.keepAliveSeconds * 1000,
      http: {
        maxHeaderSize: limits.requestHeaderBytes,
        // Node exchanges the two when this one is the longer, and then bodies have its default of a minute.
        // A server that takes larger bodies gives them more time, but not their headers.
        headersTimeout: Math.min(limits.requestSeconds, LIMITS.requestSeconds.default) * 1000,
        requestTimeout: limits.requestSeconds * 1000,
        connectionsCheckingInterval: CHECKING_MS,
        // `request-checks.ts` answers a request without Host, with an error in our form.
        requireHostHeader: false,
      },
      clientErrorHandler: createUnreadableRequestHandler(() => connections, describeLimit, answerRaw),
      frameworkErrors: createFrameworkErrorAnswer(options.originHeaders, options),
    },
    attach(fastify, tracked, isStopping) {
      const { server } = fastify;
      // Beyond this bound some versions of Node drop headers silently, and others end the request before we see it. Below it
      // the request is ours to refuse, with an answer that a page may read.
      server.maxHeadersCount = 2 * limits.requestHeaders;
      connections = tracked;
      server.on('connection', (socket) => {
        const connection = connections.get(socket);
        if (connection) lingerAfterRefusal(connection, limits);
      });
      ignoreOtherUpgrades(server, connections);
      limitConnections(fastify, { ...options, connections });
      endWithLastAnswer(fastify, { connections, limits, isStopping });
      registerRequestChecks(fastify, { connections, limits, describeLimit, answerRaw });
      boundBodyParts(fastify, { limits, describeLimit });
      boundIncomingBytes(fastify, { ...options, connections });
      return boundUnreadAnswers(fastify, { ...options, connections });
    },
  };
}
