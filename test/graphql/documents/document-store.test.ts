import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { documentSize } from '../../../src/graphql/documents/document-size.js';
import { DocumentStore } from '../../../src/graphql/documents/document-store.js';
import { slimDocument } from '../../../src/graphql/documents/slim-document.js';

/** Whether a document that comes again is kept after so many others came once. */
async function isKeptAfter(others: number): Promise<boolean> {
  const store = new DocumentStore(defaultLimits);
  const document = parse('{ a }');
  await store.set('first', document);
  for (let count = 0; count < others; count += 1) await store.set(`other${count}`, document);
  await store.set('first', document);
  return (await store.get('first')) === document;
}

it('remembers as many documents that came once as are allowed, and forgets the first for one more', async () => {
  expect(await isKeptAfter(defaultLimits.seenDocuments - 1)).toBe(true);
  expect(await isKeptAfter(defaultLimits.seenDocuments)).toBe(false);
});

it('keeps as many documents as fit in the memory that is allowed, and forgets the first for one more', async () => {
  const store = new DocumentStore(defaultLimits);
  const document = parse(`{ ${Array(500).fill('a').join(' ')} }`);
  slimDocument(document);
  const bytes = documentSize(document);
  const count = Math.floor(defaultLimits.documentCacheBytes / bytes);
  const keep = async (hash: string) => {
    await store.set(hash, document);
    await store.set(hash, document);
  };
  for (let at = 0; at < count; at += 1) await keep(String(at));
  expect(store.size).toBe(count * bytes);
  await keep(String(count));
  expect(store.size).toBe(count * bytes);
  expect([await store.get('0'), await store.get('1')]).toEqual([undefined, document]);
});

it('takes the tokens out of a document only when it keeps it', async () => {
  const store = new DocumentStore(defaultLimits);
  const [first, second] = [parse('{ a }'), parse('{ a }')];
  await store.set('hash', first);
  await store.set('hash', second);
  expect([first.loc?.startToken.kind, second.loc?.startToken]).toEqual(['<SOF>', undefined]);
});
