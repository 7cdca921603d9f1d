import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { MAX_COST } from './amount.js';

/** Amounts of an operation that do not depend on variables. `@skip` and `@include` are ignored. */
export interface OperationShape {
  /** Fields of the operation's root type. */
  readonly rootFields: number;
  /** The largest number of `__schema`, `__type` and `_service`, which has the whole schema of a subgraph as one text. */
  readonly introspections: number;
  /** Aliases below them. */
  readonly introspectionAliases: number;
}

/** Counts of an operation or fragment, with those of the fragments that it spreads. */
interface Part {
  rootFields: number;
  schemas: number;
  types: number;
  services: number;
  introspectionAliases: number;
  /** All aliases, wherever they are. */
  aliases: number;
}

interface Walk {
  readonly part: Part;
  readonly known: ReadonlyMap<string, Part>;
}

/** Counts in time proportional to the document. Each fragment comes after those that it spreads itself. */
export function measureOperation(
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): OperationShape {
  const known = new Map<string, Part>();
  for (const fragment of fragments) known.set(fragment.name.value, partOf(fragment.selectionSet, known));
  const { rootFields, schemas, types, services, introspectionAliases } = partOf(operation.selectionSet, known);
  return { rootFields, introspections: Math.max(schemas, types, services), introspectionAliases };
}

function partOf(selectionSet: SelectionSetNode, known: ReadonlyMap<string, Part>): Part {
  const part: Part = { rootFields: 0, schemas: 0, types: 0, services: 0, introspectionAliases: 0, aliases: 0 };
  walk({ part, known }, selectionSet, { isRoot: true, isIntrospection: false });
  return part;
}

interface Place {
  /** Directly in the operation or fragment: what is spread there has the same root. */
  readonly isRoot: boolean;
  readonly isIntrospection: boolean;
}

function walk(state: Walk, { selections }: SelectionSetNode, place: Place): void {
  for (const selection of selections) {
    count(state, selection, place);
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) continue;
    walk(state, selection.selectionSet, selection.kind === Kind.FIELD ? below(selection.name.value, place) : place);
  }
}

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type', '_service']);

function below(name: string, { isIntrospection }: Place): Place {
  return { isRoot: false, isIntrospection: isIntrospection || INTROSPECTION.has(name) };
}

function count({ part, known }: Walk, selection: SelectionNode, { isRoot, isIntrospection }: Place): void {
  if (selection.kind === Kind.FRAGMENT_SPREAD) {
    const spread = known.get(selection.name.value);
    if (spread) addSpread(part, spread, { isRoot, isIntrospection });
    return;
  }
  if (selection.kind !== Kind.FIELD) return;
  if (isRoot) part.rootFields += 1;
  if (selection.name.value === '__schema') part.schemas += 1;
  if (selection.name.value === '__type') part.types += 1;
  if (selection.name.value === '_service') part.services += 1;
  if (!selection.alias) return;
  part.aliases += 1;
  if (isIntrospection) part.introspectionAliases += 1;
}

function addSpread(part: Part, spread: Part, { isRoot, isIntrospection }: Place): void {
  if (isRoot) part.rootFields = add(part.rootFields, spread.rootFields);
  part.schemas = add(part.schemas, spread.schemas);
  part.types = add(part.types, spread.types);
  part.services = add(part.services, spread.services);
  part.aliases = add(part.aliases, spread.aliases);
  const below = isIntrospection ? spread.aliases : spread.introspectionAliases;
  part.introspectionAliases = add(part.introspectionAliases, below);
}

function add(left: number, right: number): number {
  return Math.min(left + right, MAX_COST);
}
