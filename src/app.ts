import { createRequire } from 'node:module';
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { openAuthentication } from './assembly/open-authentication.js';
import { openDownstream } from './assembly/open-downstream.js';
import { registerObservation } from './assembly/register-observation.js';
import { landingPageOf, type PageOptions, registerPages } from './assembly/register-pages.js';
import type { Authentication } from './authentication/authentication.js';
import { PUBLIC_CLOUD } from './authentication/keys/authority.js';
import type { IsTenantAllowed } from './authentication/tenants/tenant-decisions.js';
import { declaredNames } from './authorization/requirements/declared-names.js';
import type { Config } from './config/config.js';
import { createDescribeLimit, type DescribeLimit } from './config/limit-error.js';
import type { LimitName } from './config/limits.js';
import type { Downstream } from './downstream/downstream.js';
import { createNotFoundPage } from './explorer/home-page.js';
import { DenialLog } from './graphql/refusals/denial-log.js';
import type { AnyResource, CreateResource } from './graphql/resource.js';
import { protectSchema } from './graphql/schema/protected-schema.js';
import { serveGraphQL } from './graphql/serve-graphql.js';
import { createAllowedOrigins } from './http/allowed-origins.js';
import { registerRequestErrors } from './http/answers/request-errors.js';
import { registerSecurityHeaders, sendPrebuilt } from './http/answers/security-headers.js';
import { registerUnserved } from './http/answers/unserved-requests.js';
import { createTrustProxy } from './http/client-address.js';
import { type ConnectionBounds, createConnectionBounds } from './http/connections/connection-bounds.js';
import { type Connections, trackConnections } from './http/connections/connections.js';
import { connectionsWithin, readFileLimit } from './http/connections/open-files.js';
import type { HasRoom } from './http/connections/slow-readers.js';
import { createOriginHeaders, registerCors, showAnswersToPages } from './http/cors.js';
import { createFailureLimit } from './http/failure-limit.js';
import { warnOfIgnoredForwarding } from './http/ignored-forwarding.js';
import { registerJsonBody } from './http/json-body.js';
import { createWarnings, type LineStream } from './http/log/direct-lines.js';
import { createRefusalLines, type RefusalLines } from './http/log/refusal-lines.js';
import { registerRequestLog } from './http/log/request-log.js';
import { createServerCounts, type ServerCounts } from './http/metrics/server-counts.js';
import {
  PROTECTED_RESOURCE_METADATA_PATH,
  registerProtectedResourceMetadata,
} from './http/protected-resource-metadata.js';
import { requestIdOf } from './http/request-id.js';
import { createRequestScope, type RequestScope, withRequestIds } from './http/request-scope.js';
import { registerShutdown } from './http/shutdown.js';
import { createTurns } from './http/turns.js';
import { createResource } from './resource.js';

export { type Config, ConfigError, loadConfig } from './config/config.js';

const PACKAGE: { name: string; version: string } = createRequire(import.meta.url)('../package.json');

/** Replacements for the server's own parts. */
export interface AppOptions extends PageOptions {
  /** Logger of Fastify: `true`, options of pino or `false`. Default: `false`. */
  readonly logger?: FastifyServerOptions['logger'];
  /**
   * Output for the lines of requests and of their denials. It costs less than `logger`, the default. `logger` must write
   * there too, in pino's own form and without bindings.
   */
  readonly requestLog?: LineStream;
  /** The resource to serve. Default: the sample, expense reports. */
  readonly createResource?: CreateResource;
  /** Decides about tenants, in place of `ENTRA_ALLOWED_TENANTS=any`, which has to be set. */
  readonly isTenantAllowed?: IsTenantAllowed | undefined;
}

