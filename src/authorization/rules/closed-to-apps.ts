import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { StaticRequirement } from '../requirements/requirement.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import type { Contribution } from './read-directives.js';

/** The elements that together decide on a field, by what they are to it. */
export interface FieldContributions {
  readonly parentType: Contribution | undefined;
  readonly returnType: Contribution | undefined;
}

/** What a search for required inputs looks things up in. */
interface Tables {
  readonly requirements: readonly StaticRequirement[];
  readonly inputs: ReadonlyMap<string, ElementRequirement>;
}

/**
 * Returns what closes a field to applications although `@allowsApps` stands on it, in words; undefined when the field is
 * open to them. An application cannot leave out what the field requires, so a required input counts too.
 */
export function findWhatClosesToApps(
  typeName: string,
  field: GraphQLField<unknown, unknown>,
  { parentType, returnType }: FieldContributions,
  tables: Tables,
): string | undefined {
  if (parentType?.app === 'never') return `its type ${typeName}`;
  if (returnType?.app === 'never') return `its return type ${getNamedType(field.type).name}`;
  const closed = field.args
    .filter(isRequiredArgument)
    .map((argument) => findClosedInput(`${typeName}.${field.name}(${argument.name}:)`, argument, tables, new Set()))
    .find((coordinate) => coordinate !== undefined);
  return closed && `its required input ${closed}`;
}

function findClosedInput(
  coordinate: string,
  input: GraphQLArgument | GraphQLInputField,
  tables: Tables,
  seen: Set<GraphQLInputType>,
): string | undefined {
  const element = tables.inputs.get(coordinate);
  if (element && tables.requirements[element.requirement]?.app === 'never') return coordinate;
  const type = getNamedType(input.type);
  if (!isInputObjectType(type) || seen.has(type)) return undefined;
  seen.add(type);
  return Object.values(type.getFields())
    .filter(isRequiredInputField)
    .map((field) => findClosedInput(`${type.name}.${field.name}`, field, tables, seen))
    .find((found) => found !== undefined);
}
