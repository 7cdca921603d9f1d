import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
} from 'graphql';
import { doubledRule, locationOf, RequirementError, type RequirementProblem } from '../rules/requirement-error.js';
import { readExtensions } from '../rules/rules-in-extensions.js';

/** Reasons of `@audited` by coordinate of the field. */
export type AuditedFields = ReadonlyMap<string, string>;

/**
 * Reads which fields have `@audited`, from the text of the schema and from `extensions.directives`.
 *
 * @throws RequirementError with every use that would record nothing or does not say why
 */
export function readAuditedFields(schema: GraphQLSchema): AuditedFields {
  const uses = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? usesIn(type) : [],
  );
  const problems = uses.flatMap(problemOf);
  if (problems.length > 0) throw new RequirementError(problems);
  return new Map(uses.map(({ coordinate, nodes: [node] }) => [coordinate, String(reasonOf(node))]));
}

/** A field with the directive. */
interface Use {
  readonly coordinate: string;
  readonly isOnInterface: boolean;
  readonly nodes: readonly [ConstDirectiveNode, ...ConstDirectiveNode[]];
}

function usesIn(type: GraphQLObjectType | GraphQLInterfaceType): Use[] {
  return Object.values(type.getFields()).flatMap((field) => {
    const [first, ...others] = directivesOn(field);
    const coordinate = `${type.name}.${field.name}`;
    return first ? [{ coordinate, isOnInterface: isInterfaceType(type), nodes: [first, ...others] as const }] : [];
  });
}

function problemOf({ coordinate, isOnInterface, nodes }: Use): RequirementProblem[] {
  const [node, ...others] = nodes;
  if (others.length > 0) return [doubledRule(coordinate, nodes, 'audited')];
  const message = isOnInterface ? ON_INTERFACE : reasonOf(node) === undefined && WITHOUT_REASON;
  return message ? [{ coordinate, message, location: locationOf(node) }] : [];
}

const ON_INTERFACE =
  '@audited on a field of an interface records nothing: put it on the field of each type that implements it';
const WITHOUT_REASON = '@audited needs the argument "reason", a text that is not empty';

function directivesOn(field: GraphQLField<unknown, unknown>): readonly ConstDirectiveNode[] {
  const inText = (field.astNode?.directives ?? []).filter(({ name }) => name.value === 'audited');
  if (inText.length > 0) return inText;
  const extensions = readExtensions(field.extensions, (name) => name === 'audited');
  return 'directives' in extensions ? extensions.directives.filter(({ name }) => name.value === 'audited') : [];
}

function reasonOf({ arguments: given = [] }: ConstDirectiveNode): string | undefined {
  const value = given.find(({ name }) => name.value === 'reason')?.value;
  return value?.kind === Kind.STRING && value.value.trim() !== '' ? value.value : undefined;
}
