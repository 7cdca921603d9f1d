import {
  type GraphQLField,
  type GraphQLType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { CostDirectives, ListSize } from './cost-directives.js';

/**
 * Arguments that count as slicing arguments where `@listSize` is missing, and fields that count as the pages of a
 * connection.
 */
const USUAL_SLICING = ['first', 'last', 'limit'];
const USUAL_PAGES = ['edges', 'nodes'];

/** Lists and connections whose arguments have the usual names need no directive. */
export function usualListSize(field: GraphQLField<unknown, unknown>): ListSize | undefined {
  const slicingArguments = USUAL_SLICING.filter((name) => {
    const argument = field.args.find((candidate) => candidate.name === name);
    return argument && isLeafType(getNamedType(argument.type)) && dimensionsOf(argument.type) === 0;
  });
  if (slicingArguments.length === 0) return undefined;
  const sizedFields = dimensionsOf(field.type) > 0 ? [] : listFieldsOf(field, USUAL_PAGES);
  return { assumedSize: undefined, slicingArguments, sizedFields, requireOneSlicingArgument: false };
}

function listFieldsOf(field: GraphQLField<unknown, unknown>, names: readonly string[]): readonly string[] {
  const type = getNamedType(field.type);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = type.getFields();
  return names.filter((name) => fields[name] && dimensionsOf(fields[name].type) > 0);
}

/** GraphQL Cost Directives, s.9.2. */
export function checkListSize(
  directives: Pick<CostDirectives, 'report'>,
  field: GraphQLField<unknown, unknown>,
  { coordinate, listSize }: { readonly coordinate: string; readonly listSize: ListSize },
): void {
  const { sizedFields, slicingArguments } = listSize;
  const report = (message: string) => directives.report(field, coordinate, `@listSize ${message}`);
  if (dimensionsOf(field.type) === 0 && sizedFields.length === 0)
    report('on a field that is not a list, without sizedFields');
  const lists = listFieldsOf(field, sizedFields);
  for (const name of sizedFields) {
    if (!lists.includes(name))
      report(`names the sized field ${JSON.stringify(name)}, which is not a list of the returned type`);
  }
  for (const path of slicingArguments) {
    if (!isNumberAt(field, path.split('.')))
      report(`names the slicing argument ${JSON.stringify(path)}, which is not a number`);
  }
}

/** Whether a path of names leads to a single leaf among the arguments of a field. */
function isNumberAt(field: GraphQLField<unknown, unknown>, [first = '', ...rest]: readonly string[]): boolean {
  let type = field.args.find(({ name }) => name === first)?.type;
  for (const name of rest) {
    const object = type && dimensionsOf(type) === 0 ? getNamedType(type) : undefined;
    type = isInputObjectType(object) ? object.getFields()[name]?.type : undefined;
  }
  return type !== undefined && dimensionsOf(type) === 0 && isLeafType(getNamedType(type));
}

/** Counts the lists around a type. */
export function dimensionsOf(type: GraphQLType): number {
  let dimensions = 0;
  let inner: GraphQLType = type;
  while (isListType(inner) || isNonNullType(inner)) {
    if (isListType(inner)) dimensions += 1;
    inner = inner.ofType;
  }
  return dimensions;
}
