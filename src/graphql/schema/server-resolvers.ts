import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import type { Caller } from '../../authentication/caller.js';
import type { Authorization, AuthorizationContext } from '../../authorization/authorization.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import type { Resolvers } from '../../generated/resolvers-types.js';
import { decideCallerOf, hasUndecidedRoles, undecidedCallerError } from '../undecided-caller.js';

/** Gives the text that JSON has for a time. `JSON.stringify` takes three times as long for an object with a Date in it. */
const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  serialize: (value) => GraphQLDateTime.serialize(value).toISOString(),
});

/** Creates the resolvers of `schema/server`, which describe the server and the caller for any resource. */
export function createServerResolvers(server: {
  readonly name: string;
  readonly version: string;
  /** Called once the rules are compiled. */
  authorization(): Pick<Authorization, 'explain' | 'may'>;
  /** Callers see which fields are denied to them. False where they may not see the whole schema. */
  readonly showsDenied: boolean;
  readonly limits: Pick<Limits, 'mayCoordinates'>;
  readonly describeLimit: DescribeLimit;
}): Pick<Resolvers, 'DateTime' | 'Query' | 'Me' | 'Agent' | 'SignIn'> {
  return {
    DateTime,
    Query: {
      serverInfo: () => ({ name: server.name, version: server.version, time: new Date() }),
      me: (_parent, _args, { caller }) => {
        if (!caller) throw new TypeError('Query.me ran without a caller: its rule is missing from the schema');
        return caller;
      },
    },
    Me: {
      kind: (caller) => (caller.kind === 'delegated' ? 'DELEGATED' : 'APP_ONLY'),
      scopes: (caller) => (caller.kind === 'delegated' ? [...caller.scopes] : []),
      roles: (caller, _args, context) =>
        withRoles(caller, context, (whole) => {
          if (hasUndecidedRoles(whole)) throw undecidedCallerError();
          return whole.kind === 'delegated' ? [...whole.roles] : [];
        }),
      permissions: (caller) => (caller.kind === 'app-only' ? [...caller.permissions] : []),
      authContexts: (caller) => (caller.kind === 'delegated' ? [...caller.authContexts] : []),
      signIn: (caller) => (caller.kind === 'delegated' ? caller.claims : null),
      access: (caller, _args, context) =>
        withRoles(caller, context, (whole) =>
          server
            .authorization()
            .explain(whole)
            .filter(({ decision }) => server.showsDenied || decision !== 'DENIED')
            .map((access) => ({ ...access, missing: access.missing ?? null })),
        ),
      may(caller, { coordinates }, context) {
        if (coordinates.length > server.limits.mayCoordinates) {
          const { message, extensions } = server.describeLimit('mayCoordinates', coordinates.length);
          throw new GraphQLError(message, { extensions });
        }
        const { may } = server.authorization();
        return withRoles(caller, context, (whole) => {
          if (hasUndecidedRoles(whole)) throw undecidedCallerError();
          return coordinates.map((coordinate) => may(whole, coordinate));
        });
      },
    },
    Agent: {
      actsFor: ({ actsFor }) => AGENT_SUBJECTS[actsFor],
    },
    SignIn: {
      time: ({ auth_time: seconds }) => dateOf(seconds),
      methods: ({ amr = [] }) => [...amr],
      strength: ({ acr = null }) => acr,
    },
  };
}

/** Calls a function with the caller and all its roles. Groups that the token leaves out are looked up first. */
function withRoles<T>(caller: Caller, context: AuthorizationContext, use: (whole: Caller) => T): T | Promise<T> {
  return hasUndecidedRoles(caller) ? decideCallerOf(context).then((whole = caller) => use(whole)) : use(caller);
}

const AGENT_SUBJECTS = { itself: 'ITSELF', user: 'USER', ownAccount: 'OWN_ACCOUNT' } as const;

/** Returns null for a time that is missing or beyond the range of a Date. */
function dateOf(seconds = Number.NaN): Date | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date;
}
