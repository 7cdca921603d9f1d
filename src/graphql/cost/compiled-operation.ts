import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitName, Limits } from '../../config/limits.js';
import { type CoerceVariables, coercionSize, createVariableCoercion } from '../execution/compiled/coerce-variables.js';
import { bytesOf } from './amount.js';
import { bottomUp } from './bottom-up.js';
import { type CostSources, compileCost, type OperationAmounts } from './compile-cost.js';
import { measureOperation } from './operation-shape.js';

/** An operation of a document. */
export interface DocumentOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** An operation whose document has been read. */
export interface CompiledOperation extends OperationAmounts {
  /** The bound that the operation is beyond, whatever the variables. */
  readonly beyond: { readonly name: LimitName; readonly asked: number } | undefined;
  readonly coerce: CoerceVariables;
}

/** Reads what decides about the cost of an operation, once for all requests. */
export function compileOperation(
  sources: CostSources,
  limits: Limits,
  { document, operation }: DocumentOperation,
): CompiledOperation {
  const fragments = fragmentsOf(document, operation);
  const { rootFields, introspections, introspectionAliases } = measureOperation(operation, fragments);
  const amounts: readonly (readonly [LimitName, number])[] = [
    ['mutationFields', operation.operation === 'mutation' ? rootFields : 0],
    ['introspections', introspections],
    ['introspectionAliases', introspectionAliases],
  ];
  const [name, asked] = amounts.find(([limit, amount]) => amount > limits[limit]) ?? [];
  return {
    beyond: name === undefined || asked === undefined ? undefined : { name, asked },
    ...compileCost(sources, operation, fragments),
    coerce: createVariableCoercion(sources.schema, operation),
  };
}

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = { operation: 90 } as const;

/** Estimates the bytes that a compiled operation keeps in memory, without the document that it refers to. */
export function compiledSize({ cost, introspection }: CompiledOperation, operation: OperationDefinitionNode): number {
  return BYTES.operation + bytesOf([cost, introspection]) + coercionSize(operation);
}

/** Returns the number of root fields of an operation, with those of the fragments that it spreads. */
export function countRootFields({ document, operation }: DocumentOperation): number {
  return measureOperation(operation, fragmentsOf(document, operation)).rootFields;
}

/** The fragments that an operation spreads, each behind the ones that it spreads itself. */
function fragmentsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly FragmentDefinitionNode[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const spreadsOf = (name: string) => spreadsIn(fragments.get(name)?.selectionSet);
  return bottomUp(spreadsIn(operation.selectionSet), spreadsOf).flatMap((name) => fragments.get(name) ?? []);
}

function spreadsIn(selectionSet: SelectionSetNode | undefined): readonly string[] {
  return (selectionSet?.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : spreadsIn(selection.selectionSet),
  );
}
