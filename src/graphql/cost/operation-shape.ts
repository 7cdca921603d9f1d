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

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type', '_service']);

const NOTHING = { rootFields: 0, __schema: 0, __type: 0, _service: 0, introspectionAliases: 0, aliases: 0 };

/** Counts of an operation or fragment, with those of the fragments that it spreads. */
type Counts = Readonly<typeof NOTHING>;

type KnownFragments = ReadonlyMap<string, Counts>;

/**
 * Counts in time proportional to the document.
 *
 * @param fragments fragments of the operation, each after those that it spreads itself
 */
export function measureOperation(
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): OperationShape {
  const known = new Map<string, Counts>();
  for (const { name, selectionSet } of fragments) known.set(name.value, countAll(selectionSet, known));
  const { rootFields, __schema, __type, _service, introspectionAliases } = countAll(operation.selectionSet, known);
  return { rootFields, introspections: Math.max(__schema, __type, _service), introspectionAliases };
}

function countAll({ selections }: SelectionSetNode, known: KnownFragments): Counts {
  return selections.reduce((sum, selection) => add(sum, countOf(selection, known)), NOTHING);
}

/** Counts a selection of the root type and all below it. */
function countOf(selection: SelectionNode, known: KnownFragments): Counts {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return known.get(selection.name.value) ?? NOTHING;
  const within = selection.selectionSet ? countAll(selection.selectionSet, known) : NOTHING;
  if (selection.kind === Kind.INLINE_FRAGMENT) return within;
  const name = selection.name.value;
  const below = INTROSPECTION.has(name) ? { ...within, introspectionAliases: within.aliases } : within;
  const own = { ...NOTHING, rootFields: 1, aliases: selection.alias ? 1 : 0 };
  return add({ ...below, rootFields: 0 }, INTROSPECTION.has(name) ? { ...own, [name]: 1 } : own);
}

function add(left: Counts, right: Counts): Counts {
  return {
    rootFields: Math.min(left.rootFields + right.rootFields, MAX_COST),
    __schema: Math.min(left.__schema + right.__schema, MAX_COST),
    __type: Math.min(left.__type + right.__type, MAX_COST),
    _service: Math.min(left._service + right._service, MAX_COST),
    introspectionAliases: Math.min(left.introspectionAliases + right.introspectionAliases, MAX_COST),
    aliases: Math.min(left.aliases + right.aliases, MAX_COST),
  };
}
