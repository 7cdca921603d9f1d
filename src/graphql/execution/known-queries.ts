import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { type DocumentNode, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { selectsSchema } from '../apollo/introspection.js';
import { RecentlyUsed } from './recently-used.js';

/** What is kept, so that no client can fill the memory of the server with its queries. */
const LIMITS = { queries: 1000, charactersOfQuery: 10_000 } as const;

/** A query that Apollo Server has answered. */
export interface KnownQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * The queries that Apollo Server has answered without an error, by their text: they parse, are valid and within the
 * limits, whoever asks and whatever the variables. What depends on the caller is asked of each request anew, and
 * introspection, which depends on the caller too, is never in here.
 */
export class KnownQueries {
  readonly #known = new RecentlyUsed<string, Map<string | undefined, KnownQuery>>(LIMITS.queries);

  /** @param operationName as the client sent it */
  find(text: string, operationName: string | undefined): KnownQuery | undefined {
    return this.#known.find(text)?.get(operationName);
  }

  /** Notes what Apollo Server answers. */
  plugin(): ApolloServerPlugin<BaseContext> {
    return {
      requestDidStart: async () => ({
        willSendResponse: async ({ source, document, operation, request, response: { body } }) => {
          if (!source || !document || operation?.operation !== OperationTypeNode.QUERY) return;
          if (body.kind !== 'single' || body.singleResult.errors) return;
          if (source.length > LIMITS.charactersOfQuery || selectsSchema(document)) return;
          this.#known.get(source, () => new Map()).set(request.operationName, { document, operation });
        },
      }),
    };
  }
}
