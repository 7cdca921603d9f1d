import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLString,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { readConditions } from '../../authorization/operations/selection-conditions.js';
import { type Amount, largest, onlyIf, product, shared, sum } from './amount.js';
import type { FieldPrice, Prices } from './field-prices.js';
import { inputAmount } from './input-cost.js';
import { sizeAmount } from './size-amount.js';

/** The parts of a schema that the compiler uses. */
export interface CostSources {
  readonly schema: GraphQLSchema;
  readonly prices: Prices;
  /** Size of a list that the schema does not bound. */
  readonly assumedListSize: number;
}

/** The cost of an operation and of its introspection, which is counted apart. */
export interface OperationAmounts {
  readonly cost: Amount;
  readonly introspection: Amount;
}

/**
 * The cost of a selection set in two parts: one that is multiplied by the size of the list around its page, and one that is
 * not.
 */
interface SelectionAmounts {
  readonly fixed: Amount;
  readonly perItem: Amount;
  readonly introspection: Amount;
}

type SizedFields = ReadonlySet<string> | undefined;

interface Compiling extends CostSources {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By name and sized fields. */
  readonly known: Map<string, SelectionAmounts>;
  places: number;
}

/** The lists of introspection count as ten, whatever is assumed of others. */
const INTROSPECTION_LIST_SIZE = 10;
const INTROSPECTION_FIELDS = [SchemaMetaFieldDef, TypeMetaFieldDef];
const NOTHING: SelectionAmounts = { fixed: 0, perItem: 0, introspection: 0 };

/**
 * Compiles the cost of an operation once for all requests. The time is proportional to its document, because a fragment is
 * compiled once even if it is spread often. What is selected twice counts twice.
 *
 * @param operation of a valid document whose depth is bounded
 * @param fragments those that it spreads, each behind the ones that it spreads itself
 */
export function compileCost(
  sources: CostSources,
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): OperationAmounts {
  const root = sources.schema.getRootType(operation.operation);
  if (!root) return { cost: 0, introspection: 0 };
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const { schema, prices, assumedListSize } = sources;
  const compiling: Compiling = {
    schema,
    prices,
    assumedListSize,
    fragments: byName,
    known: new Map(),
    places: 0,
  };
  // Begins with the innermost one, so that none is compiled within another. Otherwise a chain of them could exhaust the
  // stack.
  for (const fragment of fragments) fragmentAmounts(compiling, fragment, undefined);
  const { fixed, introspection } = selectionAmounts(compiling, operation.selectionSet, root, undefined);
  return { cost: sum([sources.prices.typeWeight(root), fixed]), introspection };
}

function fragmentAmounts(
  compiling: Compiling,
  fragment: FragmentDefinitionNode,
  sizedFields: SizedFields,
): SelectionAmounts {
  const key = `${fragment.name.value} ${sizedFields ? [...sizedFields].join() : ''}`;
  const known = compiling.known.get(key);
  if (known) return known;
  const type = compiling.schema.getType(fragment.typeCondition.name.value);
  // Until it is compiled it counts nothing, which matters only for a circle.
  compiling.known.set(key, NOTHING);
  const amounts = type ? selectionAmounts(compiling, fragment.selectionSet, type, sizedFields) : NOTHING;
  const kept = mapAmounts(amounts, (amount) => {
    compiling.places += 1;
    return shared(amount, compiling.places);
  });
  compiling.known.set(key, kept);
  return kept;
}

/**
 * On an abstract type, each value has one object type: of the fragments for object types only the costliest counts. All
 * others are added up.
 */
function selectionAmounts(
  compiling: Compiling,
  { selections }: SelectionSetNode,
  type: GraphQLNamedType,
  sizedFields: SizedFields,
): SelectionAmounts {
  const always: SelectionAmounts[] = [];
  const byType = new Map<string, SelectionAmounts[]>();
  for (const selection of selections) {
    const conditions = readConditions(selection);
    if (conditions === 'never') continue;
    const { amounts, on } = amountsOf(compiling, selection, type, sizedFields);
    const counted = conditions.length === 0 ? amounts : mapAmounts(amounts, (amount) => onlyIf(conditions, amount));
    if (isAbstractType(type) && isObjectType(on)) addTo(byType, on.name, counted);
    else always.push(counted);
  }
  if (byType.size === 0) return join(always, sum);
  return join(
    [
      ...always,
      join(
        [...byType.values()].map((amounts) => join(amounts, sum)),
        largest,
      ),
    ],
    sum,
  );
}

