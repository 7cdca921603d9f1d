import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isIterable } from '../../values/is-object.js';
import { isPromise } from '../../values/is-promise.js';
import { along, withReachable } from '../requirements/reachable.js';
import { toHandledPromise } from './handled-promise.js';

/**
 * Finds the types whose objects can become errors as a whole because of a denial. They have a guarded non-null field,
 * policies of their own, or a non-null field of such a type.
 *
 * @param isGuarded of a coordinate of an object type's field
 * @param judged names of the types with policies
 */
export function findTypesThatMayFail(
  schema: GraphQLSchema,
  isGuarded: (coordinate: string) => boolean,
  judged: Iterable<string> = [],
): ReadonlySet<string> {
  const fields = requiredFields(schema);
  const guarded = fields.filter(({ parent, name }) => isGuarded(`${parent.name}.${name}`));
  return withReachable([...judged, ...guarded.map(({ parent }) => parent.name)], along(holdersOf(fields, schema)));
}

/** Lists types with those that become errors with an object of them. An abstract type stands for the objects of its types. */
function holdersOf(fields: ReturnType<typeof requiredFields>, schema: GraphQLSchema) {
  const abstractTypes = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return [
    ...fields
      .filter(({ type }) => passesErrorsOn(type))
      .map(({ parent, type }) => [getNamedType(type).name, parent.name] as const),
    ...abstractTypes.flatMap((type) => schema.getPossibleTypes(type).map(({ name }) => [name, type.name] as const)),
  ];
}

/** Fields of object types that must not be null. */
function requiredFields(schema: GraphQLSchema) {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((parent) => Object.values(parent.getFields()).map(({ name, type }) => ({ parent, name, type })))
    .filter(({ parent, type }) => isNonNullType(type) && !parent.name.startsWith('__'));
}

/**
 * Returns how many lists of a field's type can be ended by one of their items. An item can end its list if it must not be
 * null and may fail. The result is all of them or none.
 */
export function countFragileLists(type: GraphQLOutputType, mayFail: ReadonlySet<string>): number {
  return hasRequiredItems(type) && mayFail.has(getNamedType(type).name) ? listDepth(type) : 0;
}

/**
 * Turns the promises in a resolver's answer, also those in lists, into handled ones. graphql-js stops a list at the first
 * item that throws and forgets the promises of the items before it. An item that is a promise never throws.
 *
 * @param depth number of lists within each other whose items are to be promises
 * @param isNeeded tells whether a denial may end a list in this operation: the promises take time
 */
export function withHandledAnswer<TContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  depth: number,
  isNeeded: (context: TContext, info: GraphQLResolveInfo) => boolean,
): GraphQLFieldResolver<unknown, TContext> {
  return (parent, args, context, info) => {
    const answer = resolve(parent, args, context, info);
    if (depth === 0 && !isPromise(answer)) return answer;
    return isNeeded(context, info) ? handleAnswer(answer, depth) : answer;
  };
}

/**
 * Turns the items of lists into handled promises, down to this depth. Without the depth, an object of the schema that can
 * be iterated would be taken for a list.
 */
function handleAnswer(result: unknown, depth: number): unknown {
  if (isPromise(result)) return toHandledPromise(result.then((known) => handleAnswer(known, depth)));
  // graphql-js reports a value that is not a list.
  if (depth === 0 || !isIterable(result)) return result;
  return Array.from(result, (item) => toHandledPromise(handleAnswer(item, depth - 1)));
}

function listDepth(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listDepth(type.ofType);
  return isListType(type) ? 1 + listDepth(type.ofType) : 0;
}

/** Returns whether an error in the innermost value makes the whole value an error. */
function passesErrorsOn(type: GraphQLOutputType): boolean {
  if (!isNonNullType(type)) return false;
  return isListType(type.ofType) ? passesErrorsOn(type.ofType.ofType) : true;
}

function hasRequiredItems(type: GraphQLOutputType): boolean {
  if (isNonNullType(type)) return hasRequiredItems(type.ofType);
  return isListType(type) && (isNonNullType(type.ofType) || hasRequiredItems(type.ofType));
}
