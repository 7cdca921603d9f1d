import type { IResolvers } from '@graphql-tools/utils';
import type { FastifyBaseLogger } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import type { RevocationSource } from '../authentication/revocations/revocation-source.js';
import type { Access } from '../authorization/audit/record-access.js';
import type { AuthorizationContext, Policy } from '../authorization/authorization.js';
import type { DescribeLimit } from '../config/limit-error.js';
import type { Limits } from '../config/limits.js';
import type { CallerDownstream } from '../downstream/downstream.js';
import type { Gauge } from '../http/metrics/server-counts.js';

/** A lack of capacity: an error with the HTTP status of an operation that has not run. */
export interface CapacityRefusal {
  readonly status: number;
  readonly message: string;
  readonly extensions: { readonly [name: string]: unknown };
}

/** Parts of one request that the server gives to a resource. */
export interface RequestParts {
  /** Other APIs for this caller. Missing where the server calls none, and for anonymous callers. */
  readonly downstream?: CallerDownstream | undefined;
  /**
   * Looks up the groups of a caller with `undecidedRoles`. Missing for other callers. Data that depend on roles wait for it.
   * The result has `undecidedRoles` still if that fails. Never rejects.
   */
  readonly decideCaller?: (() => Promise<Caller>) | undefined;
  /** Address of an anonymous client, by which what it uses is counted. Missing for verified callers. */
  readonly address?: string | undefined;
}

/**
 * State that resolvers and policies of one request share. `dispose` is called once the response is known and never rejects.
 */
export interface ResourceContext extends AuthorizationContext {
  dispose(): Promise<void>;
  /** Called when the answer is known. Returns the lack of capacity for which nothing of the request has run. */
  refusal?(): CapacityRefusal | undefined;
  /** The changes of a mutation so far, by the names of its fields in the answer. Undefined for other operations. */
  changes?(): { readonly committed: readonly string[]; readonly uncertain: readonly string[] } | undefined;
  /** Returns the milliseconds in which the request has waited for the database, for the log. */
  databaseMs?(): number;
  /** Called when the client no longer waits for the answer. Never throws. */
  abandon?(): void;
}

/**
 * A resource the server can serve: its part of the schema is a folder of `schema/`, its code a folder of `src/`.
 * The sample is `src/expenses/expenses.ts`; `src/resource.ts` is the one place that names it.
 */
export interface Resource<TContext extends ResourceContext = ResourceContext> {
  /** Name of the API, for its pages, `serverInfo` and metrics. Default: that of this package. */
  readonly name?: string | undefined;
  /** Its version. Default: that of this package. */
  readonly version?: string | undefined;
  /** The query in the explorer when it is opened. */
  readonly welcomeDocument: string;
  /** Its folder of `.graphql` files, with a slash at the end. */
  readonly schemaFolder: URL;
  // biome-ignore lint/suspicious/noExplicitAny: resolver maps are contravariant in types only each field knows
  readonly resolvers: IResolvers<any, TContext>;
  readonly policies: Readonly<Record<string, Policy<TContext>>>;
  /**
   * A fresh context for one request of this caller: loaders and database access are never shared between callers. A
   * subscription has one while its source is opened, which the source must not use later, and one for each event.
   *
   * @param event event of the source, if the context is for its answer. Read an event once for all subscriptions that see
   *   the same rows
   * @param parts what the server adds for this caller
   */
  createContext(caller: Caller | undefined, event?: unknown, parts?: RequestParts): TContext;
  /**
   * Returns whether this event was read for one change alone, so that its answer is the same for all subscriptions of one
   * token with the same operation. They then share it. Default: false. Never true for an object that changes or comes again.
   */
  sharesAnswers?(event: unknown): boolean;
  /**
   * Records a use of a field with `@audited`. If it rejects, the field is an error and its value is not shown. Needed where
   * the schema has such fields.
   */
  recordAccess?(access: Access, context: TContext): Promise<void>;
  /**
   * Whether resolvers or rows of the database read the caller's roles, beyond the rules of the schema. Groups that a token
   * leaves out are then looked up before each operation with a root field of the resource. Default true.
   */
  readonly readsRoles?: boolean;
  /** Changes the executable schema last, outside every rule. Its resolvers surround rule and resolver. */
  wrapSchema?(schema: GraphQLSchema): GraphQLSchema;
  /** Says which access tokens are refused before they expire. Without it none is. */
  readonly revocations?: RevocationSource;
  /** Rejects if the resource cannot reach what it depends on, such as its database. `/readyz` calls it. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A resource with any context. Each context goes back only to the resource that made it. */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript has no existential types
export type AnyResource = Resource<any>;

export interface ResourceOptions {
  /** `DATABASE_URL`. */
  readonly databaseUrl: string;
  /** `DATABASE_LISTEN_URL`, if it is set. */
  readonly listenUrl?: string | undefined;
  /** `DATABASE_AUTH`. */
  readonly auth?: 'password' | 'entra';
  /** `DATABASE_POOL_SIZE`. */
  readonly poolSize?: number;
  /** `DATABASE_PREPARED_STATEMENTS` is `on`. */
  readonly prepares?: boolean;
  /** `ENTRA_DATABASE_CLAIMS`. */
  readonly claims?: readonly string[];
  /** `ACCESS_RECORD_READS`. */
  readonly accessRecordReads?: 'required' | 'buffered';
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
  readonly logger: FastifyBaseLogger;
  /** Call it for each failure of the database with its code. `/metrics` counts them. */
  onFailure?(code: string): void;
  /** Call it with the seconds for which a transaction waited for its connection. */
  onConnectionWait?(seconds: number): void;
  /** Call it once for each number that `/metrics` is to read. */
  measure?(gauge: Gauge): void;
}

export type CreateResource = (options: ResourceOptions) => Promise<AnyResource>;
