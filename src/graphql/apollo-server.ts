import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { FastifyBaseLogger } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Authorization } from '../authorization/authorization.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { createBareExecution } from './bare-execution.js';
import type { DenialLog } from './denial-log.js';
import { createErrorFormatter } from './error-format.js';
import { fieldErrorPlugin } from './field-errors.js';
import { type Introspection, introspectionPlugin } from './introspection.js';
import { operationLimits } from './operation-limits.js';
import type { Refusals } from './refusal.js';
import type { ResourceContext } from './resource.js';
import { subscriptionPlugin } from './subscription-plugin.js';

/** Apollo Server over the guarded schema. It is handed its requests by `graphql-route.ts`. */
export function createApolloServer(options: {
  readonly authorization: Authorization<ResourceContext>;
  /** The same schema without guards. */
  readonly bareSchema: GraphQLSchema;
  /** Whether queries that come often are compiled. */
  readonly compiles: boolean;
  readonly introspection: Introspection;
  readonly landingPage: ApolloServerPlugin;
  readonly refusals: Refusals;
  readonly denialLog: DenialLog;
  readonly logger: FastifyBaseLogger;
}): ApolloServer<ResourceContext> {
  const limits = operationLimits();
  const formatError = createErrorFormatter(options.logger);
  const executeBare = createBareExecution(options.bareSchema, formatError, options);
  return new ApolloServer<ResourceContext>({
    schema: options.authorization.schema,
    introspection: options.introspection !== 'off',
    logger: options.logger,
    formatError,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    validationRules: limits.validationRules,
    parseOptions: limits.parseOptions,
    plugins: [
      // It instruments every field, for a header that `no-store` makes idle.
      ApolloServerPluginCacheControlDisabled(),
      options.landingPage,
      introspectionPlugin(options.introspection, options.refusals),
      authorizationPlugin({ ...options, executeBare }),
      subscriptionPlugin(options.authorization.schema, formatError),
      fieldErrorPlugin,
      options.denialLog.plugin(),
      ...limits.plugins,
    ],
  });
}
