import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isNullableType,
  isObjectType,
} from 'graphql';
import { isIterable } from '../../../values/is-object.js';
import { isPromise } from '../../../values/is-promise.js';
import { executeFields, type Selection } from './execute-fields.js';
import { type Complete, completeAt, type Position } from './position.js';
import { resolveInfo, type SelectedField } from './selected-field.js';

/** Returns the selection for objects of this type. */
export type SelectionOf = (type: GraphQLObjectType) => Selection;

/**
 * Completion of the values of a type (GraphQL specification, CompleteValue).
 *
 * @param field in whose value they are
 */
export function compileCompletion(type: GraphQLOutputType, field: SelectedField, selectionOf: SelectionOf): Complete {
  if (isNonNullType(type)) return nonNull(compileCompletion(type.ofType, field, selectionOf), field);
  const complete = nullable(type, field, selectionOf);
  return (value, path, run) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    return complete(value, path, run);
  };
}

function nullable(type: GraphQLOutputType, field: SelectedField, selectionOf: SelectionOf): Complete {
  if (isListType(type)) return list(type, field, selectionOf);
  if (isLeafType(type)) return leaf(type);
  if (isAbstractType(type)) return abstract(type, field, selectionOf);
  if (isObjectType(type)) return object(type, field, selectionOf(type));
  throw new TypeError(`${String(type)} is not a type of a field`);
}

function nonNull(complete: Complete, { parentType, definition }: SelectedField): Complete {
  return (value, path, run) => {
    const completed = complete(value, path, run);
    if (completed !== null) return completed;
    throw new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`);
  };
}

function leaf(type: GraphQLLeafType): Complete {
  return (value, _path, run) => {
    const serialized: unknown = type.serialize(value);
    if (typeof serialized === 'string') run.budget.left -= serialized.length;
    if (serialized !== null && serialized !== undefined) return serialized;
    throw new Error(`${type.name}.serialize returned ${serialized}.`);
  };
}

function list(type: GraphQLList<GraphQLOutputType>, field: SelectedField, selectionOf: SelectionOf): Complete {
  const item: Position = {
    nodes: field.nodes,
    isNullable: isNullableType(type.ofType),
    complete: compileCompletion(type.ofType, field, selectionOf),
  };
  return (value, path, run) => {
    if (!isIterable(value)) {
      const { parentType, definition } = field;
      throw new GraphQLError(
        `Expected Iterable, but did not find one for field "${parentType.name}.${definition.name}".`,
      );
    }
    let isPending = false;
    const items: unknown[] = [];
    try {
      for (const each of value) {
        if (run.budget.left < 0) throw run.budget.spent;
        // A comma or bracket.
        run.budget.left -= 1;
        const completed = completeAt(item, each, { prev: path, key: items.length, typename: undefined }, run);
        isPending ||= isPromise(completed);
        items.push(completed);
      }
    } catch (error) {
      // Their rejections would be unhandled and end the process.
      if (isPending) Promise.allSettled(items);
      throw error;
    }
    return isPending ? Promise.all(items) : items;
  };
}

function object(type: GraphQLObjectType, field: SelectedField, selection: Selection): Complete {
  if (!type.isTypeOf) return (value, path, run) => executeFields(selection, value, path, run);
  const checked = (is: boolean | undefined) => {
    if (!is) throw new GraphQLError(`Expected value of type "${type.name}".`, { nodes: field.nodes });
  };
  return (value, path, run) => {
    const answer = type.isTypeOf?.(value, run.context, resolveInfo(field, path, run));
    if (isPromise(answer)) {
      return answer.then((is) => {
        checked(is);
        return executeFields(selection, value, path, run);
      });
    }
    checked(answer);
    return executeFields(selection, value, path, run);
  };
}

function abstract(type: GraphQLAbstractType, field: SelectedField, selectionOf: SelectionOf): Complete {
  const { schema } = field.operation;
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const members = new Map<unknown, Complete>(
    schema.getPossibleTypes(type).map((member) => [member.name, object(member, field, selectionOf(member))]),
  );
  const memberNamed = (name: unknown) => {
    const complete = members.get(name);
    if (complete) return complete;
    const { parentType, definition } = field;
    throw new GraphQLError(
      `Abstract type "${type.name}" of field "${parentType.name}.${definition.name}" was not resolved to one of its types.`,
      { nodes: field.nodes },
    );
  };
  return (value, path, run) => {
    const name = resolveType(value, run.context, resolveInfo(field, path, run), type);
    if (isPromise(name)) return name.then((resolved) => memberNamed(resolved)(value, path, run));
    return memberNamed(name)(value, path, run);
  };
}
