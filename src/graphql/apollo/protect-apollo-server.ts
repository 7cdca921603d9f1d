import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import type { Authentication } from '../../authentication/authentication.js';
import type { Authorization, AuthorizationContext } from '../../authorization/authorization.js';
import { type ChallengeAddresses, Refusals, toGraphQLError } from '../refusals/refusal.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { fieldErrorPlugin } from './field-errors.js';

/** The directives, as type definitions to put beside those of your own schema. */
export const directiveTypeDefs: string = readFileSync(
  new URL('../../../schema/directives.graphql', import.meta.url),
  'utf8',
);

/** What both halves need to protect an Apollo Server that is there already. */
export interface Protection<TContext extends AuthorizationContext> extends ChallengeAddresses {
  /** Verifies the tokens. */
  readonly authentication: Pick<Authentication, 'authenticate'>;
  /** Decides the fields. The server has to be given `authorization.schema`, else it does not start. */
  readonly authorization: Pick<Authorization<TContext>, 'check' | 'schema'>;
}

/**
 * Protects an Apollo Server whose requests are Node's: `plugins` for its constructor, `context` for its integration
 * (`startStandaloneServer`, Express, …). A bad token refuses the request, a denied operation is refused before it runs, both
 * with status and challenge.
 */
export function protectApolloServer<TContext extends AuthorizationContext>(
  protection: Protection<TContext>,
): {
  readonly plugins: ApolloServerPlugin<TContext>[];
  /** Puts the verified caller, or undefined for a request without a token, into the context. */
  context(integration: { readonly req: IncomingMessage }): Promise<AuthorizationContext>;
} {
  const { authentication, authorization } = protection;
  const refusals = new Refusals(protection);
  return {
    plugins: [requireGuards(authorization), authorizationPlugin({ authorization, refusals }), fieldErrorPlugin],
    async context({ req }) {
      try {
        return { caller: (await authentication.authenticate(req))?.caller };
      } catch (error) {
        throw toGraphQLError(refusals.ofRequest(error));
      }
    },
  };
}

/**
 * Stops the start of a server that was given the schema without guards. What is refused as a whole would be refused there
 * too, so that it seems protected, but denied fields beside granted ones would be answered.
 */
function requireGuards({ schema }: Pick<Authorization, 'schema'>): ApolloServerPlugin {
  return {
    async serverWillStart(service) {
      if (service.schema === schema) return;
      throw new TypeError('Give ApolloServer the schema of createAuthorization, which has the guards.');
    },
  };
}
