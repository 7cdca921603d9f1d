import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { createProtectedInputs, type ProtectedInputs } from '../requirements/protected-inputs.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';

/**
 * Finds default values that set a protected argument or input field. If they counted as use, callers without the permission
 * would be refused although they did not send it. If they did not count, these callers would get what they may not ask for.
 */
export function findProtectedDefaults(
  schema: GraphQLSchema,
  inputs: ReadonlyMap<string, ElementRequirement>,
): readonly RequirementProblem[] {
  const protectedInputs = createProtectedInputs(schema, inputs);
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).flatMap((field) => check(`${type.name}.${field.name}`, field));
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((argument) => check(`${type.name}.${field.name}(${argument.name}:)`, argument)),
    );
  });

  function check(coordinate: string, input: GraphQLArgument | GraphQLInputField): readonly RequirementProblem[] {
    if (input.defaultValue === undefined) return [];
    const location = locationOf(input.astNode);
    const own = inputs.has(coordinate)
      ? [{ coordinate, message: 'is protected and must not have a default value', location }]
      : [];
    const inside = usedInside(protectedInputs, input).map((used) => ({
      coordinate,
      message: `its default value sets ${used}, which is protected`,
      location,
    }));
    return [...own, ...inside];
  }
}

function usedInside(protectedInputs: ProtectedInputs, input: GraphQLArgument | GraphQLInputField): readonly string[] {
  const used = new Set<ElementRequirement>();
  protectedInputs.collectUsed(input.type, input.defaultValue, used);
  return [...used].map(({ coordinate }) => coordinate);
}
