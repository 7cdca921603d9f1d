import { type ASTNode, BREAK, type GraphQLSchema, Kind, parse, print, type Source, visit } from 'graphql';
import type { AppliedRule } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';
import { hasAlternatives } from './rule-names.js';
import type { RuledElement } from './ruled-elements.js';

export interface KnownTexts {
  /** The definitions were given as they were before anything merged them. */
  readonly hasTypeDefs: boolean;
  /** Whether a text has this rule, for this element or at the place that the rule was parsed from. */
  isVouchedFor(rule: RuleOfElement): boolean;
}

export interface RuleOfElement extends AppliedRule {
  readonly element: RuledElement;
}

/** Returns the problem of a rule that could be two which were merged; none for every other rule. */
export type Traceability = (rule: AppliedRule & { readonly element: RuledElement }) => readonly RequirementProblem[];

/**
 * Makes the check that asks for `typeDefs` where the schema alone cannot tell one rule from two that were merged. That is so
 * for a rule without a location in a text, as in schemas that a tool created, and for texts that a program printed.
 *
 * A merge by graphql-tools leaves several alternatives, unless it replaces a single name by another. So a rule with one
 * alternative needs no text if nothing shows that a tool merged its type or created the directive again.
 */
export function createTraceability(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
  { hasTypeDefs, isVouchedFor }: KnownTexts,
): Traceability {
  const mergedTypes = new Set(elements.filter(isMergedType).map(({ typeName }) => typeName));
  const isMadeAnew = isFederated(schema);
  const isFromStitching = isStitched(schema);
  const isFromTool = createToolCheck();
  return (rule) => {
    const reason = isFromTool(rule.node) ? PRINTED : UNTRACEABLE;
    const message = hasTypeDefs ? MISSING_IN_TYPE_DEFS : `${reason} ${ADVICE}`;
    if (!rule.isFromText && !isFromStitching) return [];
    if (hasTypeDefs ? isVouchedFor(rule) : !mayHideMerge(rule)) return [];
    const { element, node } = rule;
    return [{ coordinate: element.coordinate, message: `@${node.name.value} ${message}`, location: locationOf(node) }];
  };

  function mayHideMerge(rule: RuleOfElement): boolean {
    const { element, node, isMirrored } = rule;
    // A rule without arguments means the same if it was written twice.
    if (!node.arguments?.length) return false;
    if (isFromTool(node)) return true;
    const isMerged = mergedTypes.has(element.typeName);
    // Code-first tools make nodes of their own, which say what the extensions say.
    if (isMirrored && !isMerged) return false;
    if (isVouchedFor(rule) && isLocated(node)) return false;
    return isMadeAnew || isMerged || hasAlternatives(node) || isMadeByTool(node);
  }
}

const ADVICE =
  'pass to createAuthorization as "typeDefs" the definitions as they were written, before a tool put them together';
const UNTRACEABLE = 'was not found in a text as it was written, so two rules that were merged would look like one:';
const PRINTED =
  'stands in a text with a schema definition or the layout of a printer, as tools write it, so two rules that were merged would look like one. A text written by hand can be given as it is:';
const MISSING_IN_TYPE_DEFS =
  'is not in "typeDefs" for this element: pass all definitions that the schema was built from';

/** Returns whether `buildSubgraphSchema` built the schema. It creates all nodes again, without locations. */
function isFederated(schema: GraphQLSchema): boolean {
  return schema.getQueryType()?.getFields()._service !== undefined;
}

/**
 * Returns the problem of a schema that was stitched while no `typeDefs` are given. If two schemas have the same type or
 * field, stitching keeps the directives of one of them, also those in `extensions`. Nothing in the result shows that it did.
 */
export function findStitching(schema: GraphQLSchema): readonly RequirementProblem[] {
  return isStitched(schema) ? [{ coordinate: 'schema', message: STITCHED, location: undefined }] : [];
}

const STITCHED = `was stitched, which keeps one of two rules for an element: ${ADVICE}. For a schema that was made in code they are what printSchemaWithDirectives of @graphql-tools/utils prints, before the schema is stitched`;

/**
 * Finds arguments that may have lost their rules. Where several definitions have a field, graphql-tools keeps one argument of
 * each name, and nothing of the others. Then the argument is not within its field. Where a tool wrote the text or created the
 * nodes, that cannot be seen, so the first argument of each such type is returned.
 */
