import { type ASTNode, type DocumentNode, visit } from 'graphql';
import { textSize } from '../../values/text-size.js';

/** Bytes that V8 takes on 64 bits, measured with Node 20, 22 and 24. A test holds the estimate within a quarter. */
const BYTES = {
  /** An object with its map, properties and elements, without its members. */
  object: 24,
  member: 8,
  /** The store of a property that was added to a finished object, as the parser adds `loc`. */
  addedMember: 40,
  /** A list, with the head of its items. */
  list: 48,
  location: 64,
  /** A text's head. Texts over 12 characters that were cut out of another one only refer to it. */
  text: 16,
  cutText: 32,
  source: 120,
  /** An entry of lru-cache, with its key. */
  entry: 300,
} as const;

const SHORTEST_CUT = 13;

/**
 * Estimates the bytes that a slim document keeps in memory, its text included.
 *
 * @param document that {@link slimDocument} has made slim
 */
export function documentSize(document: DocumentNode): number {
  let bytes = BYTES.entry + BYTES.source + textSize(document.loc?.source.body ?? '');
  visit(document, {
    enter(node) {
      bytes += nodeSize(node);
    },
  });
  return bytes;
}

function nodeSize(node: ASTNode): number {
  let bytes = BYTES.object + BYTES.addedMember;
  for (const [name, value] of Object.entries(node)) {
    bytes += BYTES.member;
    if (Array.isArray(value)) bytes += value.length === 0 ? 0 : BYTES.list + value.length * BYTES.member;
    else if (name === 'loc') bytes += value ? BYTES.location : 0;
    else if (typeof value === 'string' && name !== 'kind') bytes += cutTextSize(value);
  }
  return bytes;
}

function cutTextSize({ length }: string): number {
  return length < SHORTEST_CUT ? BYTES.text + Math.ceil(length / 8) * 8 : BYTES.cutText;
}
