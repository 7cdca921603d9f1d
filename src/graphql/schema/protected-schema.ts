import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { readAuditedFields } from '../../authorization/audit/audited-fields.js';
import { withAccessRecord } from '../../authorization/audit/record-access.js';
import { type Authorization, createAuthorization } from '../../authorization/authorization.js';
import { describeRules } from '../../authorization/permissions/describe-rules.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { boundRepresentations } from '../federation/bound-representations.js';
import { createSubgraph, type SdlReaders } from '../federation/subgraph.js';
import type { DenialLog } from '../refusals/denial-log.js';
import type { AnyResource, ResourceContext } from '../resource.js';
import { buildFromFiles } from './schema-error.js';
import { readSchemaFiles } from './schema-files.js';
import { createServerResolvers } from './server-resolvers.js';

/** A resource's schema, ready to run both ways. */
export interface ProtectedSchema {
  /** With a decision in front of every field that has a rule. */
  readonly authorization: Authorization<ResourceContext>;
  /** The same schema without guards, for operations that are granted as a whole. */
  readonly unguardedSchema: GraphQLSchema;
}

const NOT_RECORDED =
  'The schema has fields with @audited, and the resource has no recordAccess: add it to the resource, or remove @audited.';

/**
 * Makes the executable schema of the server and a resource, and compiles its rules.
 *
 * @throws SchemaError with every problem of the schema's files, RequirementError with every problem of the rules
 */
export function protectSchema(options: {
  readonly resource: AnyResource;
  /** Values of `serverInfo`. */
  readonly server: { readonly name: string; readonly version: string };
  readonly mode: 'enforce' | 'report';
  readonly hints: boolean;
  /** `closed`: a field is closed to agents unless `@allowsAgents` opens it. */
  readonly agents?: 'open' | 'closed';
  /** `false`: the rules of graphql-shield alone decide every field. */
  readonly fastPath?: boolean;
  /** `me.access` names what is denied to the caller too. */
  readonly showsDenied: boolean;
  /** The API is a subgraph, whose schema these callers may read. */
  readonly subgraph?: SdlReaders | undefined;
  readonly denialLog: DenialLog;
  readonly limits: Pick<
    Limits,
    'planCacheBytes' | 'permittedSchemaCacheBytes' | 'mayCoordinates' | 'entityRepresentations'
  >;
  readonly describeLimit: DescribeLimit;
}): ProtectedSchema {
  const { resource, server, mode, hints, agents = 'open', fastPath = true, denialLog, limits } = options;
  const { describeLimit, subgraph: sdlReaders } = options;
  const serverResolvers = createServerResolvers({
    ...server,
    limits,
    describeLimit,
    showsDenied: options.showsDenied,
    authorization: () => authorization,
  });
  const files = readSchemaFiles(resource.schemaFolder);
  const subgraph = sdlReaders && createSubgraph(files, resource.resolvers, sdlReaders);
  const typeDefs = subgraph ? [...files, subgraph.typeDefs] : files;
  const build = () =>
    makeExecutableSchema<ResourceContext>({
      typeDefs,
      resolvers: [serverResolvers, resource.resolvers, ...(subgraph ? [subgraph.resolvers] : [])],
      resolverValidationOptions: { requireResolversToMatchSchema: 'error', requireResolversForResolveType: 'error' },
    });
  const schema = buildFromFiles(typeDefs, build, Object.keys(resource.policies ?? {}));
  subgraph?.noteFinders(schema);
  const audited = readAuditedFields(schema);
  const { recordAccess } = resource;
  if (audited.size > 0 && !recordAccess) throw new TypeError(NOT_RECORDED);
  const authorization: Authorization<ResourceContext> = createAuthorization<ResourceContext>({
    schema,
    typeDefs,
    policies: resource.policies,
    mode,
    hints,
    agents,
    fastPath,
    // What the setting closes, the resolver of `_service` closes.
    anonymousSdl: sdlReaders?.introspection === 'public' && sdlReaders.sdlPermission === undefined,
    planCacheBytes: limits.planCacheBytes,
    permittedSchemaCacheBytes: limits.permittedSchemaCacheBytes,
    onDenied(denial, context) {
      const isNew = denialLog.record(denial, context);
      const reason = audited.get(denial.coordinate);
      if (!isNew || reason === undefined || mode === 'report') return;
      const access = {
        coordinate: denial.coordinate,
        reason,
        outcome: 'DENIED',
        rows: [],
        operation: undefined,
      } as const;
      // The denial stands, recorded or not.
      resource.recordAccess?.(access, context).catch(() => undefined);
    },
  });
  if (hints)
    for (const described of [schema, authorization.schema]) describeRules(described, authorization.requirements);
  const wrap = (unwrapped: GraphQLSchema) => {
    const recording = recordAccess ? withAccessRecord(unwrapped, recordAccess, audited) : unwrapped;
    const wrapped = resource.wrapSchema?.(recording) ?? recording;
    return subgraph ? boundRepresentations(wrapped, limits, describeLimit) : wrapped;
  };
  return { authorization: { ...authorization, schema: wrap(authorization.schema) }, unguardedSchema: wrap(schema) };
}
