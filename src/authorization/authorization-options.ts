import { type GraphQLFieldResolver, type GraphQLSchema, isSchema } from 'graphql';
import { callback, checkOptions, flag, type OptionType } from '../authentication/options/check-options.js';
import type { Denial } from './decisions/denial.js';
import type { Policy } from './guards/policies.js';
import type { AuthorizationContext } from './guards/resolver-call.js';
import type { TypeDefs } from './rules/written-rules.js';

export interface AuthorizationOptions<TContext extends AuthorizationContext> {
  /** With resolvers and with the directives of this room. It is not modified. */
  readonly schema: GraphQLSchema;
  /**
   * The type definitions that the schema was built from, as they were given to `makeExecutableSchema`. Rules are then
   * checked in the text as well, where two uses of one directive are not merged yet. Required only if the schema cannot show
   * whether a rule was merged from two, for example without locations in a text. The start then reports it.
   */
  readonly typeDefs?: TypeDefs;
  /** The rules in code that `@policy` names. */
  readonly policies?: Readonly<Record<string, Policy<TContext>>>;
  /**
   * `report`: nothing is denied to verified callers and would-be denials are passed to `onDenied`. Anonymous callers are
   * still denied. Default `enforce`.
   */
  readonly mode?: 'enforce' | 'report';
  /**
   * `false`: graphql-shield's rules alone decide every field of every operation. Otherwise decisions that depend on the
   * token alone are made before, with the same answers. Default true.
   */
  readonly fastPath?: boolean;
  /** Errors and explanations name what is missing. Default true. */
  readonly hints?: boolean;
  /**
   * Anonymous callers may read the schema of a Federation subgraph, `_service { sdl }`, as tools that compose a supergraph
   * do. Default false: it needs a verified caller.
   */
  readonly anonymousSdl?: boolean;
  /**
   * `closed`: fields are closed to agents (Microsoft Entra Agent ID), except public ones and those that `@allowsAgents`
   * opens. Default `open`: an agent passes the rules as the user or application that its token names.
   */
  readonly agents?: 'open' | 'closed';
  /** How long one policy may take before its field is an error, above 0 and at most 600 000 (ten minutes). Default 5000. */
  readonly policyTimeoutMs?: number;
  /**
   * The `fieldResolver` that the server gives to graphql-js, if any. It must be given here as well, because the guard of a
   * field replaces it. `protectApolloServer` finds that of an Apollo Server by itself.
   */
  readonly fieldResolver?: GraphQLFieldResolver<unknown, TContext>;
  /** The same for `subscribeFieldResolver`. */
  readonly subscribeFieldResolver?: GraphQLFieldResolver<unknown, TContext>;
  /** Memory for the plans of operations, as estimated, at most 512 MiB. Default 16 MiB. */
  readonly planCacheBytes?: number;
  /** Memory for the schemas that `permittedSchema` returns, as estimated, at most 512 MiB. Default 32 MiB. */
  readonly permittedSchemaCacheBytes?: number;
  /**
   * Called for each field that is (or in report mode would be) denied while an operation runs, and for what `check`
   * refuses when it is given a context. What it throws is ignored: a broken log decides nothing.
   */
  readonly onDenied?: (denial: Denial, context: TContext) => void;
}

const MOST_CACHE_BYTES = 512 * 1024 * 1024;

const OPTION_TYPES: Readonly<Record<keyof AuthorizationOptions<AuthorizationContext>, OptionType>> = {
  schema: { expected: 'a GraphQLSchema', fits: isSchema },
  typeDefs: { expected: 'type definitions', fits: (value) => value !== null },
  policies: {
    expected: 'an object whose values are functions',
    // A Map has none of its entries as members.
    fits: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !(value instanceof Map) &&
      Object.values(value).every((policy) => typeof policy === 'function'),
  },
  mode: { expected: "'enforce' or 'report'", fits: (value) => value === 'enforce' || value === 'report' },
  fastPath: flag,
  hints: flag,
  anonymousSdl: flag,
  agents: { expected: "'open' or 'closed'", fits: (value) => value === 'open' || value === 'closed' },
  policyTimeoutMs: aboveZero('milliseconds', 600_000),
  fieldResolver: callback,
  subscribeFieldResolver: callback,
  planCacheBytes: aboveZero('bytes', MOST_CACHE_BYTES),
  permittedSchemaCacheBytes: aboveZero('bytes', MOST_CACHE_BYTES),
  onDenied: callback,
};

/**
 * Checks the options of `createAuthorization`. With `mode: 'enforced'` nothing would be denied, and with `polices` no policy
 * would be known.
 *
 * @throws TypeError that names the option
 */
export function checkAuthorizationOptions(options: unknown): void {
  checkOptions(options, OPTION_TYPES);
  if (Object(options).schema === undefined) throw new TypeError('schema is required: a GraphQLSchema');
}

/** Refuses Infinity too. As the time of a timer it means one millisecond. */
function aboveZero(unit: string, most: number): OptionType {
  return {
    expected: `a number of ${unit} above 0, at most ${most}`,
    fits: (value) => typeof value === 'number' && value > 0 && value <= most,
  };
}
