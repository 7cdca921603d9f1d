import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  type ASTNode,
  concatAST,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLError,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type Location,
  parse,
  specifiedScalarTypes,
  visit,
} from 'graphql';
// No export of graphql's; what it throws itself for these problems is their texts alone, without a place.
import { validateSDL } from 'graphql/validation/validate.js';
import { compileRequirements } from '../../authorization/rules/compile-requirements.js';
import { suggestDirective } from '../../authorization/rules/directive-names.js';
import { locationOf, RequirementError } from '../../authorization/rules/requirement-error.js';
import { findDoubledInText } from '../../authorization/rules/written-rules.js';

/** The schema's files do not form a schema. `message` has a line for each problem with file, line and coordinate. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Describes a syntax error as `file:line: text`. */
export function describeSyntaxError({ source, locations, message }: GraphQLError): string {
  return `${source?.name}:${locations?.[0]?.line}: ${message}`;
}

/**
 * Builds a schema from parsed files. If graphql-js refuses them, the error has every problem with its place. It includes
 * problems of the rules as far as they can be found yet, so that one correction does not lead to the next error.
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
    if (problems.length === 0) {
      const doubled = findDoubledInText([...documents]);
      if (doubled.length > 0) throw new RequirementError(doubled);
      throw error;
    }
    const described = problems.map((problem) => describeProblem(whole, problem));
    throw new SchemaError([...described, ...otherProblems(documents, described)]);
  }
}

/**
 * Returns what is wrong with the rules, except for uses of directives that were reported already. Types that are missing
 * are taken for scalars, so that they do not hide the rest.
 */
function otherProblems(documents: readonly DocumentNode[], described: readonly string[]): readonly string[] {
  // Merging changes nodes in place, and the schema that could not be built was merged.
  const fresh = documents.map((document) => (document.loc ? parse(document.loc.source) : document));
  const typeDefs = [...fresh, missingTypesOf(concatAST(fresh))];
  try {
    const schema = makeExecutableSchema({ typeDefs, assumeValid: true, assumeValidSDL: true });
    compileRequirements(schema, undefined, typeDefs);
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) return [];
    const told = described.filter((line) => line.includes('"@')).map(placeOf);
    return error.message.split('\n').filter((line) => !told.includes(placeOf(line)));
  }
}

function missingTypesOf(whole: DocumentNode): DocumentNode {
  const known = new Set(specifiedScalarTypes.map(({ name }) => name));
  const used = new Set<string>();
  visit(whole, {
    enter(node) {
      if (isTypeDefinitionNode(node)) known.add(node.name.value);
      if (node.kind === Kind.NAMED_TYPE) used.add(node.name.value);
    },
  });
  const missing = [...used].filter((name) => !known.has(name));
  const definitions = missing.map((value): DefinitionNode => {
    return { kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } };
  });
  return { kind: Kind.DOCUMENT, definitions };
}

function placeOf(problem: string): string | undefined {
  return problem.split(': ')[0];
}

function describeProblem(document: DocumentNode, { nodes, message }: GraphQLError): string {
  const at = nodes?.[0]?.loc;
  if (!at) return message;
  const text = `${message}${suggestionFor(message)}${otherPlaceOf(message, nodes)}`;
  return `${locationOf(nodes[0])} ${coordinateAt(document, at)}: ${text}`;
}

/** graphql-js suggests names of types and fields, and none of directives. */
function suggestionFor(message: string): string {
  const [, unknown] = /^Unknown directive "@(\w+)"\.$/.exec(message) ?? [];
  const meant = unknown && suggestDirective(unknown);
  return meant ? ` Did you mean "@${meant}"?` : '';
}

function otherPlaceOf(message: string, nodes: readonly ASTNode[]): string {
  return message.includes('can only be used once') ? ` The other use is at ${locationOf(nodes[1])}.` : '';
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
