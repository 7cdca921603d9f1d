import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyBaseLogger } from 'fastify';
import { getOperationAST } from 'graphql';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import type { RequestScope } from '../../http/request-scope.js';
import type { DocumentBounds } from '../documents/document-bounds.js';
import type { DocumentStore } from '../documents/document-store.js';
import { createPersistedQueries } from '../documents/persisted-queries.js';
import { requestTextsPlugin } from '../documents/request-texts.js';
import type { TrustedDocuments } from '../documents/trusted-documents.js';
import type { OperationSteps } from '../execution/operation-steps.js';
import { type Introspection, introspectionPlugin } from '../introspection/introspection.js';
import { createPermittedIntrospection } from '../introspection/permitted-introspection.js';
import type { CallerRates } from '../rates/caller-rates.js';
import type { DenialLog } from '../refusals/denial-log.js';
import { nothingRanPlugin } from '../refusals/nothing-ran.js';
import type { Refusals } from '../refusals/refusal.js';
import type { ResourceContext } from '../resource.js';
import { subscriptionPlugin } from '../websocket/operations/subscription-plugin.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { boundedErrorsPlugin } from './bounded-errors.js';
import { createDocumentLimits } from './document-limits.js';
import { fieldErrorPlugin } from './field-errors.js';
import { operationSpanPlugin } from './operation-span.js';

/** Apollo Server over the guarded schema. It is handed its requests by `graphql-route.ts`. */
export function createApolloServer(
  options: OperationSteps & {
    readonly limits: Limits;
    readonly describeLimit: DescribeLimit;
    readonly introspection: Introspection;
    readonly landingPage: ApolloServerPlugin;
    readonly refusals: Refusals;
    /** Coordinates of root fields whose resolvers may read the roles of the caller. */
    readonly roleReaders: ReadonlySet<string>;
    readonly denialLog: DenialLog;
    readonly requestScope: Pick<RequestScope, 'nameOperation'>;
    readonly documents: DocumentStore;
    readonly documentBounds: DocumentBounds;
    readonly rates: CallerRates | undefined;
    readonly trustedDocuments: TrustedDocuments | undefined;
    readonly logger: FastifyBaseLogger;
  },
): ApolloServer<ResourceContext> {
  const documentLimits = createDocumentLimits(options.limits, options.describeLimit);
  const { formatError, documents, documentBounds, introspection } = options;
  const { permittedSchema } = options.authorization;
  const permitted = createPermittedIntrospection({
    limits: options.limits,
    documentLimits,
    permittedSchema,
    formatError,
  });
  return new ApolloServer<ResourceContext>({
    schema: options.authorization.schema,
    introspection: options.introspection !== 'off',
    logger: options.logger,
    formatError,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // The route does it, in words of its own (`request-headers.ts`).
    csrfPrevention: false,
    validationRules: [...documentLimits.validationRules],
    parseOptions: documentBounds.parseOptions,
    documentStore: documents,
    persistedQueries: { cache: createPersistedQueries(options.limits.persistedQueryCacheBytes) },
    validationOptions: { maxErrors: options.limits.refusalErrors, hideSuggestions: options.introspection === 'off' },
    executionOptions: { maxCoercionErrors: options.limits.refusalErrors },
    plugins: [
      // It instruments every field, for a header that `no-store` makes idle.
      ApolloServerPluginCacheControlDisabled(),
      // Apollo loads its trace format for every schema, should it be a subgraph; nothing here reports traces.
      ApolloServerPluginInlineTraceDisabled(),
      options.landingPage,
      requestTextsPlugin,
      operationNamePlugin(options.requestScope),
      documentBounds.plugin,
      documentLimits.plugin,
      options.variableBounds.plugin,
      ...(options.trustedDocuments ? [options.trustedDocuments.plugin] : []),
      introspection === 'permitted' ? permitted.plugin : introspectionPlugin(introspection, options.refusals),
      authorizationPlugin({
        ...options,
        answerIntrospection: introspection === 'permitted' ? permitted.answer : undefined,
      }),
      subscriptionPlugin(options.authorization.schema, formatError),
      fieldErrorPlugin({ limits: options.limits, logFailures: formatError.logFailures }),
      boundedErrorsPlugin(options.limits),
      options.denialLog.plugin(),
      options.validatedQueries.plugin(),
      operationSpanPlugin,
      nothingRanPlugin,
      options.answerBounds.plugin(),
    ],
  });
}

/** Names the operation for the log before anything is decided about it. */
function operationNamePlugin({ nameOperation }: Pick<RequestScope, 'nameOperation'>): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      // An operation that is not valid is logged with its name as well, and is not resolved.
      validationDidStart: async ({ document, request: { operationName } }) =>
        nameOperation(getOperationAST(document, operationName)?.name?.value),
      didResolveOperation: async ({ operation }) => nameOperation(operation?.name?.value),
    }),
  };
}
