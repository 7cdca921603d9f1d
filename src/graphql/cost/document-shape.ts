import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitName } from '../../config/limits.js';
import { MAX_COST } from './amount.js';
import { bottomUp } from './bottom-up.js';

/** The amounts of a document that are bounded before it is validated, by the name of the bound. */
export type DocumentShape = Readonly<Record<ShapeName, number>>;

type ShapeName = Extract<
  LimitName,
  'operationDepth' | 'operationAliases' | 'operationDirectives' | 'documentFragments' | 'documentFieldPairs'
>;

/** Counts of an operation or fragment, those of the fragments that it spreads included. */
interface Counts {
  depth: number;
  aliases: number;
  directives: number;
}

/** Counts of an operation or fragment alone. */
interface Part extends Counts {
  readonly spreads: { readonly name: string; readonly depth: number }[];
}

/** A response path from the beginning of an operation or fragment; those of all definitions are one tree. */
interface ResponsePath {
  /** Fields at this path, in the whole document. */
  fields: number;
  /** One of them has arguments or selections, which validation compares too. */
  hasMore: boolean;
  readonly below: Map<string, ResponsePath>;
}

type Definition = OperationDefinitionNode | FragmentDefinitionNode;

/**
 * Measures a document that was parsed and is not validated yet. Takes time proportional to the document. A fragment is
 * walked once, and its counts are added as often as it is spread.
 */
export function measureDocument(document: DocumentNode): DocumentShape {
  const root = createPath();
  const fragments = new Map<string, Part>();
  const operations: Part[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, partOf(definition, root));
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(partOf(definition, root));
  }
  const known = new Map<string, Counts>();
  const order = bottomUp(fragments.keys(), (name) => (fragments.get(name)?.spreads ?? []).map((spread) => spread.name));
  for (const name of order) {
    const part = fragments.get(name);
    if (part) known.set(name, withSpreads(part, known));
  }
  const largest: Counts = { depth: 0, aliases: 0, directives: 0 };
  for (const operation of operations) raise(largest, withSpreads(operation, known));
  return {
    operationDepth: largest.depth,
    operationAliases: largest.aliases,
    operationDirectives: largest.directives,
    documentFragments: Math.max(fragments.size, namesSpread([...fragments.values(), ...operations])),
    documentFieldPairs: pairsOf(root),
  };
}

/** Counts the names that are spread. Validation looks at each, whether there is such a fragment or not. */
function namesSpread(parts: readonly Part[]): number {
  return new Set(parts.flatMap(({ spreads }) => spreads.map(({ name }) => name))).size;
}

function partOf(definition: Definition, root: ResponsePath): Part {
  const part: Part = { depth: 0, aliases: 0, directives: definition.directives?.length ?? 0, spreads: [] };
  walk(definition.selectionSet, part, { depth: 1, path: root });
  return part;
}

interface Place {
  readonly depth: number;
  readonly path: ResponsePath;
}

function walk({ selections }: SelectionSetNode, part: Part, place: Place): void {
  for (const selection of selections) {
    part.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      part.spreads.push({ name: selection.name.value, depth: place.depth - 1 });
      continue;
    }
    part.depth = Math.max(part.depth, place.depth);
    const inside = selection.kind === Kind.FIELD ? enterField(selection, part, place) : place;
    if (selection.selectionSet) walk(selection.selectionSet, part, { ...inside, depth: inside.depth + 1 });
  }
}

function enterField(
  { alias, name, arguments: args, selectionSet }: FieldNode,
  part: Part,
  { depth, path }: Place,
): Place {
  if (alias) part.aliases += 1;
  const key = (alias ?? name).value;
  const below = path.below.get(key) ?? createPath();
  path.below.set(key, below);
  below.fields += 1;
  if (selectionSet || args?.length) below.hasMore = true;
  // Introspection has a bound of its own: the query that every tool sends for the schema is deep.
  return { path: below, depth: INTROSPECTION.has(name.value) ? Number.NEGATIVE_INFINITY : depth };
}

function createPath(): ResponsePath {
  return { fields: 0, hasMore: false, below: new Map() };
}

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

function withSpreads({ spreads, ...own }: Part, known: ReadonlyMap<string, Counts>): Counts {
  const counts = { ...own };
  for (const spread of spreads) {
    const fragment = known.get(spread.name);
    if (!fragment) continue;
    counts.depth = Math.max(counts.depth, spread.depth + fragment.depth);
    counts.aliases = Math.min(counts.aliases + fragment.aliases, MAX_COST);
    counts.directives = Math.min(counts.directives + fragment.directives, MAX_COST);
  }
  return counts;
}

function raise(largest: Counts, counts: Counts): void {
  largest.depth = Math.max(largest.depth, counts.depth);
  largest.aliases = Math.max(largest.aliases, counts.aliases);
  largest.directives = Math.max(largest.directives, counts.directives);
}

/** Measured factor, rounded down, by which arguments or selections slow down the comparison of two fields. */
const PAIRS_WITH_MORE = 4;

/** Validation compares every two fields of one response path, which is quadratic (OverlappingFieldsCanBeMerged). */
function pairsOf({ fields, hasMore, below }: ResponsePath): number {
  let pairs = ((fields * (fields - 1)) / 2) * (hasMore ? PAIRS_WITH_MORE : 1);
  for (const path of below.values()) pairs += pairsOf(path);
  return pairs;
}
