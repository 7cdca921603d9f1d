import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import type { Authentication } from '../authentication/authentication.js';
import type { Authorization, AuthorizationContext } from '../authorization/authorization.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { fieldErrorPlugin } from './field-errors.js';
import { type ChallengeAddresses, Refusals, toGraphQLError } from './refusal.js';

/** The directives, as type definitions to put beside those of your own schema. */
export const directiveTypeDefs: string = readFileSync(
  new URL('../../schema/directives.graphql', import.meta.url),
  'utf8',
);

/** What both halves need to protect an Apollo Server that is there already. */
export interface Protection<TContext extends AuthorizationContext> extends ChallengeAddresses {
  /** Verifies the tokens. */
  readonly authentication: Pick<Authentication, 'authenticate'>;
  /** Decides the fields. The server has to be given `authorization.schema`. */
  readonly authorization: Pick<Authorization<TContext>, 'check'>;
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
    plugins: [authorizationPlugin({ authorization, refusals }), fieldErrorPlugin],
    async context({ req }) {
      try {
        return { caller: (await authentication.authenticate(req))?.caller };
      } catch (error) {
        throw toGraphQLError(refusals.ofRequest(error));
      }
    },
  };
}
