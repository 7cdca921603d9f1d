import type { ApolloServer, ApolloServerPlugin } from '@apollo/server';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify';
import type { Authentication } from '../authentication/authentication.js';
import type { DescribeLimit } from '../config/limit-error.js';
import type { Limits } from '../config/limits.js';
import type { Downstream } from '../downstream/downstream.js';
import type { ReadyResponse } from '../http/answers/security-headers.js';
import type { Connections } from '../http/connections/connections.js';
import type { HasRoom } from '../http/connections/slow-readers.js';
import type { FailureLimit } from '../http/failure-limit.js';
import type { ParseBody } from '../http/json-body.js';
import type { RefusalLines } from '../http/log/refusal-lines.js';
import type { Gauge, ServerCounts } from '../http/metrics/server-counts.js';
import type { RequestScope } from '../http/request-scope.js';
import type { Turns } from '../http/turns.js';
import { createApolloServer } from './apollo/apollo-server.js';
import { createErrorFormatter } from './apollo/error-format.js';
import { createOperationSpans } from './apollo/operation-span.js';
import { type CallerLimits, createCallerLimits } from './caller-places.js';
import { createContextFunction } from './context.js';
import { createCostCheck } from './cost/operation-cost.js';
import { createDocumentBounds } from './documents/document-bounds.js';
import { DocumentStore } from './documents/document-store.js';
import {
  createTrustedDocuments,
  readManifest,
  type TrustedDocuments,
  type TrustedMode,
} from './documents/trusted-documents.js';
import { createVariableBounds } from './documents/variable-bounds.js';
import { createAnswerBounds } from './execution/answer-bounds.js';
import { createAnswerBudgets, withAnswerBudget } from './execution/answer-budget.js';
import { createEventPath } from './execution/event-path.js';
import { createFastPath } from './execution/fast-path.js';
import { createOperationDeadline } from './execution/operation-deadline.js';
import type { OperationSteps } from './execution/operation-steps.js';
import { createUnguardedExecution } from './execution/unguarded-execution.js';
import { ValidatedQueries } from './execution/validated-queries.js';
import { registerGraphQLRoute } from './http/graphql-route.js';
import type { Introspection } from './introspection/introspection.js';
import { type AdmitRequest, createAdmitRequest } from './rates/admit-request.js';
import { createCallerRates } from './rates/caller-rates.js';
import { createLoadShedding } from './rates/load-shedding.js';
import { createRateCounters } from './rates/rate-counters.js';
import type { DenialLog } from './refusals/denial-log.js';
import { type ChallengeAddresses, Refusals } from './refusals/refusal.js';
import { createRefusedTokenLog } from './refusals/refused-token-log.js';
import type { AnyResource, ResourceContext } from './resource.js';
import type { ProtectedSchema } from './schema/protected-schema.js';
import { roleReadersOf } from './undecided-caller.js';
import { createVerificationSpans } from './verification-span.js';
import { createSocketFailures } from './websocket/bounds/socket-failures.js';
import { createSocketPlaces, type SocketPlaces } from './websocket/bounds/socket-places.js';
import { createSocketOperations } from './websocket/operations/socket-operations.js';
import { createSocketProtocol } from './websocket/socket-protocol.js';
import { registerWebSocketRoute } from './websocket/websocket-route.js';

