import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { along, withReachable } from './reachable.js';
import type { ElementRequirement } from './requirement-table.js';

/** An argument that is protected, or through whose value a protected input field can be reached. */
export interface ProtectedArgument {
  readonly argument: GraphQLArgument;
  /** Requirement of the argument itself. Undefined when only something inside it is protected. */
  readonly requirement: ElementRequirement | undefined;
}

/**
 * Finds the protected arguments and input fields that a request uses. They are those present after coercion. Null counts
 * too.
 */
export interface ProtectedInputs {
  /** The arguments of a field that have to be looked at; empty for almost every field. */
  argumentsOf(fieldCoordinate: string): readonly ProtectedArgument[];
  /** Adds what the coerced value of an input of this type uses. An object is looked at once for each `seen`. */
  collectUsed(type: GraphQLInputType, value: unknown, used: Set<ElementRequirement>, seen?: Set<unknown>): void;
}

interface WatchedField {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly requirement: ElementRequirement | undefined;
}

/** Prepares the search once for each schema. A request then looks only where something protected can be. */
export function createProtectedInputs(
  schema: GraphQLSchema,
  inputs: ReadonlyMap<string, ElementRequirement>,
): ProtectedInputs {
  const watched = findWatchedTypes(schema, inputs);
  const watchedArguments = findWatchedArguments(schema, inputs, watched);
  return {
    argumentsOf: (fieldCoordinate) => watchedArguments.get(fieldCoordinate) ?? NONE,
    collectUsed: (type, value, used, seen = new Set()) => collectUsed(watched, { type, value }, used, seen),
  };
}

function collectUsed(
  watched: ReadonlyMap<string, readonly WatchedField[]>,
  input: { readonly type: GraphQLInputType; readonly value: unknown },
  used: Set<ElementRequirement>,
  seen: Set<unknown>,
): void {
  const pending = [input];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { type, value } = next;
    const fields = watched.get(getNamedType(type).name);
    if (fields === undefined || typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value)) for (const item of value) pending.push({ type, value: item });
    else for (const field of fields) visitField(field, value);
  }

  function visitField(field: WatchedField, value: object): void {
    const own = Object.getOwnPropertyDescriptor(value, field.name);
    if (own === undefined) return;
    if (field.requirement) used.add(field.requirement);
    pending.push({ type: field.type, value: own.value });
  }
}

const NONE: readonly ProtectedArgument[] = [];

function findWatchedArguments(
  schema: GraphQLSchema,
  inputs: ReadonlyMap<string, ElementRequirement>,
  watched: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, readonly ProtectedArgument[]> {
  const found = new Map<string, readonly ProtectedArgument[]>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const ofField = field.args
        .map((argument) => ({ argument, requirement: inputs.get(`${coordinate}(${argument.name}:)`) }))
        .filter(
          ({ argument, requirement }) => requirement !== undefined || watched.has(getNamedType(argument.type).name),
        );
      if (ofField.length > 0) found.set(coordinate, ofField);
    }
  }
  return found;
}

/** Finds the input types with a protected field in them at any depth. Each comes with the fields that lead to one. */
function findWatchedTypes(
  schema: GraphQLSchema,
  inputs: ReadonlyMap<string, ElementRequirement>,
): ReadonlyMap<string, readonly WatchedField[]> {
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const fields = types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
  const protectedFields = fields.filter(({ type, field }) => inputs.has(`${type.name}.${field.name}`));
  const watchedNames = withReachable(
    protectedFields.map(({ type }) => type.name),
    along(fields.map(({ type, field }) => [getNamedType(field.type).name, type.name] as const)),
  );
  return new Map(
    types
      .filter((type) => watchedNames.has(type.name))
      .map((type) => [
        type.name,
        Object.values(type.getFields())
          .map(({ name, type: inner }) => ({ name, type: inner, requirement: inputs.get(`${type.name}.${name}`) }))
          .filter(
            ({ type: inner, requirement }) => requirement !== undefined || watchedNames.has(getNamedType(inner).name),
          ),
      ]),
  );
}