function amountsOf(
  compiling: Compiling,
  selection: SelectionSetNode['selections'][number],
  type: GraphQLNamedType,
  sizedFields: SizedFields,
): { readonly amounts: SelectionAmounts; readonly on: GraphQLNamedType | undefined } {
  if (selection.kind === Kind.FIELD)
    return { amounts: fieldAmounts(compiling, selection, type, sizedFields), on: undefined };
  if (selection.kind === Kind.FRAGMENT_SPREAD) {
    const fragment = compiling.fragments.get(selection.name.value);
    if (!fragment) return { amounts: NOTHING, on: undefined };
    const on = compiling.schema.getType(fragment.typeCondition.name.value);
    return { amounts: fragmentAmounts(compiling, fragment, sizedFields), on };
  }
  const on = selection.typeCondition ? compiling.schema.getType(selection.typeCondition.name.value) : undefined;
  return { amounts: selectionAmounts(compiling, selection.selectionSet, on ?? type, sizedFields), on };
}

function fieldAmounts(
  compiling: Compiling,
  node: FieldNode,
  parent: GraphQLNamedType,
  sizedFields: SizedFields,
): SelectionAmounts {
  const name = node.name.value;
  if (name === '__typename') return { ...NOTHING, fixed: compiling.prices.typeWeight(GraphQLString) };
  const meta = INTROSPECTION_FIELDS.find((field) => field.name === name);
  if (meta) return introspectionAmounts(compiling, node, getNamedType(meta.type));
  const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
  const type = fields[name] && getNamedType(fields[name].type);
  if (!type) return NOTHING;
  const isSized = sizedFields?.has(name) === true;
  const assumedSize = parent.name.startsWith('__') ? INTROSPECTION_LIST_SIZE : compiling.assumedListSize;
  const candidates = compiling.prices.fieldsOf(parent, name).map((price) => {
    const { call, item } = priceAmounts(compiling, node, { price, type, assumedSize });
    // Lists within a list have the assumed size, each.
    const items = product(item, assumedSize ** Math.max(0, price.dimensions - 1));
    if (isSized) return { fixed: call, perItem: items, introspection: 0 };
    const outer = price.dimensions === 0 ? 1 : listSize(price, node, assumedSize);
    return { fixed: sum([call, product(outer, items)]), perItem: 0, introspection: 0 };
  });
  return join(candidates, largest);
}

/** One call of a field, and one value of it with all that is selected there. */
function priceAmounts(
  compiling: Compiling,
  node: FieldNode,
  field: { readonly price: FieldPrice; readonly type: GraphQLNamedType; readonly assumedSize: number },
): { readonly call: Amount; readonly item: Amount } {
  const { price, type, assumedSize } = field;
  const given = (node.arguments ?? []).map(({ name, value }) => {
    const input = price.arguments.get(name.value);
    return input ? inputAmount(compiling.prices, input, value) : 0;
  });
  const call = sum([price.weight, ...given]);
  if (!node.selectionSet) return { call, item: price.itemWeight };
  const sizedFields = price.size?.sizedFields;
  const { fixed, perItem } = selectionAmounts(compiling, node.selectionSet, type, sizedFields);
  const pages = sizedFields ? product(sizeAmount(price, node, assumedSize), perItem) : 0;
  return { call, item: sum([price.itemWeight, fixed, pages]) };
}

/** Returns the size of a field that is a list. If its size is that of its `sizedFields`, it has the assumed size itself. */
function listSize(price: FieldPrice, node: FieldNode, assumedSize: number): Amount {
  return price.size?.sizedFields ? assumedSize : sizeAmount(price, node, assumedSize);
}

function introspectionAmounts(compiling: Compiling, node: FieldNode, type: GraphQLNamedType): SelectionAmounts {
  if (!node.selectionSet) return NOTHING;
  const { fixed } = selectionAmounts(compiling, node.selectionSet, type, undefined);
  return { fixed: 0, perItem: 0, introspection: sum([1, fixed]) };
}

function join(amounts: readonly SelectionAmounts[], combine: (terms: readonly Amount[]) => Amount): SelectionAmounts {
  const [only] = amounts;
  if (only && amounts.length === 1) return only;
  return {
    fixed: combine(amounts.map(({ fixed }) => fixed)),
    perItem: combine(amounts.map(({ perItem }) => perItem)),
    introspection: combine(amounts.map(({ introspection }) => introspection)),
  };
}

function mapAmounts(amounts: SelectionAmounts, change: (amount: Amount) => Amount): SelectionAmounts {
  const { fixed, perItem, introspection } = amounts;
  return { fixed: change(fixed), perItem: change(perItem), introspection: change(introspection) };
}

function addTo(byType: Map<string, SelectionAmounts[]>, name: string, amounts: SelectionAmounts): void {
  const known = byType.get(name);
  if (known) known.push(amounts);
  else byType.set(name, [amounts]);
}
