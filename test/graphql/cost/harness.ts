import {
  buildSchema,
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  parse,
} from 'graphql';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits, type Limits } from '../../../src/config/limits.js';
import { evaluate } from '../../../src/graphql/cost/amount.js';
import { bottomUp } from '../../../src/graphql/cost/bottom-up.js';
import { compileCost } from '../../../src/graphql/cost/compile-cost.js';
import { readPrices } from '../../../src/graphql/cost/field-prices.js';
import { createCostCheck } from '../../../src/graphql/cost/operation-cost.js';
import { directives } from '../../authorization/harness.js';

/** A schema with the directives of the contract. */
export function schemaOf(sdl: string): GraphQLSchema {
  // What a schema of files is refused for without reading its directives is another room's.
  return buildSchema(`${directives}\n${sdl}`, { assumeValidSDL: true });
}

/** Computes costs of operations on a schema, and of their introspection. Variables are those of the client. */
export function createCost(schema: GraphQLSchema, assumedListSize = 10) {
  const sources = { schema, prices: readPrices(schema), assumedListSize };
  return (text: string | DocumentNode, variables: Record<string, unknown> = {}) => {
    const document = typeof text === 'string' ? parse(text) : text;
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    const spreads = (name: string) =>
      [...JSON.stringify(byName.get(name)).matchAll(/"FragmentSpread","name":\{"kind":"Name","value":"(\w+)"/g)].map(
        ([, spread]) => spread ?? '',
      );
    const ordered = bottomUp(byName.keys(), spreads).flatMap((name) => byName.get(name) ?? []);
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (!coerced) throw new Error('the variables do not fit');
    const amounts = compileCost(sources, operation, ordered);
    const run = () => ({ variables: coerced, known: [], inputs: new Map() });
    return { cost: evaluate(amounts.cost, run()), introspection: evaluate(amounts.introspection, run()) };
  };
}

/** The check of a schema with some limits that differ from the defaults. */
export function createCheck(schema: GraphQLSchema, changed: Partial<Limits> = {}) {
  const limits = { ...defaultLimits, ...changed };
  const check = createCostCheck({ schema, limits, describeLimit: createDescribeLimit(limits, true) });
  return (text: string, variables?: Record<string, unknown>) => {
    const document = parse(text);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    return check({ document, operation, variables });
  };
}
