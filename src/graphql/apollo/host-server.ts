import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Authorization } from '../../authorization/authorization.js';
import { noteFieldResolver } from '../../authorization/guards/host-server.js';

/** Description of the symbol under which Apollo Server puts its option `fieldResolver` into the context. */
const USER_FIELD_RESOLVER = 'apolloServerUserFieldResolver';

const FORGOTTEN_CONTEXT =
  'The context has no "caller", so every caller would be anonymous. Give the integration the context of protectApolloServer, such as startStandaloneServer(server, { context }), or call it within your own: async (request) => ({ ...(await context(request)), db }).';

const OTHER_SCHEMA =
  'Give ApolloServer the schema of createAuthorization, which has the guards. Change a schema before createAuthorization: what is merged, wrapped, mapped or extended afterwards has fields without guards.';

const GATEWAY =
  'The fields of a gateway are resolved by its executor, which runs no guards. Protect the Apollo Server of each subgraph.';

/**
 * Checks that a server has what its protection needs: the schema with the guards, and the context with the caller. Without
 * guards in the schema, refused operations would still be refused, so the server seems protected. But denied fields beside
 * granted ones would be answered.
 *
 * A server can load another schema after its start. Apollo Server logs what is thrown then but keeps the schema, so each
 * request is held to the schema that it runs on.
 */
export function requireHost(
  { schema }: Pick<Authorization, 'schema'>,
  onStart: (service: { readonly logger: ErrorLog }) => void,
): ApolloServerPlugin<BaseContext> {
  const requireGuards = (used: GraphQLSchema): void => {
    if (used !== schema) throw new TypeError(OTHER_SCHEMA);
  };
  return {
    async serverWillStart(service) {
      requireGuards(service.schema);
      onStart(service);
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          requireGuards(apiSchema);
          if (coreSupergraphSdl !== undefined) throw new TypeError(GATEWAY);
        },
      };
    },
    async requestDidStart({ schema: used, contextValue }) {
      requireGuards(used);
      if (!('caller' in contextValue)) throw new TypeError(FORGOTTEN_CONTEXT);
      return;
    },
  };
}

/** A logger as far as failures of the server need it. */
export interface ErrorLog {
  error(message: string): void;
}

/**
 * Lets the server's `fieldResolver` resolve guarded fields too. Apollo Server puts it into the context before execution if a
 * plugin watches the fields, as this one does.
 */
export const fieldResolverPlugin: ApolloServerPlugin<BaseContext> = {
  async requestDidStart() {
    return {
      async executionDidStart() {
        let isNoted = false;
        return {
          willResolveField({ contextValue }) {
            if (isNoted) return;
            isNoted = true;
            const symbol = Object.getOwnPropertySymbols(contextValue).find(
              ({ description }) => description === USER_FIELD_RESOLVER,
            );
            const resolver: unknown = symbol && Reflect.get(contextValue, symbol);
            if (isFieldResolver(resolver)) noteFieldResolver(contextValue, resolver);
          },
        };
      },
    };
  },
};

function isFieldResolver(value: unknown): value is Parameters<typeof noteFieldResolver>[1] {
  return typeof value === 'function';
}