/**
 * Builds the HTTP server with token verification, field rules, the resource and health checks. It does not listen. `close()`
 * of what is returned finishes the requests under way and then closes everything, the resource included.
 *
 * @throws RequirementError when a rule in the schema makes no sense, DatabaseSetupError when the database or its login is
 *   not as it has to be
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<FastifyInstance> {
  const counts = createServerCounts();
  const describe = createDescribeLimit(config.limits, config.authorization.hints);
  const describeLimit: DescribeLimit = (name, ...rest) => {
    counts.limitsHit.add(name);
    return describe(name, ...rest);
  };
  const isTrustedProxy = createTrustProxy(config.http.trustedProxies);
  const { corsOrigins, allowsLoopbackOrigins } = config.http;
  const originHeaders = createOriginHeaders(createAllowedOrigins(corsOrigins, allowsLoopbackOrigins));
  const onLimit = (name: LimitName) => counts.limitsHit.add(name);
  const refusalLines = createRefusalLines({
    limits: config.limits,
    warn: (fields, message) => fastify.log.warn(fields, message),
    onLimit,
  });
  const files = readFileLimit();
  const connectionBound = connectionsWithin(files, config.database.poolSize, config.limits);
  const bounds = createConnectionBounds({
    limits: { ...config.limits, connections: connectionBound },
    describeLimit,
    onLimit,
    isTrustedProxy,
    originHeaders,
    refusalLines,
  });
  const requestScope = createRequestScope();
  const fastify = createFastify(config, bounds, withRequestIds(options.logger ?? false, requestScope));
  if (connectionBound < config.limits.connections) {
    fastify.log.warn(
      { files, connections: connectionBound },
      'LIMIT_CONNECTIONS is lowered, because this process may open few files. Raise the limit of files (ulimit -n).',
    );
  }
  const connections = trackConnections(fastify.server);
  const isStopping = registerShutdown(fastify, {
    ...config.http.shutdown,
    connections,
    arrivalMs: config.limits.shutdownArrivalSeconds * 1000,
  });
  try {
    const open = options.createResource ?? createResource;
    const { limits } = config;
    const { url: databaseUrl, tlsNotes, ...database } = config.database;
    for (const note of tlsNotes) fastify.log.warn(note);
    const resource = await open({
      ...database,
      databaseUrl,
      limits,
      describeLimit,
      logger: fastify.log,
      onFailure: (code) => counts.databaseFailures.add(code),
      onConnectionWait: counts.connectionWaits.notify,
      measure: (gauge) => counts.gauges.push(gauge),
    });
    fastify.addHook('onClose', () => resource.close());
    const downstream = openDownstream(config, resource.revocations, fastify.log);
    fastify.addHook('onClose', async () => downstream?.close());
    const authentication = openAuthentication(config, {
      downstream,
      revocations: resource.revocations,
      isTenantAllowed: options.isTenantAllowed,
      logger: fastify.log,
    });
    fastify.addHook('onClose', async () => authentication.close());
    registerRequestLog(fastify, counts, { refusalLines, stream: options.requestLog });
    fastify.addHook('onClose', async () => refusalLines.close());
    showAnswersToPages(fastify, originHeaders);
    const hasRoom = bounds.attach(fastify, connections, isStopping);
    warnOfIgnoredForwarding(fastify, config.http.trustedProxies);
    await assemble(fastify, config, {
      resource,
      authentication,
      downstream,
      counts,
      describeLimit,
      hasRoom,
      connections,
      isStopping,
      requestScope,
      requestLog: options.requestLog,
      refusalLines,
      pages: options,
    });
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

function createFastify(
  { http }: Config,
  bounds: ConnectionBounds,
  logger: FastifyServerOptions['logger'],
): FastifyInstance {
  return Fastify({
    ...(logger !== undefined && { logger }),
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: ({ headers }) => requestIdOf(headers),
    ...bounds.options,
    trustProxy: http.trustedProxies.length > 0 ? createTrustProxy(http.trustedProxies) : false,
    forceCloseConnections: 'idle',
    // While the server closes, requests on open connections are answered like all others. The answer says that the
    // connection ends.
    return503OnClosing: false,
  });
}

/** Registers GraphQL, the parts of HTTP around it, and health and metrics. */
async function assemble(
  fastify: FastifyInstance,
  config: Config,
  parts: {
    readonly resource: AnyResource;
    readonly authentication: Authentication;
    readonly downstream: Downstream | undefined;
    readonly counts: ServerCounts;
    readonly describeLimit: DescribeLimit;
    readonly hasRoom: HasRoom;
    readonly connections: Connections;
    readonly requestScope: RequestScope;
    readonly requestLog: LineStream | undefined;
    readonly refusalLines: RefusalLines;
    readonly pages: PageOptions;
    isStopping(): boolean;
  },
): Promise<void> {
  const { resource, counts, describeLimit, requestScope, requestLog, refusalLines } = parts;
  const { instance, tenantId, authorities } = config.authentication;
  const { countsDeniedCoordinates: countsCoordinates } = config.http;
  const log = {
    warn: createWarnings(fastify.log, requestLog, requestScope.current),
    error: (fields: object, message: string) => fastify.log.error(fields, message),
  };
  const denialLog = new DenialLog(log, { ...config.authorization, countsCoordinates, refusalLines }, counts);
  const { name = PACKAGE.name, version = PACKAGE.version } = resource;
  const server = { name, version };
  const protectedSchema = protectSchema({
    resource,
    server,
    denialLog,
    limits: config.limits,
    describeLimit,
    fastPath: config.graphql.fastPath,
    showsDenied: ['public', 'authenticated'].includes(config.graphql.introspection),
    subgraph: config.federation.isSubgraph ? { ...config.graphql, ...config.federation } : undefined,
    ...config.authorization,
  });

  registerSecurityHeaders(fastify);
  registerRequestErrors(fastify, { describeLimit });
  const parseBody = registerJsonBody(fastify, { limits: config.limits, describeLimit, later: '/graphql' });
  const { corsOrigins, corsHeaders, allowsLoopbackOrigins } = config.http;
  const isAllowed = createAllowedOrigins(corsOrigins, allowsLoopbackOrigins);
  await registerCors(fastify, { isAllowed, headers: corsHeaders });
  registerUnserved(fastify, { sendNotFound: createNotFoundPage(name) });
  const failureLimit = createFailureLimit({
    failuresPerMinute: config.http.failuresPerMinute,
    limits: config.limits,
    describeLimit,
  });
  const turns = createTurns();
  fastify.server.on('connection', turns.noteConnection);
  const admit = await serveGraphQL(fastify, {
    ...parts,
    ...protectedSchema,
    server,
    denialLog,
    limits: config.limits,
    challengeAddresses: {
      resourceMetadata: config.http.publicUrl + PROTECTED_RESOURCE_METADATA_PATH,
      authorizationUri: signInAddress({ instance, tenantId }),
      authorizationUris: new Map((authorities ?? []).map((one) => [one.name, signInAddress(one)])),
    },
    failureLimit,
    turns,
    parseBody,
    ...config.graphql,
    trustedDocuments: config.trustedDocuments,
    redisUrl: config.redisUrl,
    hasPage: config.explorer.enabled,
    landingPage: landingPageOf(config, parts),
    sendPrebuilt,
    isAllowedOrigin:
      createAllowedOrigins([config.http.publicUrl, ...corsOrigins], allowsLoopbackOrigins) ?? (() => false),
  });
  registerProtectedResourceMetadata(fastify, {
    url: config.http.publicUrl,
    name,
    identity: config.authentication,
    scopes: declaredNames(protectedSchema.authorization.requirements).scopes,
  });
  registerPages(fastify, config, { ...parts, ...protectedSchema, name, failureLimit, admit });
  await registerObservation(fastify, config, { ...parts, server });
}

/** Returns the address at which users of an authority sign in. */
function signInAddress({
  instance = PUBLIC_CLOUD,
  tenantId,
}: {
  readonly instance?: string | undefined;
  readonly tenantId: string;
}) {
  return `${instance}/${tenantId}/oauth2/v2.0/authorize`;
}
