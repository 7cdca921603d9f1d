import {
  type ASTNode,
  concatAST,
  type DocumentNode,
  type GraphQLError,
  isSchema,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type Location,
  parse,
  validateSchema,
  visit,
} from 'graphql';
// graphql does not export it. The errors that graphql throws for these problems have only texts, without a place.
import { validateSDL } from 'graphql/validation/validate.js';
import { readRequirements } from '../../authorization/rules/compile-requirements.js';
import { suggestDirective } from '../../authorization/rules/directive-names.js';
import {
  describeProblem as describeRuleProblem,
  locationOf,
  RequirementError,
  type RequirementProblem,
} from '../../authorization/rules/requirement-error.js';
import { findDoubledInText } from '../../authorization/rules/written-rules.js';
import { buildDespiteProblems } from './schema-despite-problems.js';

/** The schema's files do not form a schema. `message` has a line for each problem with file, line and coordinate. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}

/** Describes a syntax error as `file:line: text`. */
export function describeSyntaxError({ source, locations, message }: GraphQLError): string {
  return `${source?.name}:${locations?.[0]?.line}: ${message}`;
}

/**
 * Builds a schema from parsed files. If they do not form one, or form one that GraphQL does not allow, the error has every
 * problem with its place. It includes the problems of the rules, so that one correction does not lead to the next error.
 *
 * @param policies names of the policies that exist; undefined accepts any
 * @throws SchemaError. RequirementError if only rules are wrong. Other errors of `build` as they are
 */
export function buildFromFiles<Schema>(
  documents: readonly DocumentNode[],
  build: () => Schema,
  policies?: Iterable<string>,
): Schema {
  const schema = buildOrExplain(documents, build, policies);
  const invalid = isSchema(schema) ? validateSchema(schema) : [];
  if (invalid.length === 0) return schema;
  const { described, ofRules } = findProblems(documents, invalid, policies);
  throw new SchemaError([...described, ...ofRules.map(describeRuleProblem)]);
}

function buildOrExplain<Schema>(
  documents: readonly DocumentNode[],
  build: () => Schema,
  policies: Iterable<string> | undefined,
): Schema {
  try {
    return build();
  } catch (error) {
    const messages = error instanceof Error ? error.message.split('\n\n') : [];
    // Types that several files define are merged, so only some problems of the single files count.
    const ofText = validateSDL(concatAST(documents)).filter(({ message }) => messages.includes(message));
    const { described, ofRules } = findProblems(documents, ofText, policies);
    const all = [...described, ...ofRules.map(describeRuleProblem)];
    if (ofText.length > 0) throw new SchemaError(all);
    // graphql-tools fails to merge some pairs of rules, and its error says nothing of them.
    if (findDoubledInText([...documents]).length > 0) throw new RequirementError(ofRules);
    if (all.length === 0 || !isPlainError(error)) throw error;
    throw new SchemaError([error.message, ...all], { cause: error });
  }
}

/** Returns whether an error may be graphql-tools' own. An error of another class, such as a TypeError, is a fault in code. */
function isPlainError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'Error';
}

interface Problems {
  /** Problems of the schema, those that were found already first. */
  readonly described: readonly string[];
  /** Problems of the rules, without uses of directives that were described already. */
  readonly ofRules: readonly RequirementProblem[];
}

/** Finds everything else that is wrong with files from which no valid schema can be built. */
function findProblems(
  documents: readonly DocumentNode[],
  found: readonly GraphQLError[],
  policies: Iterable<string> | undefined,
): Problems {
  // Merging changes nodes in place, and the schema that could not be built was merged.
  const fresh = documents.map((document) => (document.loc ? parse(document.loc.source) : document));
  const whole = concatAST(fresh);
  const { schema, isPartial } = buildDespiteProblems(whole);
  // A type that stands in for a missing one would only cause further problems.
  const invalid = isPartial ? [] : validateSchema(schema);
  const described = new Set([...found, ...invalid].map((problem) => describeProblem(whole, problem)));
  const places = [...described].filter((line) => line.includes('"@')).map(placeOf);
  const { problems } = readRequirements(schema, policies, fresh, { isPartial });
  const isNew = (problem: RequirementProblem) => !places.includes(placeOf(describeRuleProblem(problem)));
  return { described: [...described], ofRules: problems.filter(isNew) };
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
