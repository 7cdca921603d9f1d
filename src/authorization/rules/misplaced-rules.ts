import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { type DirectiveReading, type RuledElement, readContribution } from './read-directives.js';
import type { RequirementProblem } from './requirement-error.js';

/**
 * Rules where nothing would read them: on the schema itself, interfaces and their fields, unions, input object types,
 * enum values and arguments of directives. Whoever wrote one believes that something is protected, so the server does not start.
 */
export function findMisplacedRules(schema: GraphQLSchema, reading: DirectiveReading): readonly RequirementProblem[] {
  const problems: RequirementProblem[] = [];
  for (const element of placesWithoutRules(schema)) readContribution(element, { ...reading, problems });
  return problems;
}

function placesWithoutRules(schema: GraphQLSchema): readonly RuledElement[] {
  const own: RuledElement = {
    coordinate: 'schema',
    kind: 'nowhere',
    nodes: [schema.astNode, ...schema.extensionASTNodes],
  };
  const inDirectives = schema
    .getDirectives()
    .flatMap(({ name, args }) => args.map((argument) => place(`@${name}(${argument.name}:)`, argument.astNode)));
  return [own, ...inDirectives, ...Object.values(schema.getTypeMap()).flatMap(placesInType)];
}

function placesInType(type: GraphQLNamedType): readonly RuledElement[] {
  if (isObjectType(type) || isScalarType(type)) return [];
  if (isEnumType(type)) return type.getValues().map((value) => place(`${type.name}.${value.name}`, value.astNode));
  const own: RuledElement = {
    coordinate: type.name,
    kind: 'nowhere',
    nodes: [type.astNode, ...type.extensionASTNodes],
  };
  if (isInputObjectType(type) || !isInterfaceType(type)) return [own];
  const inside = Object.values(type.getFields()).flatMap((field) => [
    place(`${type.name}.${field.name}`, field.astNode),
    ...field.args.map((argument) => place(`${type.name}.${field.name}(${argument.name}:)`, argument.astNode)),
  ]);
  return [own, ...inside];
}

function place(coordinate: string, node: RuledElement['nodes'][number]): RuledElement {
  return { coordinate, kind: 'nowhere', nodes: [node] };
}
