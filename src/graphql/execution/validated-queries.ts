import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { type DocumentNode, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentSize } from '../documents/document-size.js';
import type { DocumentStore } from '../documents/document-store.js';
import { selectsSchema } from '../introspection/introspection.js';

/** A query or subscription that Apollo Server has answered. */
export interface ValidatedQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * The queries that Apollo Server has answered with data, and the subscriptions that have sent an event, by their text. They
 * parse, are valid and are within the limits for any caller and any variables. Checks that depend on the caller are repeated
 * for each request. Introspection depends on the caller too and is never kept here.
 */
export class ValidatedQueries {
  readonly #known: LRUCache<string, Answered>;
  readonly #documents: Pick<DocumentStore, 'keeps'>;
  readonly lookups = { hits: 0, misses: 0 };

  /**
   * @param documents Only queries that Apollo Server keeps are worth keeping here
   * @param maxBytes of all queries, as estimated
   */
  constructor(documents: Pick<DocumentStore, 'keeps'>, maxBytes: number) {
    this.#documents = documents;
    this.#known = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ document, operations }) =>
        documentSize(document) + BYTES.table + operations.size * BYTES.operation,
    });
  }

  /** The bytes that the queries take, as estimated. */
  get size(): number {
    return this.#known.calculatedSize;
  }

  /** @param operationName as the client sent it */
  find(text: string, operationName: string | undefined): ValidatedQuery | undefined {
    const known = this.#known.get(text);
    const operation = known?.operations.get(operationName);
    this.lookups[operation ? 'hits' : 'misses'] += 1;
    return known && operation && { document: known.document, operation };
  }

  #has(text: string, operationName: string | undefined): boolean {
    return this.#known.get(text)?.operations.has(operationName) === true;
  }

  /** Notes a query that was answered. */
  add({ document, operation }: ValidatedQuery, operationName: string | undefined): void {
    const text = textOf(document);
    const operations = new Map(this.#known.peek(text)?.operations);
    operations.set(operationName === undefined ? undefined : operation.name?.value, operation);
    this.#known.set(text, { document, operations });
  }

  /** Plugin that notes the queries that Apollo Server answers. */
  plugin(): ApolloServerPlugin<BaseContext> {
    return {
      requestDidStart: async () => ({
        willSendResponse: async ({ document, operation, request, response: { body } }) => {
          if (!document || !operation || operation.operation === OperationTypeNode.MUTATION) return;
          // A field may fail for this caller or this time. What is not valid or too large has no data.
          if (body.kind !== 'single' || !body.singleResult.data) return;
          if (!this.#documents.keeps(document) || this.#has(textOf(document), request.operationName)) return;
          if (!selectsSchema(document)) this.add({ document, operation }, request.operationName);
        },
      }),
    };
  }
}

interface Answered {
  readonly document: DocumentNode;
  /** By name as clients sent it: undefined for the only one. */
  readonly operations: ReadonlyMap<string | undefined, OperationDefinitionNode>;
}

const BYTES = { table: 200, operation: 40 } as const;

/** The text that the document refers to anyway. */
function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? '';
}
