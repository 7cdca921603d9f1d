import { createRequire } from 'node:module';
import cors from '@fastify/cors';
import { makeExecutableSchema } from '@graphql-tools/schema';
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { type Authentication, createAuthentication } from './authentication/authentication.js';
import type { Caller } from './authentication/caller.js';
import { createProxiedFetch } from './authentication/keys/proxied-fetch.js';
import { type Authorization, createAuthorization } from './authorization/authorization.js';
import { declaredScopes } from './authorization/declared-scopes.js';
import type { Config } from './config.js';
import { noLandingPage, sandboxLandingPage } from './explorer/sandbox.js';
import { createApolloServer } from './graphql/apollo-server.js';
import { DenialLog } from './graphql/denial-log.js';
import { createErrorFormatter } from './graphql/error-format.js';
import { registerGraphQLRoute } from './graphql/graphql-route.js';
import { Refusals } from './graphql/refusal.js';
import { rememberCaller } from './graphql/request-caller.js';
import type { AnyResource, CreateResource, ResourceContext } from './graphql/resource.js';
import { readSchemaFiles } from './graphql/schema-files.js';
import { createServerResolvers } from './graphql/server-resolvers.js';
import { createSocketOperations } from './graphql/socket-operations.js';
import { createSocketProtocol } from './graphql/socket-protocol.js';
import { registerWebSocketRoute } from './graphql/websocket-route.js';
import { createFailureLimit } from './http/failure-limit.js';
import { registerHealth } from './http/health.js';
import {
  PROTECTED_RESOURCE_METADATA_PATH,
  registerProtectedResourceMetadata,
} from './http/protected-resource-metadata.js';
import { registerRequestErrors } from './http/request-errors.js';
import { registerRequestLog } from './http/request-log.js';
import { registerSecurityHeaders } from './http/security-headers.js';
import { createResource } from './resource.js';

export { type Config, ConfigError, loadConfig } from './config.js';

const { name, version }: { name: string; version: string } = createRequire(import.meta.url)('../package.json');

/** Bytes of a request's headers: an access token may have 16 384, and our answer to a longer one says more than Node's. */
const MAX_HEADER_BYTES = 24 * 1024;
const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;

/** What may be put in the place of the server's own choice. */
export interface AppOptions {
  /** Fastify's: `true`, options of pino, or `false`, the default. */
  readonly logger?: FastifyServerOptions['logger'];
  /** The resource to serve. Default: the sample, expense reports. */
  readonly createResource?: CreateResource;
}

/**
 * Builds the HTTP server: verified caller, decided fields, resource, health. It does not listen. `close()` of what is
 * returned finishes the requests under way and then closes everything, the resource included.
 *
 * @throws RequirementError when a rule in the schema makes no sense, DatabaseSetupError when the database or its login is
 *   not as it has to be
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<FastifyInstance> {
  const fastify = createFastify(config, options.logger ?? false);
  try {
    const open = options.createResource ?? createResource;
    const resource = await open({ databaseUrl: config.database.url, logger: fastify.log });
    fastify.addHook('onClose', () => resource.close());
    const authentication = createAuthentication({
      ...config.authentication,
      ...(config.proxy && { fetch: createProxiedFetch(config.proxy) }),
      logger: fastify.log,
    });
    fastify.addHook('onClose', async () => authentication.close());
    await assemble(fastify, config, resource, authentication);
    if (config.authorization.mode === 'report') {
      fastify.log.warn('AUTHORIZATION_MODE=report: NO FIELD IS DENIED to a verified caller, denials are only reported');
    }
    authentication.start();
    return fastify;
  } catch (error) {
    await fastify.close();
    throw error;
  }
}

function createFastify({ http }: Config, logger: FastifyServerOptions['logger']): FastifyInstance {
  return Fastify({
    ...(logger !== undefined && { logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: http.trustedProxies.length > 0 ? [...http.trustedProxies] : false,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    forceCloseConnections: 'idle',
  });
}

async function assemble(
  fastify: FastifyInstance,
  config: Config,
  resource: AnyResource,
  authentication: Authentication,
) {
  const denialLog = new DenialLog(fastify.log, config.authorization.mode);
  const { authorization, bareSchema } = authorize(resource, config, denialLog);
  const refusals = new Refusals({
    resourceMetadata: config.http.publicUrl + PROTECTED_RESOURCE_METADATA_PATH,
    authorizationUri: `${config.authentication.instance}/${config.authentication.tenantId}/oauth2/v2.0/authorize`,
  });
  const apollo = createApolloServer({
    authorization,
    bareSchema,
    refusals,
    denialLog,
    compiles: config.graphql.jit,
    introspection: config.graphql.introspection,
    landingPage: config.explorer.enabled ? sandboxLandingPage(resource.welcomeDocument) : noLandingPage(),
    logger: fastify.log,
  });
  await apollo.start();
  fastify.addHook('onClose', () => apollo.stop());

  registerRequestLog(fastify);
  registerSecurityHeaders(fastify);
  registerRequestErrors(fastify);
  await fastify.register(cors, {
    origin: [...config.http.corsOrigins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'],
    exposedHeaders: ['www-authenticate', 'retry-after'],
    maxAge: 600,
  });
  const createContext = (caller: Caller | undefined): ResourceContext =>
    denialLog.watch(resource.createContext(caller));
  registerGraphQLRoute(fastify, {
    apollo,
    refusals,
    requestCaller: rememberCaller(authentication),
    failureLimit: await createFailureLimit(fastify, config.http.failuresPerMinute),
    needsVerification: authentication.needsVerification,
    createContext,
  });
  const operations = createSocketOperations({ apollo, createContext, formatError: createErrorFormatter(fastify.log) });
  registerWebSocketRoute(fastify, {
    protocol: createSocketProtocol({
      operations,
      authenticate: authentication.authenticate,
      schema: authorization.schema,
      log: fastify.log,
    }),
    settled: operations.settled,
    origins: [config.http.publicUrl, ...config.http.corsOrigins],
  });
  registerProtectedResourceMetadata(fastify, {
    url: config.http.publicUrl,
    name,
    authorizationServer: `${config.authentication.instance}/${config.authentication.tenantId}/v2.0`,
    scopes: declaredScopes(authorization.requirements).map(
      (scope) => `api://${config.authentication.clientId}/${scope}`,
    ),
  });
  registerHealth(fastify, [
    { name: 'database', check: () => resource.ping() },
    { name: 'signingKeys', check: async () => assertReady(authentication.readiness()) },
  ]);
}

/** The executable schema, bare and with a decision in front of every field that has a rule. */
function authorize(resource: AnyResource, config: Config, denialLog: DenialLog) {
  const server = createServerResolvers({ name, version, explain: (caller) => authorization.explain(caller) });
  const schema = makeExecutableSchema<ResourceContext>({
    typeDefs: readSchemaFiles(resource.schemaFolder),
    resolvers: [server, resource.resolvers],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error', requireResolversForResolveType: 'error' },
  });
  const authorization: Authorization<ResourceContext> = createAuthorization<ResourceContext>({
    schema,
    policies: resource.policies,
    mode: config.authorization.mode,
    hints: config.authorization.hints,
    onDenied: (denial, context) => denialLog.record(denial, context),
  });
  const wrap = (unwrapped: GraphQLSchema) => resource.wrapSchema?.(unwrapped) ?? unwrapped;
  return { authorization: { ...authorization, schema: wrap(authorization.schema) }, bareSchema: wrap(schema) };
}

function assertReady({ ready, detail }: { readonly ready: boolean; readonly detail: string }): void {
  if (!ready) throw new Error(detail);
}
