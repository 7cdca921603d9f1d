import {
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type ValueNode,
} from 'graphql';
import { type Amount, MAX_COST, openAmount, sum } from './amount.js';
import type { InputPrice, Prices } from './field-prices.js';

/**
 * The cost of an argument as a document has it: the weight for each value, and for each field of an input object. Values of
 * variables are counted in each request.
 */
export function inputAmount(prices: Prices, price: InputPrice, value: ValueNode): Amount {
  if (value.kind === Kind.VARIABLE) return variableAmount(prices, price, value.name.value);
  const type = withoutNonNull(price.type);
  if (isListType(type)) {
    const items = value.kind === Kind.LIST ? value.values : [value];
    return sum(items.map((item) => inputAmount(prices, { ...price, type: type.ofType }, item)));
  }
  if (!isInputObjectType(type) || value.kind !== Kind.OBJECT) return price.weight;
  const inputs = prices.inputFieldsOf(type);
  const fields = value.fields.map((field) => {
    const inner = inputs.get(field.name.value);
    return inner ? inputAmount(prices, inner, field.value) : 0;
  });
  return sum([price.weight, ...fields]);
}

/** A variable for a single leaf costs the same whatever its value is, so most documents have a constant cost. */
function variableAmount(prices: Prices, price: InputPrice, name: string): Amount {
  const type = withoutNonNull(price.type);
  if (!isListType(type) && !isInputObjectType(type)) return price.weight;
  // V8 would keep a template as its pieces, which take more memory than the text.
  const key = [name, price.weight, type].join(' ');
  return openAmount(
    ({ variables, inputs }) => {
      if (!Object.hasOwn(variables, name)) return 0;
      const known = inputs.get(key) ?? valueCost(prices, price, variables[name]);
      inputs.set(key, known);
      return known;
    },
    [],
    BYTES.key + key.length,
  );
}

/** Bytes that V8 takes on 64 bits: the key without its characters, and the price. */
const BYTES = { key: 60 } as const;

/** The cost of a coerced value. */
function valueCost(prices: Prices, price: InputPrice, value: unknown): number {
  const type = withoutNonNull(price.type);
  if (value === null || value === undefined) return price.weight;
  if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return add(items.map((item) => valueCost(prices, { ...price, type: type.ofType }, item)));
  }
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return price.weight;
  const inputs = prices.inputFieldsOf(named);
  const fields = Object.entries(value).map(([name, inner]) => {
    const field = inputs.get(name);
    return field ? valueCost(prices, field, inner) : 0;
  });
  return price.weight + add(fields);
}

function add(costs: readonly number[]): number {
  return costs.reduce((total, cost) => Math.min(total + cost, MAX_COST), 0);
}

function withoutNonNull(type: GraphQLInputType): GraphQLInputType {
  return isNonNullType(type) ? type.ofType : type;
}
