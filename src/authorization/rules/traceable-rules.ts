import {
  type ASTNode,
  BREAK,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type Source,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { AppliedRule } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';
import { hasAlternatives } from './rule-names.js';
import type { RuledElement } from './ruled-elements.js';

/** Facts about the texts behind the rules of a schema. */
export interface KnownTexts {
  /** The definitions were given as they were before anything merged them. */
  readonly hasTypeDefs: boolean;
  /** Whether a text has this rule, for this element or at the place that the rule was parsed from. */
  isVouchedFor(rule: RuleOfElement): boolean;
}

/** A rule and the element that it stands on. */
export interface RuleOfElement extends AppliedRule {
  readonly element: RuledElement;
}

/** Returns the problem of a rule that could be two which were merged; none for every other rule. */
export type Traceability = (rule: AppliedRule & { readonly element: RuledElement }) => readonly RequirementProblem[];

/**
 * Makes the check that asks for `typeDefs` where the schema alone cannot tell one rule from two that were merged. That is
 * the case without a location in a text, as in schemas that a tool made anew, and where a program printed the text.
 *
 * A merge by graphql-tools leaves several alternatives, unless it replaces a single name by another. So a rule with one
 * alternative may do without a text where nothing shows that a tool merged its type or made the schema anew.
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
    // A rule without arguments says the same however often it was written.
    if (!node.arguments?.length) return false;
    if (isFromTool(node)) return true;
    const isMerged = mergedTypes.has(element.typeName);
    // Code-first tools make nodes of their own, which say what the extensions say.
    if (isMirrored && !isMerged) return false;
    if (isVouchedFor(rule) && isLocated(node)) return false;
    return isMadeAnew || isMerged || hasAlternatives(node);
  }
}

const ADVICE =
  'pass to createAuthorization as "typeDefs" the definitions as they were written, before a tool put them together';
const UNTRACEABLE = 'was not found in a text as it was written, so two rules that were merged would look like one:';
const PRINTED =
  'stands in a text with a schema definition or the layout of a printer, as tools write it, so two rules that were merged would look like one. A text written by hand can be given as it is:';
const MISSING_IN_TYPE_DEFS =
  'is not in "typeDefs" for this element: pass all definitions that the schema was built from';

/** `buildSubgraphSchema` makes all nodes anew and without locations. */
function isFederated(schema: GraphQLSchema): boolean {
  return schema.getQueryType()?.getFields()._service !== undefined;
}

/**
 * Returns the problem of a schema that was stitched while no `typeDefs` are given. Where two schemas have one type or field,
 * stitching keeps the directives of one of them, those in `extensions` too. Nothing in the result shows that it did.
 */
export function findStitching(schema: GraphQLSchema): readonly RequirementProblem[] {
  return isStitched(schema) ? [{ coordinate: 'schema', message: STITCHED, location: undefined }] : [];
}

const STITCHED = `was stitched, which keeps one of two rules for an element: ${ADVICE}. For a schema that was made in code they are what printSchemaWithDirectives of @graphql-tools/utils prints, before the schema is stitched`;

function isStitched({ extensions }: GraphQLSchema): boolean {
  return extensions.stitchingInfo !== undefined;
}

/** The parser writes `kind` first into each node, and graphql-tools writes it later into a node that it puts together. */
function isMergedType({ coordinate, typeName, nodes }: RuledElement): boolean {
  return coordinate === typeName && nodes.some((node) => node && Object.keys(node)[0] !== 'kind');
}

/** Whether every part of a directive has a location. A part without one came from another definition. */
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

/** A text of a schema, and whether signs show that a tool wrote it. */
interface KnownText {
  /** The text as a whole is that of a tool. */
  readonly isOfTool: boolean;
  readonly definitions: readonly DefinitionNode[];
}

/**
 * Creates the check whether a rule may be two that a tool merged before it wrote the text. Each text is looked at once.
 *
 * graphql-tools adds a schema definition when it merges or prints, which people leave out as long as the root types have
 * their usual names. The second sign is the layout of a printer: that of the whole text, or that of the definition in which
 * the rule stands. People lay a definition out like this too. So that alone counts for rules as a merge leaves them.
 */
function createToolCheck(): (rule: ConstDirectiveNode) => boolean {
  const known = new Map<Source, KnownText>();
  return (rule) => {
    const { loc } = rule;
    if (!loc) return false;
    const { isOfTool, definitions } = known.get(loc.source) ?? readText(loc.source);
    known.set(loc.source, { isOfTool, definitions });
    if (isOfTool || !mayBeMerged(rule)) return isOfTool;
    const around = definitions.find((definition) => (definition.loc?.end ?? 0) >= loc.end);
    return around !== undefined && isPrinted(around);
  };
}

function readText(source: Source): KnownText {
  try {
    const document = parse(source);
    // A tool that parses a single directive writes it in one line, with a type around it.
    const isOneRule = document.definitions.length === 1 && !source.body.trim().includes('\n');
    return { isOfTool: isTextOfTool(document, source), definitions: isOneRule ? [] : document.definitions };
  } catch {
    return { isOfTool: false, definitions: [] };
  }
}

function isTextOfTool(document: DocumentNode, { body }: Source): boolean {
  if (document.definitions.some(({ kind }) => kind === Kind.SCHEMA_DEFINITION)) return true;
  return body.includes('\n') && print(document) === body;
}

/** Tells whether a merge could have left a rule: it joins lists, and replaces a single name by another. */
function mayBeMerged(rule: ConstDirectiveNode): boolean {
  return hasAlternatives(rule) || rule.arguments?.some(({ value }) => value.kind !== Kind.LIST) === true;
}

/** Tells whether a definition is laid out as printers do: from the first column on, without a comment, whatever its line ends are. */
function isPrinted(definition: DefinitionNode): boolean {
  const { loc } = definition;
  const text = loc?.source.body.slice(loc.start, loc.end) ?? '';
  return text === stripIgnoredCharacters(text) || text.replaceAll('\r\n', '\n') === print(definition);
}
