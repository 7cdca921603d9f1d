import type { ApolloServerPlugin } from '@apollo/server';
import { BREAK, type DocumentNode, visit } from 'graphql';
import type { AuthorizationContext } from '../../authorization/authorization.js';
import { type Refusals, toRefusalError } from '../refusals/refusal.js';

/** Callers who may read the schema (`GRAPHQL_INTROSPECTION`). `permitted`: each reads the part that it may use. */
export type Introspection = 'public' | 'authenticated' | 'permitted' | 'off';

/**
 * Hides the schema from callers who may not introspect it. That covers `__schema` and `__type`, and "Did you mean" in
 * validation errors, which would spell the schema out name by name. For `off`, Apollo Server's own `introspection: false`
 * closes the first way.
 */
export function introspectionPlugin(
  setting: Exclude<Introspection, 'permitted'>,
  refusals: Refusals,
): ApolloServerPlugin<AuthorizationContext> {
  const answers = new WeakMap<DocumentNode, boolean>();
  const introspects = (document: DocumentNode) => {
    const answer = answers.get(document) ?? selectsSchema(document);
    answers.set(document, answer);
    return answer;
  };
  return {
    async requestDidStart({ contextValue: { caller } }) {
      if (setting === 'public' || (setting === 'authenticated' && caller)) return;
      return {
        async didResolveOperation({ document }) {
          if (introspects(document)) throw toRefusalError(refusals.ofAnonymous('Introspection needs an access token.'));
        },
        async didEncounterErrors({ errors }) {
          for (const error of errors) error.message = withoutSuggestion(error.message);
        },
      };
    },
  };
}

/**
 * Cuts graphql-js's suggestion off a message. It is at the end, after text of the client that may have the same words. So
 * the last occurrence counts. Not a regular expression, which would try every place of a long text.
 */
export function withoutSuggestion(message: string): string {
  const start = message.lastIndexOf(' Did you mean ');
  return start === -1 ? message : message.slice(0, start);
}

/** Whether a document asks for the schema itself. */
export function selectsSchema(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      found = name.value === '__schema' || name.value === '__type';
      return found ? BREAK : undefined;
    },
  });
  return found;
}