interface GraphQLOptions extends ProtectedSchema {
  /** Name and version, for the reader of traces. */
  readonly server: { readonly name: string; readonly version: string };
  readonly resource: AnyResource;
  readonly authentication: Pick<Authentication, 'lookup' | 'onRevocation'>;
  readonly denialLog: DenialLog;
  readonly downstream: Downstream | undefined;
  readonly counts: ServerCounts;
  readonly requestScope: RequestScope;
  readonly limits: Limits;
  /** Makes the errors of the bounds. */
  readonly describeLimit: DescribeLimit;
  /** Bounds what is kept for clients that read slowly. */
  readonly hasRoom: HasRoom;
  readonly challengeAddresses: ChallengeAddresses;
  readonly failureLimit: FailureLimit;
  /** Bounds the lines about bad tokens, and about refused operations over WebSocket. */
  readonly refusalLines: Pick<RefusalLines, 'take'>;
  /** Turns of requests that cost more than a few headers. */
  readonly turns: Turns;
  readonly parseBody: ParseBody;
  readonly introspection: Introspection;
  /** Whether queries that come often are compiled. */
  readonly compiled: boolean;
  /** Whether an operation runs without guards where everything in it is granted. */
  readonly fastPath: boolean;
  /** `TRUSTED_DOCUMENTS` and `TRUSTED_DOCUMENTS_FILE`. Default: every document may run. */
  readonly trustedDocuments?: { readonly mode: TrustedMode; readonly file: string | undefined };
  /** `REDIS_URL`. */
  readonly redisUrl?: string | undefined;
  readonly landingPage: ApolloServerPlugin;
  /** `landingPage` has a page for browsers. */
  readonly hasPage: boolean;
  readonly connections: Connections;
  sendPrebuilt(reply: FastifyReply, response: ReadyResponse): void;
  /** Returns whether pages of this origin may open a WebSocket. */
  isAllowedOrigin(origin: string): boolean;
}

/**
 * Serves GraphQL at `/graphql`, over HTTP and over WebSocket, by the same rules. It ends when Fastify closes.
 *
 * @returns admits requests of other routes that cost like operations
 */
export async function serveGraphQL(fastify: FastifyInstance, options: GraphQLOptions): Promise<AdmitRequest> {
  const { requestScope, counts } = options;
  fastify.addHook('onClose', async () => requestScope.close());
  const parts = createParts(fastify.log, options);
  const { rates, shedding, refusals, documents, steps, callerLimits } = parts;
  fastify.addHook('onClose', async () => {
    parts.counters.close();
    shedding.stop();
  });
  const apollo = createApolloServer({
    ...options,
    ...steps,
    ...parts,
    roleReaders: roleReadersOf(options.resource),
    logger: fastify.log,
  });
  await apollo.start();
  fastify.addHook('onClose', () => apollo.stop());

  serveHttp(fastify, options, { ...parts, apollo });
  const places = serveWebSockets(fastify, options, { ...parts, apollo });
  counts.caches.set('documents', () => documents.lookups);
  counts.caches.set('validated_queries', () => steps.validatedQueries.lookups);
  const { turns } = options;
  measure(counts.gauges, { places, callerLimits, turns, documents, validatedQueries: steps.validatedQueries });
  return createAdmitRequest({ ...options, rates, shedding, refusals });
}

/** Creates the parts that HTTP and WebSocket share. */
function createParts(log: FastifyBaseLogger, options: GraphQLOptions) {
  const { limits, describeLimit } = options;
  const createBudget = createAnswerBudgets(limits);
  const { schema } = options.authorization;
  const authorization = { ...options.authorization, schema: withAnswerBudget(schema, createBudget) };
  const formatError = createErrorFormatter(log, limits);
  const documents = new DocumentStore(limits);
  const steps: OperationSteps = {
    denialLog: options.denialLog,
    authorization,
    formatError,
    executeUnguarded: options.fastPath
      ? createUnguardedExecution(options.unguardedSchema, formatError, { ...options, createBudget })
      : undefined,
    checkCost: createCostCheck({
      ...options,
      schema: options.unguardedSchema,
      requirements: authorization.requirements,
    }),
    validatedQueries: new ValidatedQueries(documents, limits.validatedQueryCacheBytes),
    variableBounds: createVariableBounds(limits, describeLimit),
    answerBounds: createAnswerBounds(options),
  };
  const counters = createRateCounters(options.redisUrl, (reason) =>
    log.warn({ reason }, 'Redis cannot be reached: rates of callers are counted in the memory of this server'),
  );
  return {
    steps,
    counters,
    documents,
    refusals: new Refusals(options.challengeAddresses, options.counts),
    documentBounds: createDocumentBounds(limits, describeLimit),
    deadline: createOperationDeadline(limits, describeLimit),
    rates: createCallerRates(limits, counters, describeLimit),
    trustedDocuments: openTrustedDocuments(log, options.trustedDocuments),
    shedding: createLoadShedding(limits, describeLimit, options.turns),
    contextFunction: createContextFunction({ ...options, whileFetching: createVerificationSpans(options.server) }),
    callerLimits: createCallerLimits(limits, describeLimit),
    startSpan: createOperationSpans(options.server),
    logRefusedToken: createRefusedTokenLog(options.refusalLines),
    // The log is to have every use of a document, and the fast paths pass Apollo Server by.
    mayPassApollo: options.trustedDocuments?.mode !== 'log',
  };
}

