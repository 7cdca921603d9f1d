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

  /** A document that is kept loses its tokens at once, before it runs and anything refers to them. */
  async set(hash: string, document: DocumentNode): Promise<void> {
    if (!this.#seen.has(hash)) {
      this.#seen.set(hash, true);
      return;
    }
    this.#seen.delete(hash);
    slimDocument(document);
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
