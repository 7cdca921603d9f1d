import {
  type ASTNode,
  buildASTSchema,
  concatAST,
  type DocumentNode,
  type GraphQLError,
  getLocation,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type Location,
  visit,
} from 'graphql';
// No export of graphql's; what it throws itself for these problems is their texts alone, without a place.
import { validateSDL } from 'graphql/validation/validate.js';
import { compileRequirements } from '../../authorization/rules/compile-requirements.js';
import { RequirementError } from '../../authorization/rules/requirement-error.js';

/** The schema's files make no schema. `message` has a line for each problem: file, line, coordinate, what is wrong. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Where a syntax error is, and what: `file:line: text`. */
export function describeSyntaxError({ source, locations, message }: GraphQLError): string {
  return `${source?.name}:${locations?.[0]?.line}: ${message}`;
}

/**
 * Builds a schema from parsed files. If graphql-js refuses them, every problem is told with its place, and beside them what
 * is wrong with the rules, as far as that can be seen yet: who mends the one should not meet the other afterwards.
 *
 * @throws SchemaError, or what `build` throws for another reason
 */
export function buildFromFiles<Schema>(documents: readonly DocumentNode[], build: () => Schema): Schema {
  try {
    return build();
  } catch (error) {
    const told = error instanceof Error ? error.message.split('\n\n') : [];
    const whole = concatAST(documents);
    // Of what is wrong with the files as they are, some is not: types that several files define are merged.
    const problems = validateSDL(whole).filter(({ message }) => told.includes(message));
    if (problems.length === 0) throw error;
    const described = problems.map((problem) => describeProblem(whole, problem));
    throw new SchemaError([...described, ...otherProblems(whole, described)]);
  }
}

/** What is wrong with the rules, except where something was said already. */
function otherProblems(document: DocumentNode, described: readonly string[]): readonly string[] {
  try {
    compileRequirements(buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }));
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) return [];
    return error.message.split('\n').filter((line) => !described.some((known) => placeOf(known) === placeOf(line)));
  }
}

function placeOf(problem: string): string | undefined {
  return problem.split(': ')[0];
}

function describeProblem(document: DocumentNode, { nodes, message }: GraphQLError): string {
  const at = nodes?.[0]?.loc;
  if (!at) return message;
  const { line } = getLocation(at.source, at.start);
  return `${at.source.name}:${line} ${coordinateAt(document, at)}: ${message}`;
}

/** Coordinate of the innermost schema element at a place. */
function coordinateAt(document: DocumentNode, { source, start, end }: Location): string {
  let coordinate = '';
  visit(document, {
    enter(node) {
      if (node.kind === Kind.DOCUMENT) return undefined;
      const isThere = node.loc?.source === source && node.loc.start <= start && end <= node.loc.end;
      if (!isThere) return false;
      coordinate = coordinateOf(node, coordinate);
      return undefined;
    },
  });
  return coordinate;
}

function coordinateOf(node: ASTNode, outer: string): string {
  if (isTypeDefinitionNode(node) || isTypeExtensionNode(node)) return node.name.value;
  if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) return 'schema';
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return `@${node.name.value}`;
  if (node.kind === Kind.FIELD_DEFINITION || node.kind === Kind.ENUM_VALUE_DEFINITION)
    return `${outer}.${node.name.value}`;
  if (node.kind !== Kind.INPUT_VALUE_DEFINITION) return outer;
  const isArgument = outer.startsWith('@') || outer.includes('.');
  return isArgument ? `${outer}(${node.name.value}:)` : `${outer}.${node.name.value}`;
}
