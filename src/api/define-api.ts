import type { IResolvers } from '@graphql-tools/utils';
import type { Caller } from '../authentication/caller.js';
import type { Policy } from '../authorization/authorization.js';
import { createResourceDatabase } from '../database/resource-database.js';
import { type CallerDatabase, createCallerDatabase } from '../database/transactions/caller-database.js';
import { contextMembers } from '../database/transactions/context-members.js';
import { withMutationTransactions } from '../database/transactions/mutation-transactions.js';
import type { CallerDownstream } from '../downstream/downstream.js';
import type { CreateResource, RequestParts, Resource, ResourceContext } from '../graphql/resource.js';
import type { DevelopmentData, OtherApi, ServedApi } from '../served-api.js';

/** The parts that resolvers and policies of one request share. */
export interface ApiContext extends ResourceContext {
  /** The verified caller. Undefined: anonymous. */
  readonly caller: Caller | undefined;
  /** Other APIs for this caller. Missing where the server calls none, and for anonymous callers. */
  readonly downstream?: CallerDownstream | undefined;
}

/** Context of an API with a database. */
export interface DatabaseContext<Tables> extends ApiContext {
  /** The database as this caller sees it. Within a mutation's field and its policies: the field's own transaction. */
  readonly database: CallerDatabase<Tables>;
  /** `database` is the transaction of a change. */
  readonly isInChange?: boolean;
}

/** One resource of an API: its resolvers, and the policies that its part of the schema names. */
export interface ResourceParts<Context extends ApiContext> {
  // biome-ignore lint/suspicious/noExplicitAny: resolver maps are contravariant in types only each field knows
  readonly resolvers: IResolvers<any, Context>;
  readonly policies?: Readonly<Record<string, Policy<Context>>>;
}

/** An API made of resources. */
export interface ApiOptions {
  /** Name of the API, for its pages, `serverInfo` and metrics. Default: `entra-graphql`. */
  readonly name?: string;
  /** Its version. Default: that of `entra-graphql`. */
  readonly version?: string;
  /** Folder of its `.graphql` files. The directives and the server's own types need not be in it. */
  readonly schemaFolder: URL;
  /** Folder of its SQL files. Without it the API has no database. */
  readonly migrations?: URL;
  // biome-ignore lint/suspicious/noExplicitAny: each resource knows its own tables
  readonly resources: readonly ResourceParts<any>[];
  /** Other APIs that the code calls, for `registration`. Default: `registration` knows of none and names none too much. */
  readonly otherApis?: readonly OtherApi[];
  /** The query in the explorer when it is opened. */
  readonly welcomeDocument?: string;
  /** Loads what `dev` adds: people who can sign in, rows, and calls to try. */
  development(): Promise<DevelopmentData>;
}

/**
 * Defines one resource with tables. Nothing but types: `Tables` are those of its queries.
 */
export function defineResource<Tables>(
  parts: ResourceParts<DatabaseContext<Tables>>,
): ResourceParts<DatabaseContext<Tables>> {
  return parts;
}

/** Defines an API of resources, for `run` and for tests. */
export function defineApi(options: ApiOptions): ServedApi {
  const { name, migrations, development, otherApis, resources } = options;
  return {
    name,
    otherApis,
    policyNames: resources.flatMap(({ policies = {} }) => Object.keys(policies)),
    migrationFolders: migrations ? [{ room: 'api', url: migrations }] : [],
    loadDevelopmentData: development,
    createResource: migrations ? createWithDatabase(options, migrations) : createWithoutDatabase(options),
  };
}

function partsOf({ name, version, schemaFolder, resources, welcomeDocument = '{ me { kind } }' }: ApiOptions) {
  return {
    name,
    version,
    schemaFolder,
    welcomeDocument,
    resolvers: mergeRoots(resources.map(({ resolvers }) => resolvers)),
    policies: mergeNamed(resources.map(({ policies = {} }) => policies)),
  };
}

function createWithoutDatabase(options: ApiOptions): CreateResource {
  return async (): Promise<Resource<ApiContext>> => ({
    ...partsOf(options),
    createContext: (caller, _event, { downstream }: RequestParts = {}) => ({
      caller,
      downstream,
      dispose: async () => {},
    }),
    ping: async () => {},
    close: async () => {},
  });
}

function createWithDatabase(options: ApiOptions, url: URL): CreateResource {
  return async ({ databaseUrl, ...given }): Promise<Resource<DatabaseContext<object>>> => {
    const database = createResourceDatabase({ ...given, url: databaseUrl, folders: [{ room: 'api', url }] });
    const revocations = await database.open().catch(async (error) => {
      await database.close();
      throw error;
    });
    return {
      ...partsOf(options),
      createContext: (caller, _event, parts: RequestParts = {}) => ({
        ...contextMembers(createCallerDatabase<object>(database.connections, caller, parts)),
        caller,
        downstream: parts.downstream,
      }),
      recordAccess: database.recordAccess,
      wrapSchema: (schema) =>
        withMutationTransactions<object, DatabaseContext<object>>(schema, {
          within: (context, transaction) => ({ ...context, database: transaction, isInChange: true }),
        }),
      revocations,
      ping: database.connections.ping,
      close: database.close,
    };
  };
}

type ResolverMap = ResourceParts<ApiContext>['resolvers'];

/** Merges resolver maps. Types such as Query have fields of several resources. */
function mergeRoots(maps: readonly ResolverMap[]): ResolverMap {
  const types = new Map<string, ResolverMap[string]>();
  for (const [name, type] of maps.flatMap((map) => Object.entries(map))) {
    const before = types.get(name);
    types.set(name, before ? mergeNamed([before, type], name) : type);
  }
  return Object.fromEntries(types);
}

/** @throws TypeError when two have the same name, because one of them would never be called */
function mergeNamed<Value extends object>(parts: readonly Value[], of = 'policy'): Value {
  const names = parts.flatMap((part) => Object.keys(part));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new TypeError(`Two resources define ${of} ${twice}: keep one of them.`);
  return Object.assign({}, ...parts);
}
