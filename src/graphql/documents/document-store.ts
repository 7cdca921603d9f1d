import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Limits } from '../../config/limits.js';
import { documentSize } from './document-size.js';
import { slimDocument } from './slim-document.js';

/**
 * Valid documents by the hash of their text, for Apollo Server (`documentStore`). A document is kept when it comes for the
 * second time. Until then only its hash is remembered, so that documents which never come again push nothing out.
 */
export class DocumentStore {
  readonly #seen: LRUCache<string, true>;
  readonly #documents: LRUCache<string, DocumentNode>;
  readonly #kept = new WeakSet<DocumentNode>();
  readonly lookups = { hits: 0, misses: 0 };

  constructor(limits: Pick<Limits, 'seenDocuments' | 'documentCacheBytes'>) {
    this.#seen = new LRUCache({ max: limits.seenDocuments });
    this.#documents = new LRUCache({
      maxSize: limits.documentCacheBytes,
      sizeCalculation: documentSize,
      dispose: (document) => this.#kept.delete(document),
    });
  }

  /** The bytes that the kept documents take, as estimated. */
  get size(): number {
    return this.#documents.calculatedSize;
  }

  async get(hash: string): Promise<DocumentNode | undefined> {
    const document = this.#documents.get(hash);
    this.lookups[document ? 'hits' : 'misses'] += 1;
    return document;
  }

  async set(hash: string, document: DocumentNode): Promise<void> {
    if (!this.#seen.has(hash)) {
      this.#seen.set(hash, true);
      return;
    }
    this.#seen.delete(hash);
    this.#documents.set(hash, document);
    if (this.#documents.has(hash)) this.#kept.add(document);
  }

  async delete(hash: string): Promise<void> {
    this.#documents.delete(hash);
  }

  /** Whether this document is kept: what is made of it is then worth keeping too. */
  keeps(document: DocumentNode): boolean {
    return this.#kept.has(document);
  }
}

/** Makes each valid document slim before it runs, so that nothing which refers to it keeps its tokens. */
export const slimDocumentPlugin: ApolloServerPlugin<BaseContext> = {
  requestDidStart: async () => ({
    validationDidStart:
      async ({ document }) =>
      async (errors) => {
        if (!errors) slimDocument(document);
      },
  }),
};
