import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { WeakCache } from '../../authorization/operations/weak-cache.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { type CoerceVariables, createVariableCoercion } from '../execution/compiled/coerce-variables.js';
import { type CostRun, evaluate } from './amount.js';
import { bottomUp } from './bottom-up.js';
import { type CostSources, compileCost, type OperationAmounts } from './compile-cost.js';
import { type PricedRules, readPrices } from './field-prices.js';
import { measureOperation } from './operation-shape.js';

export interface CostedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Gets the cost, for the log and the metrics. */
  readonly record?: { cost: number | undefined } | undefined;
}

/** Returns the error of an operation that asks for too much; undefined when it may run. */
export type CheckCost = (asked: CostedOperation) => GraphQLFormattedError | undefined;

/** The cost of an operation with the variables of one request. */
interface OperationCost {
  readonly cost: number;
  readonly introspectionCost: number;
  /** A field without the slicing argument that its schema requires, and the arguments that it accepts. */
  readonly unsliced: string | undefined;
}

/** An operation whose document has been read. */
interface Compiled extends OperationAmounts {
  /** The bound that the operation is beyond, whatever the variables. */
  readonly beyond: { readonly name: LimitName; readonly asked: number } | undefined;
  readonly coerce: CoerceVariables;
}

/**
 * Creates the check of an operation's cost, of the cost of its introspection, and of the number of root fields of a
 * mutation. The document is read once. A request then costs a few additions, or none if no variable matters.
 *
 * @throws SchemaError for cost directives that make no sense
 */
export function createCostCheck(options: {
  readonly schema: GraphQLSchema;
  /** Says which fields and objects policies are asked about. */
  readonly requirements?: PricedRules;
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
}): CheckCost {
  const { schema, requirements, limits, describeLimit } = options;
  const { assumedListSize } = limits;
  const compiledOf = createCompiler({ schema, prices: readPrices(schema, requirements), assumedListSize }, limits);
  return (asked) => {
    const compiled = compiledOf(asked);
    if (compiled.beyond) return describeLimit(compiled.beyond.name, compiled.beyond.asked);
    const found = costOf(schema, compiled, asked);
    if (!found) return undefined;
    const { cost, introspectionCost, unsliced } = found;
    if (asked.record) asked.record.cost = Math.ceil(cost);
    if (unsliced !== undefined) return { message: `${unsliced}.`, extensions: { code: 'BAD_USER_INPUT' } };
    if (introspectionCost > limits.introspectionCost) {
      return describeLimit('introspectionCost', Math.ceil(introspectionCost));
    }
    const beyond = COST_LIMITS[asked.operation.operation].find((name) => cost > limits[name]);
    return beyond && describeLimit(beyond, Math.ceil(cost));
  };
}

/** A subscription runs again for each event, without a request that counts. */
const COST_LIMITS = {
  query: ['operationCost'],
  mutation: ['operationCost'],
  subscription: ['operationCost', 'subscriptionCost'],
} as const satisfies Readonly<Record<OperationTypeNode, readonly LimitName[]>>;

function createCompiler(sources: CostSources, limits: Limits): (asked: CostedOperation) => Compiled {
  const known = new WeakCache<OperationDefinitionNode, Compiled>(limits.planCacheBytes);
  return ({ document, operation }) => {
    const found = known.get(operation);
    if (found) return found;
    const compiled = compile(sources, limits, { document, operation });
    known.set(operation, compiled, compiledSize(compiled));
    return compiled;
  };
}

/**
 * A rough estimate of the bytes that V8 takes on 64 bits. A constant cost is a number. Any other has functions for the fields
 * that it depends on. Variables, and selections with conditions, take more than is counted here. No cost outlives its
 * document, and the documents that are kept are bounded exactly.
 */
const BYTES = { constant: 500, field: 500 } as const;

function compiledSize({ cost, introspection, fields }: Compiled): number {
  const isConstant = typeof cost === 'number' && typeof introspection === 'number';
  return BYTES.constant + (isConstant ? 0 : fields * BYTES.field);
}

function compile(sources: CostSources, limits: Limits, { document, operation }: CostedOperation): Compiled {
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

function costOf(
  schema: GraphQLSchema,
  { cost, introspection, coerce }: Compiled,
  { operation, variables: given = {} }: CostedOperation,
): OperationCost | undefined {
  if (typeof cost === 'number' && typeof introspection === 'number') {
    return { cost, introspectionCost: introspection, unsliced: undefined };
  }
  // Some names of variables are only read by graphql-js; an operation with them must not be without a cost.
  const variables =
    coerce(given) ??
    getVariableValues(schema, operation.variableDefinitions ?? [], { ...given }, { maxErrors: 1 }).coerced;
  if (!variables) return undefined;
  const run: CostRun = { variables, known: [], inputs: new Map() };
  return {
    cost: evaluate(cost, run),
    introspectionCost: evaluate(introspection, run),
    unsliced: run.unsliced,
  };
}

/** Returns the number of root fields of an operation, with those of the fragments that it spreads. */
export function countRootFields({ document, operation }: Pick<CostedOperation, 'document' | 'operation'>): number {
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
