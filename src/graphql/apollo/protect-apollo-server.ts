import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import type { ValidationRule } from 'graphql';
import type { Authentication } from '../../authentication/authentication.js';
import type { Authorization, AuthorizationContext } from '../../authorization/authorization.js';
import { createDescribeLimit } from '../../config/limit-error.js';
import { defaultLimits, type Limits } from '../../config/limits.js';
import { type CheckCost, createCostCheck } from '../cost/operation-cost.js';
import { type ChallengeAddresses, Refusals, toGraphQLError } from '../refusals/refusal.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { createDocumentLimits } from './document-limits.js';
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
  /** Bounds of operations that differ from the defaults of `docs/limits.md`, such as `{operationCost: 5000}`. */
  readonly limits?: Partial<Limits>;
}

/**
 * Protects an Apollo Server whose requests are Node's: `plugins` and `validationRules` for its constructor, `context` for
 * its integration (`startStandaloneServer`, Express, …). A bad token refuses the request, a denied operation is refused before it runs, both
 * with status and challenge. An operation that asks for too much is refused with 400.
 *
 * Documents are measured without `validationRules` too, but then only after they were validated.
 *
 * @throws SchemaError for cost directives that make no sense
 */
export function protectApolloServer<TContext extends AuthorizationContext>(
  protection: Protection<TContext>,
): {
  readonly plugins: ApolloServerPlugin<TContext>[];
  readonly validationRules: ValidationRule[];
  /** Puts the verified caller, or undefined for a request without a token, into the context. */
  context(integration: { readonly req: IncomingMessage }): Promise<AuthorizationContext>;
} {
  const { authentication, authorization } = protection;
  const refusals = new Refusals(protection);
  const limits = { ...defaultLimits, ...protection.limits };
  // Environment variables set nothing here, so errors do not name them.
  const describeLimit = createDescribeLimit(limits, false);
  const documents = createDocumentLimits(limits, describeLimit);
  const checkOperation = createCostCheck({ schema: authorization.schema, limits, describeLimit });
  const checkCost: CheckCost = (asked) => documents.check(asked.document) ?? checkOperation(asked);
  return {
    plugins: [
      requireGuards(authorization),
      documents.plugin,
      authorizationPlugin({ authorization, refusals, checkCost }),
      fieldErrorPlugin,
    ],
    validationRules: [...documents.validationRules],
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
