import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  valueFromAST,
} from 'graphql';

/** Prices of a schema as a table, written down a second time: by coordinate or name of a type. */
export interface PriceTable {
  readonly weights: Readonly<Record<string, number>>;
  readonly sizes: Readonly<
    Record<string, { slicing: readonly string[]; assumed: number; sizedFields?: readonly string[] }>
  >;
}

type Variables = Record<string, unknown>;
type Rule = PriceTable['sizes'][string] | undefined;
type Definition = GraphQLField<unknown, unknown>;
type Sized = { readonly fields: readonly string[]; readonly size: number } | undefined;

/** The cost of an operation by walking all of it, fragments as often as they are spread, with the variables at hand. */
export function slowCost(
  { schema, table }: { readonly schema: GraphQLSchema; readonly table: PriceTable },
  document: DocumentNode,
  variables: Variables,
): number {
  const operation = getOperationAST(document);
  const query = schema.getQueryType();
  if (!operation || !query) throw new Error('no query');
  const fragmentOf = (name: string) => {
    const found = document.definitions.find(
      (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
    );
    if (found?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`no fragment ${name}`);
    return found;
  };
  const typeNamed = (name: string | undefined, otherwise: GraphQLNamedType) =>
    (name === undefined ? undefined : schema.getType(name)) ?? otherwise;

  function selections({ selections: all }: SelectionSetNode, type: GraphQLNamedType, sized: Sized): number {
    let total = 0;
    const ofObjects: Record<string, number> = {};
    for (const selection of all) {
      if (!isIncluded(selection, variables)) continue;
      const [cost, on] = selectionCost(selection, type, sized);
      if (isAbstractType(type) && isObjectType(on)) ofObjects[on.name] = (ofObjects[on.name] ?? 0) + cost;
      else total += cost;
    }
    return total + Math.max(0, ...Object.values(ofObjects));
  }

  function selectionCost(
    selection: SelectionNode,
    type: GraphQLNamedType,
    sized: Sized,
  ): readonly [cost: number, on: GraphQLNamedType | undefined] {
    if (selection.kind === Kind.FIELD) return [field(selection, type, sized), undefined];
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragmentOf(selection.name.value) : selection;
    const on = typeNamed(fragment.typeCondition?.name.value, type);
    return [selections(fragment.selectionSet, on, sized), fragment.typeCondition ? on : undefined];
  }

  function field(node: FieldNode, parent: GraphQLNamedType, sized: Sized): number {
    const name = node.name.value;
    if (name === '__typename') return 0.1;
    const owners = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
    return Math.max(...owners.map((owner) => fieldOn(node, owner, sized)));
  }

  function fieldOn(node: FieldNode, owner: GraphQLNamedType, sized: Sized): number {
    const name = node.name.value;
    const definition = isObjectType(owner) ? owner.getFields()[name] : undefined;
    if (!definition) throw new Error(`no field ${owner.name}.${name}`);
    const type = getNamedType(definition.type);
    const coordinate = `${owner.name}.${name}`;
    const rule = table.sizes[coordinate];
    const size = sizeOf(node, definition, rule);
    const weight = table.weights[coordinate] ?? (isLeafType(type) ? 0 : 1);
    const call = weight + argumentsCost(node, definition, coordinate);
    const pages = rule?.sizedFields ? { fields: rule.sizedFields, size } : undefined;
    const item = typeWeight(type) + (node.selectionSet ? selections(node.selectionSet, type, pages) : 0);
    const lists = String(definition.type).split('[').length - 1;
    if (lists === 0) return call + item;
    return call + outerSize(name, { rule, size }, sized) * 10 ** (lists - 1) * item;
  }

  function outerSize(name: string, own: { readonly rule: Rule; readonly size: number }, sized: Sized): number {
    if (sized?.fields.includes(name)) return sized.size;
    return own.rule && !own.rule.sizedFields ? own.size : 10;
  }

  function sizeOf(node: FieldNode, { args }: Definition, rule: Rule): number {
    const given = Object.fromEntries(
      args.map((argument) => {
        const written = node.arguments?.find((each) => each.name.value === argument.name);
        const value = written && valueFromAST(written.value, argument.type, variables);
        return [argument.name, value === undefined ? argument.defaultValue : value];
      }),
    );
    const slices = (rule?.slicing ?? []).map((path) => at(given, path)).filter((slice) => typeof slice === 'number');
    return slices.length > 0 ? Math.max(1, ...slices) : (rule?.assumed ?? 10);
  }

  function argumentsCost(node: FieldNode, { args }: Definition, coordinate: string): number {
    return (node.arguments ?? []).reduce((total, { name, value: written }) => {
      const input = args.find((each) => each.name === name.value);
      const isAbsent = written.kind === Kind.VARIABLE && !(written.name.value in variables);
      if (!input || (isAbsent && !isLeafType(unwrap(input.type)))) return total;
      const value = valueFromAST(written, input.type, variables);
      return total + inputCost(input.type, value, table.weights[`${coordinate}(${input.name}:)`]);
    }, 0);
  }

  function typeWeight(type: GraphQLNamedType): number {
    if (isAbstractType(type)) return Math.max(...schema.getPossibleTypes(type).map(typeWeight));
    return table.weights[type.name] ?? (isLeafType(type) ? 0.1 : 1);
  }

  function inputCost(type: GraphQLInputType, value: unknown, weight: number | undefined): number {
    const inner = unwrap(type);
    if (value === null) return weight ?? typeWeight(getNamedType(inner));
    if (isListType(inner)) {
      const items: readonly unknown[] = Array.isArray(value) ? value : [value];
      return items.reduce<number>((total, each) => total + inputCost(inner.ofType, each, weight), 0);
    }
    const own = weight ?? typeWeight(getNamedType(inner));
    if (!isInputObjectType(inner)) return own;
    return Object.entries(Object(value)).reduce((total, [name, each]) => {
      const input = inner.getFields()[name];
      return input ? total + inputCost(input.type, each, table.weights[`${inner.name}.${name}`]) : total;
    }, own);
  }

  if (isUnionType(query)) throw new Error('the query type is an object');
  return typeWeight(query) + selections(operation.selectionSet, query, undefined);
}

function unwrap(type: GraphQLInputType): GraphQLInputType {
  return isNonNullType(type) ? type.ofType : type;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((object, name) => Object(object)[name], value);
}

function isIncluded(selection: SelectionNode, variables: Variables): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false
  );
}
