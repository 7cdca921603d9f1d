import { type ConstDirectiveNode, type GraphQLSchema, Kind } from 'graphql';
import { doubledRule, locationOf, RequirementError, type RequirementProblem } from '../rules/requirement-error.js';
import { listElements, type RuledElement } from '../rules/ruled-elements.js';
import { readExtensions } from '../rules/rules-in-extensions.js';

/** Reasons of `@audited` by coordinate of the field. */
export type AuditedFields = ReadonlyMap<string, string>;

/**
 * Reads which fields have `@audited`, from the text of the schema and from `extensions.directives`.
 *
 * @throws RequirementError with every use that would record nothing or does not say why
 */
export function readAuditedFields(schema: GraphQLSchema): AuditedFields {
  const elements = listElements(schema);
  const uses = elements.flatMap(usesOn);
  const problems = [...elements.flatMap(unreadableOn), ...uses.flatMap(problemOf)];
  if (problems.length > 0) throw new RequirementError(problems);
  return new Map(uses.map(({ element, nodes: [node] }) => [element.coordinate, String(reasonOf(node))]));
}

interface Use {
  readonly element: RuledElement;
  readonly nodes: readonly [ConstDirectiveNode, ...ConstDirectiveNode[]];
}

function usesOn(element: RuledElement): readonly Use[] {
  const [first, ...others] = directivesOn(element);
  return first ? [{ element, nodes: [first, ...others] }] : [];
}

function problemOf({ element: { coordinate, kind }, nodes }: Use): RequirementProblem[] {
  const [node, ...others] = nodes;
  if (others.length > 0) return [doubledRule(coordinate, nodes, 'audited')];
  const message = kind !== 'field' ? ELSEWHERE : reasonOf(node) === undefined && MISSING_REASON;
  return message ? [{ coordinate, message, location: locationOf(node) }] : [];
}

const ELSEWHERE =
  '@audited records nothing here: put it on a field of an object type, for an interface on that of each type that implements it';
const MISSING_REASON = '@audited needs the argument "reason", a text that is not empty';

function directivesOn({ nodes, extensions }: RuledElement): readonly ConstDirectiveNode[] {
  const isAudited = ({ name }: ConstDirectiveNode) => name.value === 'audited';
  const inText = nodes.flatMap((node) => node?.directives ?? []).filter(isAudited);
  const read = readExtensions(extensions, (name) => name === 'audited');
  if (inText.length > 0 || 'problem' in read) return inText;
  return read.directives.filter(isAudited);
}

/** Finds uses of `@audited` that cannot be read. Nothing would be recorded for them. */
function unreadableOn({ coordinate, extensions }: RuledElement): readonly RequirementProblem[] {
  const read = readExtensions(extensions, (name) => name === 'audited');
  return 'problem' in read ? [{ coordinate, message: read.problem, location: undefined }] : [];
}

function reasonOf({ arguments: given = [] }: ConstDirectiveNode): string | undefined {
  const value = given.find(({ name }) => name.value === 'reason')?.value;
  return value?.kind === Kind.STRING && value.value.trim() !== '' ? value.value : undefined;
}
