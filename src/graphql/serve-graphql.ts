import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Authentication } from '../authentication/authentication.js';
import type { Caller } from '../authentication/caller.js';
import type { FailureLimit } from '../http/failure-limit.js';
import type { ReadyResponse } from '../http/security-headers.js';
import type { ServerCounts } from '../http/server-counts.js';
import { createAnswerKnownQuery } from './answer-known-query.js';
import { createApolloServer } from './apollo-server.js';
import { createBareExecution } from './bare-execution.js';
import type { DenialLog } from './denial-log.js';
import { createErrorFormatter } from './error-format.js';
import { registerGraphQLRoute } from './graphql-route.js';
import type { Introspection } from './introspection.js';
import { KnownQueries } from './known-queries.js';
import { createOperationSpans } from './operation-span.js';
import type { ProtectedSchema } from './protected-schema.js';
import { type ChallengeAddresses, Refusals } from './refusal.js';
import { rememberCallers } from './request-caller.js';
import type { AnyResource, ResourceContext } from './resource.js';
import { createSocketFailures } from './socket-failures.js';
import { createSocketOperations } from './socket-operations.js';
import { createSocketProtocol } from './socket-protocol.js';
import { registerWebSocketRoute } from './websocket-route.js';

/** Serves GraphQL at `/graphql`, over HTTP and over WebSocket, by the same rules. It ends when Fastify closes. */
export async function serveGraphQL(
  fastify: FastifyInstance,
  options: ProtectedSchema & {
    /** Name and version, for who reads traces. */
    readonly server: { readonly name: string; readonly version: string };
    readonly resource: AnyResource;
    readonly authentication: Pick<Authentication, 'recognise' | 'authenticate'>;
    readonly denialLog: DenialLog;
    readonly counts: ServerCounts;
    readonly challengeAddresses: ChallengeAddresses;
    readonly failureLimit: FailureLimit;
    readonly introspection: Introspection;
    /** Whether queries that come often are compiled. */
    readonly compiles: boolean;
    readonly landingPage: ApolloServerPlugin;
    sendAtOnce(reply: FastifyReply, response: ReadyResponse): void;
    /** Origins whose pages may open a WebSocket. */
    readonly origins: readonly string[];
  },
): Promise<void> {
  const { resource, authentication, denialLog, authorization } = options;
  const refusals = new Refusals(options.challengeAddresses, options.counts);
  const formatError = createErrorFormatter(fastify.log);
  const executeBare = createBareExecution(options.bareSchema, formatError, options);
  const knownQueries = new KnownQueries();
  const apollo = createApolloServer({
    ...options,
    refusals,
    logger: fastify.log,
    formatError,
    executeBare,
    knownQueries,
  });
  await apollo.start();
  fastify.addHook('onClose', () => apollo.stop());

  const createContext = (caller: Caller | undefined): ResourceContext =>
    denialLog.watch(resource.createContext(caller));
  const startSpan = createOperationSpans(options.server);
  registerGraphQLRoute(fastify, {
    apollo,
    refusals,
    createContext,
    startSpan,
    answerKnownQuery: createAnswerKnownQuery({ knownQueries, authorization, executeBare, formatError }),
    sendAtOnce: options.sendAtOnce,
    callers: rememberCallers(fastify, authentication),
    failureLimit: options.failureLimit,
  });
  const operations = createSocketOperations({ apollo, createContext, startSpan, formatError });
  const failures = createSocketFailures(options.failureLimit, authentication);
  const protocol = createSocketProtocol({
    operations,
    failures,
    authenticate: authentication.authenticate,
    schema: authorization.schema,
    log: fastify.log,
    counts: options.counts,
  });
  const { settled } = operations;
  registerWebSocketRoute(fastify, { protocol, failures, refusals, settled, origins: options.origins });
}