export function findReplacedArguments(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
): readonly RequirementProblem[] {
  const nodes = new Map(elements.map((element) => [element.coordinate, element.nodes[0]]));
  const isFromTool = createToolCheck();
  const isMadeAnew = isFederated(schema);
  const unclear = new Set<string>();
  // Federation's own field, which has no other definition.
  const ofEntities = `${schema.getQueryType()?.name}._entities(`;
  const given = elements.filter(({ coordinate }) => coordinate.endsWith(':)') && !coordinate.startsWith(ofEntities));
  return given.flatMap(({ coordinate, typeName }) => {
    const own = nodes.get(coordinate);
    const field = nodes.get(coordinate.replace(/\(.*/, ''));
    if (!own || !field) return [];
    if ((own.loc || field.loc) && !isWithin(own, field)) return [replacedArgument(coordinate, own)];
    const isClear = own.loc ? !isFromTool(own) : !isMadeAnew && !isPutTogether(nodes.get(typeName));
    if (isClear || unclear.has(typeName)) return [];
    unclear.add(typeName);
    return [replacedArgument(coordinate, own)];
  });
}

function replacedArgument(coordinate: string, node: ASTNode): RequirementProblem {
  return { coordinate, message: REPLACED, location: locationOf(node) };
}

function isWithin({ loc: inner }: ASTNode, { loc: outer }: ASTNode): boolean {
  if (!inner || !outer) return false;
  return inner.source === outer.source && inner.start >= outer.start && inner.end <= outer.end;
}

/** Returns whether graphql-tools created the node of a type. The parser and Pothos write `interfaces` before `fields`. */
function isPutTogether(node: ASTNode | null | undefined): boolean {
  const keys = Object.keys(node ?? {});
  return keys.includes('fields') && keys.indexOf('fields') < keys.indexOf('interfaces');
}

const REPLACED = `may be defined several times. A merge keeps one definition of an argument and loses the rules of the others: ${ADVICE}`;

function isStitched({ extensions }: GraphQLSchema): boolean {
  return extensions.stitchingInfo !== undefined;
}

/**
 * Returns whether graphql-tools merged a type. The parser writes `kind` first into each node. graphql-tools writes it later
 * into a node that it puts together.
 */
function isMergedType({ coordinate, typeName, nodes }: RuledElement): boolean {
  return coordinate === typeName && nodes.some((node) => node && Object.keys(node)[0] !== 'kind');
}

/**
 * Returns whether a tool created a directive again, as `mergeSchemas` does, which looks like one rule where a merge before it
 * replaced another. The parser notes of each string whether it is a block, and such tools do not.
 */
function isMadeByTool(node: ASTNode): boolean {
  let isCreated = false;
  visit(node, {
    StringValue({ block }) {
      isCreated ||= block === undefined;
    },
  });
  return isCreated;
}

/** Returns whether every part of a directive has a location. A part without one came from another definition. */
function isLocated(node: ASTNode): boolean {
  let isComplete = true;
  visit(node, {
    enter({ loc }) {
      if (loc) return undefined;
      isComplete = false;
      return BREAK;
    },
  });
  return isComplete;
}

/** Creates the check whether a node is from a text that a tool wrote. Each text is looked at once. */
function createToolCheck(): (node: ASTNode) => boolean {
  const known = new Map<Source, boolean>();
  return ({ loc }) => {
    if (!loc) return false;
    const answer = known.get(loc.source) ?? isTextOfTool(loc.source);
    known.set(loc.source, answer);
    return answer;
  };
}

/**
 * Returns whether a tool may have written a text. graphql-tools adds a schema definition when it merges or prints, which
 * people leave out as long as the root types have their usual names. White space does not change this.
 *
 * The layout is the second sign: a text written by hand contains a line end. A tool that parses a single directive writes it
 * in one line.
 */
function isTextOfTool(source: Source): boolean {
  try {
    const document = parse(source);
    if (document.definitions.some(({ kind }) => kind === Kind.SCHEMA_DEFINITION)) return true;
    return source.body.includes('\n') && print(document) === source.body;
  } catch {
    return false;
  }
}
