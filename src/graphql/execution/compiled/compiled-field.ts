import {
  defaultFieldResolver,
  GraphQLBoolean,
  GraphQLID,
  type GraphQLLeafType,
  GraphQLString,
  getArgumentValues,
  getNullableType,
  isLeafType,
  type ResponsePath,
} from 'graphql';
import type { DeniedField } from '../../../authorization/operations/denied-fields.js';
import { isObject } from '../../../values/is-object.js';
import { isPromise } from '../../../values/is-promise.js';
import { hasLeft } from '../answer-budget.js';
import { completeAt, failAt, type Position } from './position.js';
import type { Run } from './run.js';
import { resolveInfo, type SelectedField } from './selected-field.js';

/** Gives a field of the response for the object it is asked of, or a promise of it. */
export interface CompiledField {
  /** Under which it is in the response. */
  readonly key: string;
  /** Its name in the schema with that of its type. */
  readonly coordinate: string;
  /** @param path of the object */
  execute(source: unknown, path: ResponsePath | undefined, run: Run): unknown;
  /** Puts the error of the field in its place and does not resolve it. */
  deny(denied: DeniedField, path: ResponsePath | undefined, run: Run): null;
}

/** @param position of the field, with the completion of its type */
export function compileField(field: SelectedField, position: Position): CompiledField {
  const { key, parentType, definition } = field;
  const coordinate = `${parentType.name}.${definition.name}`;
  const deny: CompiledField['deny'] = (denied, parentPath, run) => {
    const path = pathOf(field, parentPath);
    try {
      // graphql-js reads the arguments before it calls the guard, and they can be wrong.
      if (definition.args.length > 0) getArgumentValues(definition, field.nodes[0], run.variables);
    } catch (error) {
      return failAt(position, error, path, run);
    }
    const error = denied.errorAt({ nodes: field.nodes, path, context: run.context });
    run.failures.addBelow(parentPath, error);
    return null;
  };
  return { key, coordinate, execute: compileExecution(field, position), deny };
}

function compileExecution(field: SelectedField, position: Position): CompiledField['execute'] {
  const { definition } = field;
  const { resolve = defaultFieldResolver } = definition;
  if (resolve !== defaultFieldResolver) return resolved(field, position, resolve);
  const type = getNullableType(definition.type);
  // Arguments can be wrong even where no resolver reads them.
  const takesNone = definition.args.length === 0;
  return takesNone && isLeafType(type) ? leafProperty(field, position, type) : resolved(field, position, resolve);
}

type Resolve = typeof defaultFieldResolver;

function resolved(field: SelectedField, position: Position, resolve: Resolve): CompiledField['execute'] {
  return (source, parentPath, run) => {
    const path = pathOf(field, parentPath);
    let value: unknown;
    try {
      value = callResolver(resolve, source, { field, path, run });
    } catch (error) {
      return failAt(position, error, path, run);
    }
    return completeAt(position, value, path, run);
  };
}

/**
 * Most fields of most responses: a string, number or boolean that lies in a property. It needs neither path nor `info`
 * unless something is wrong with it.
 */
function leafProperty(field: SelectedField, position: Position, type: GraphQLLeafType): CompiledField['execute'] {
  const { name } = field.definition;
  const serialize = serializerOf(type);
  return (source, parentPath, run) => {
    let value: unknown;
    try {
      value = hasProperties(source) ? source[name] : undefined;
      if (position.isNullable && (value === null || value === undefined)) return null;
      const serialized = serialize(value);
      if (typeof serialized === 'string') run.budget.left -= serialized.length;
      if (serialized !== undefined) return serialized;
      if (typeof value === 'function') {
        value = callResolver(defaultFieldResolver, source, { field, path: pathOf(field, parentPath), run });
      }
    } catch (error) {
      return failAt(position, error, pathOf(field, parentPath), run);
    }
    return completeAt(position, value, pathOf(field, parentPath), run);
  };
}

/**
 * Returns a function that serializes primitive values. It returns undefined for any other value and for one that needs more
 * care.
 */
function serializerOf(type: GraphQLLeafType): (value: unknown) => unknown {
  const unchanged = SERIALIZED_UNCHANGED.get(type);
  return (value) => {
    if (typeof value === unchanged) return value;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    const serialized: unknown = type.serialize(value);
    return serialized === null || isPromise(serialized) ? undefined : serialized;
  };
}

/** `typeof` of the values that come out of `serialize` as they went in. */
const SERIALIZED_UNCHANGED: ReadonlyMap<GraphQLLeafType, string> = new Map<GraphQLLeafType, string>([
  [GraphQLString, 'string'],
  [GraphQLID, 'string'],
  [GraphQLBoolean, 'boolean'],
]);

function callResolver(
  resolve: Resolve,
  source: unknown,
  { field, path, run }: { readonly field: SelectedField; readonly path: ResponsePath; readonly run: Run },
): unknown {
  if (!hasLeft(run.budget, run.context)) throw run.budget.spent;
  const { definition, nodes } = field;
  const values = definition.args.length > 0 ? getArgumentValues(definition, nodes[0], run.variables) : {};
  return resolve(source, values, run.context, resolveInfo(field, path, run));
}

function pathOf({ key, parentType }: SelectedField, parentPath: ResponsePath | undefined): ResponsePath {
  return { prev: parentPath, key, typename: parentType.name };
}

function hasProperties(source: unknown): source is Readonly<Record<string, unknown>> {
  return isObject(source) || typeof source === 'function';
}
