import { type FieldNode, Kind, type ValueNode } from 'graphql';
import { type Amount, type CostRun, evaluate, largest, openAmount } from './amount.js';
import type { FieldPrice, SizeRule } from './field-prices.js';

/** The source of the number of a slicing argument. `undefined`: it is missing or null. */
type Slice = number | undefined | ((run: CostRun) => number | undefined);

/**
 * Returns the number of values of a field: the largest of its slicing arguments, otherwise the size that the schema assumes,
 * otherwise the server's default.
 */
export function sizeAmount(price: FieldPrice, node: FieldNode, assumedListSize: number): Amount {
  const { size } = price;
  const fallback = largest([size?.assumedSize ?? assumedListSize, ...price.lists.map((name) => lengthOf(name, node))]);
  if (!size) return fallback;
  const slices = size.slicing.map((path) => sliceAt(path, price, node));
  const settled = slices.filter((slice) => typeof slice === 'number');
  const open = slices.filter((slice) => typeof slice === 'function').length;
  if (open === 0 && !isWrong(size, settled.length)) return settled.length === 0 ? fallback : largestOf(settled);
  return openAmount(
    (run) => {
      const given = slices.flatMap((slice) => (typeof slice === 'function' ? slice(run) : slice) ?? []);
      if (isWrong(size, given.length)) run.unsliced ??= describeSlicing(price, size);
      return given.length === 0 ? evaluate(fallback, run) : largestOf(given);
    },
    typeof fallback === 'number' ? [] : [fallback],
    BYTES.slices + open * BYTES.slice,
  );
}

/** Bytes that V8 takes on 64 bits: the list of slices, and one that a variable decides. */
const BYTES = { slices: 100, slice: 160 } as const;

function isWrong({ requireOneSlicingArgument }: SizeRule, slices: number): boolean {
  return requireOneSlicingArgument && slices !== 1;
}

function describeSlicing({ coordinate }: FieldPrice, { slicing }: SizeRule): string {
  return `${coordinate} needs exactly one of the arguments ${slicing.map((path) => path.join('.')).join(', ')}`;
}

/** Returns the largest number, at least one. A resolver may take zero or a negative number for all. */
function largestOf(slices: readonly number[]): number {
  return Math.max(1, ...slices);
}

/** The number of items of an argument that is a list; 0 for any other value. */
function lengthOf(name: string, node: FieldNode): Amount {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.LIST) return value.values.length;
  if (value?.kind !== Kind.VARIABLE) return 0;
  const variable = value.name.value;
  return openAmount(({ variables }) => {
    const items = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
    return Array.isArray(items) ? items.length : 0;
  });
}

function sliceAt([name = '', ...path]: readonly string[], price: FieldPrice, node: FieldNode): Slice {
  const given = node.arguments?.find((argument) => argument.name.value === name);
  const defaultValue = price.arguments.get(name)?.defaultValue;
  return given ? sliceOf(given.value, path, defaultValue) : toSlice(at(defaultValue, path));
}

/** @param defaultValue the schema's, which holds for a variable that is not given */
function sliceOf(value: ValueNode, path: readonly string[], defaultValue?: unknown): Slice {
  if (value.kind === Kind.VARIABLE) {
    const { value: name } = value.name;
    return ({ variables }) => toSlice(at(Object.hasOwn(variables, name) ? variables[name] : defaultValue, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) return toSlice('value' in value ? value.value : undefined);
  if (value.kind !== Kind.OBJECT) return undefined;
  const field = value.fields.find((candidate) => candidate.name.value === name);
  return field && sliceOf(field.value, rest);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (object, name) => (Object.hasOwn(Object(object), name) ? Object(object)[name] : undefined),
    value,
  );
}

/** Scalars for large numbers have strings or bigints. */
function toSlice(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') return undefined;
  const slice = Number(value);
  return Number.isFinite(slice) ? slice : undefined;
}
