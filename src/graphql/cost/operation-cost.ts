import {
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { WeakCache } from '../../authorization/operations/weak-cache.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { type CostRun, evaluate } from './amount.js';
import type { CostSources } from './compile-cost.js';
import {
  type CompiledOperation,
  compiledSize,
  compileOperation,
  type DocumentOperation,
} from './compiled-operation.js';
import { type PricedRules, readPrices } from './field-prices.js';

export interface CostedOperation extends DocumentOperation {
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

function createCompiler(sources: CostSources, limits: Limits): (asked: DocumentOperation) => CompiledOperation {
  const known = new WeakCache<OperationDefinitionNode, CompiledOperation>(limits.planCacheBytes);
  return ({ document, operation }) => {
    const found = known.get(operation);
    if (found) return found;
    const compiled = compileOperation(sources, limits, { document, operation });
    known.set(operation, compiled, compiledSize(compiled, operation));
    return compiled;
  };
}

function costOf(
  schema: GraphQLSchema,
  { cost, introspection, coerce }: CompiledOperation,
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