type Parts = ReturnType<typeof createParts> & { readonly apollo: ApolloServer<ResourceContext> };

function serveHttp(fastify: FastifyInstance, options: GraphQLOptions, parts: Parts): void {
  const { nameOperation } = options.requestScope;
  registerGraphQLRoute(fastify, {
    ...options,
    ...parts,
    answerByFastPath: parts.mayPassApollo ? createFastPath(parts.steps, nameOperation) : () => undefined,
    operationPlaces: parts.callerLimits.operations,
  });
}

/** @returns places of the connections, for the metrics */
function serveWebSockets(fastify: FastifyInstance, options: GraphQLOptions, parts: Parts): SocketPlaces {
  const { steps, contextFunction } = parts;
  const { nameOperation } = options.requestScope;
  const operations = createSocketOperations({
    ...options,
    ...parts,
    answerByEventPath: parts.mayPassApollo ? createEventPath(steps, nameOperation) : () => undefined,
    createContext: contextFunction.createContext,
    formatError: steps.formatError,
  });
  const failures = createSocketFailures(options.failureLimit, contextFunction.authenticate);
  const places = createSocketPlaces(options.limits);
  const shared = { ...options, ...parts, ...contextFunction, failures, places };
  const protocol = createSocketProtocol({ ...shared, operations, schema: steps.authorization.schema });
  registerWebSocketRoute(fastify, { ...shared, protocol, settled: operations.settled });
  return places;
}

/** @throws Error if the manifest cannot be read */
function openTrustedDocuments(
  log: Pick<FastifyBaseLogger, 'info'>,
  { mode, file }: { readonly mode: TrustedMode; readonly file: string | undefined } = { mode: 'off', file: undefined },
): TrustedDocuments | undefined {
  if (mode === 'off' || file === undefined) return undefined;
  return createTrustedDocuments(mode, readManifest(file), () => log.info('this document is not in the manifest'));
}

/** Adds the gauges of the parts to `/metrics`. */
function measure(
  gauges: Gauge[],
  parts: {
    readonly places: SocketPlaces;
    readonly callerLimits: CallerLimits;
    readonly turns: Pick<Turns, 'waiting'>;
    readonly documents: DocumentStore;
    readonly validatedQueries: ValidatedQueries;
  },
): void {
  const { places, callerLimits, turns, documents, validatedQueries } = parts;
  gauges.push(
    {
      name: 'websockets',
      help: 'Open WebSockets, by what is known of their client.',
      label: 'client',
      read: () => Object.entries(places.counts()),
    },
    {
      name: 'operations_running',
      help: 'Operations under way.',
      read: () => [['', callerLimits.operations.taken()]],
    },
    {
      name: 'operations_waiting',
      help: 'Requests and operations that wait for their turn of the event loop.',
      read: () => [['', turns.waiting()]],
    },
    {
      name: 'subscriptions',
      help: 'Open subscriptions.',
      read: () => [['', callerLimits.subscriptions.taken()]],
    },
    {
      name: 'cache_bytes',
      help: 'Memory of the caches, as estimated.',
      label: 'cache',
      read: () => [
        ['documents', documents.size],
        ['validated_queries', validatedQueries.size],
      ],
    },
  );
}
