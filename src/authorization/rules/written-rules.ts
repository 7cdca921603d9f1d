import {
  type ASTNode,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  parse,
  Source,
  visit,
} from 'graphql';
import { distinct } from '../../values/distinct.js';
import { AUTHORIZATION_DIRECTIVES, type AuthorizationDirective } from './directive-names.js';
import { doubledRule, type RequirementProblem } from './requirement-error.js';
import type { DirectiveHolder } from './ruled-elements.js';

/**
 * Type definitions before they were merged. They are texts, parsed documents, functions that return them or lists of them.
 */
export type TypeDefs = string | Source | DocumentNode | (() => TypeDefs) | readonly TypeDefs[];

/** One use of a directive in the text of a schema, before anything merged or dropped it. */
export interface WrittenRule {
  readonly coordinate: string;
  readonly name: AuthorizationDirective;
  readonly node: ConstDirectiveNode;
}

/**
 * Reads the rules from the texts that the nodes of a schema were parsed from. Tools that build schemas merge the
 * definitions of one type, and the uses of one directive with them, before this room sees the schema. Each node still
 * knows its text.
 */
export function readRulesOfNodes(
  nodes: readonly (DirectiveHolder | null | undefined)[],
  names: RuleNames,
): readonly WrittenRule[] {
  const sources = new Set<Source>();
  for (const node of nodes) addSourcesOf(node, sources);
  return distinct(sources, keyOfSource).flatMap(definitionsIn).flatMap(rulesIn(names));
}

/** Reads the rules from the type definitions as they were given to whatever built the schema. */
export function readRulesOfTypeDefs(typeDefs: TypeDefs, names: RuleNames): readonly WrittenRule[] {
  const sources = new Set<Source>();
  const unlocated = new Set<DefinitionNode>();
  addTypeDefs(typeDefs, sources, unlocated);
  return [...distinct(sources, keyOfSource).flatMap(definitionsIn), ...unlocated].flatMap(rulesIn(names));
}

type RuleNames = ReadonlyMap<string, AuthorizationDirective>;

function rulesIn(names: RuleNames): (definition: DefinitionNode) => readonly WrittenRule[] {
  return (definition) =>
    holdersIn(definition).flatMap(([coordinate, node]) =>
      (node.directives ?? []).flatMap((directive) => {
        const name = names.get(directive.name.value);
        return name === undefined ? [] : [{ coordinate, name, node: directive }];
      }),
    );
}

/** Groups uses that stand on the same element and are of the same directive. */
export function groupWrittenRules(written: readonly WrittenRule[]): ReadonlyMap<string, readonly WrittenRule[]> {
  const groups = new Map<string, WrittenRule[]>();
  for (const rule of written) {
    const key = `${rule.name} ${rule.coordinate}`;
    const group = groups.get(key);
    if (group) group.push(rule);
    else groups.set(key, [rule]);
  }
  return groups;
}

/**
 * Finds the directives that are written twice for one element, in the text alone. It serves where no schema can be built,
 * as graphql-tools fails to merge some pairs of directives.
 */
export function findDoubledInText(typeDefs: TypeDefs): readonly RequirementProblem[] {
  const names = new Map(AUTHORIZATION_DIRECTIVES.map((name) => [name, name]));
  const groups = groupWrittenRules(readRulesOfTypeDefs(typeDefs, names));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0) return [];
    return [
      doubledRule(
        first.coordinate,
        [first, ...others].map(({ node }) => node),
        first.name,
      ),
    ];
  });
}

/**
 * Returns text that is equal for the same place of the same text, however often it was parsed. Undefined without a location.
 */
export type PlaceKeys = (node: ASTNode) => string | undefined;

/** Compares each text with the others once and not again for each of its nodes. */
export function createPlaceKeys(): PlaceKeys {
  const bySource = new Map<Source, number>();
  const byText = new Map<string, number>();
  const idOf = (source: Source): number => {
    const known = bySource.get(source);
    if (known !== undefined) return known;
    const text = keyOfSource(source);
    const id = byText.get(text) ?? byText.size;
    byText.set(text, id);
    bySource.set(source, id);
    return id;
  };
  return ({ loc }) => loc && `${loc.start} ${idOf(loc.source)}`;
}

/** The same for a text that was parsed more than once. */
function keyOfSource({ name, body }: Source): string {
  return `${name}\n${body}`;
}

function addTypeDefs(typeDefs: TypeDefs, sources: Set<Source>, unlocated: Set<DefinitionNode>): void {
  if (typeof typeDefs === 'string') sources.add(new Source(typeDefs));
  else if (typeDefs instanceof Source) sources.add(typeDefs);
  else if (typeof typeDefs === 'function') addTypeDefs(typeDefs(), sources, unlocated);
  else if (isList(typeDefs)) for (const one of typeDefs) addTypeDefs(one, sources, unlocated);
  else if (typeDefs?.kind !== Kind.DOCUMENT)
    throw new TypeError('typeDefs: give texts, parsed documents, functions that return them, or lists of them.');
  // The tag `gql` takes the locations from all nodes but the document, and graphql-tools changes nodes in place.
  else if (typeDefs.loc) sources.add(typeDefs.loc.source);
  else {
    for (const definition of typeDefs.definitions) {
      if (definition.loc) addSources(definition, sources);
      else unlocated.add(definition);
    }
  }
}

function isList(typeDefs: TypeDefs): typeDefs is readonly TypeDefs[] {
  return Array.isArray(typeDefs);
}

/** Adds the sources of all parts of a node. A merged node has parts from several texts, down to the values of one list. */
function addSources(node: ASTNode, sources: Set<Source>): void {
  visit(node, {
    enter({ loc }) {
      if (loc) sources.add(loc.source);
    },
  });
}

/** Adds only the node itself and its directives. Its members are looked at as elements of their own. */
function addSourcesOf(node: DirectiveHolder | null | undefined, sources: Set<Source>): void {
  if (node?.loc) sources.add(node.loc.source);
  for (const directive of node?.directives ?? []) addSources(directive, sources);
}

/**
 * Returns the definitions of a text. One that is not GraphQL has none: its nodes were made by a tool that has its own texts.
 */
function definitionsIn(source: Source): readonly DefinitionNode[] {
  try {
    return parse(source).definitions;
  } catch {
    return [];
  }
}

type Holder = readonly [coordinate: string, node: DirectiveHolder];

/** Returns every element of a definition that can carry directives, with its coordinate. */
function holdersIn(node: DefinitionNode): readonly Holder[] {
  if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) return [['schema', node]];
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return argumentsOf(`@${node.name.value}`, node);
  if (!isTypeDefinitionNode(node) && !isTypeExtensionNode(node)) return [];
  const type = node.name.value;
  const values = 'values' in node ? (node.values ?? []) : [];
  const fields = 'fields' in node ? (node.fields ?? []) : [];
  return [
    [type, node],
    ...values.map((value): Holder => [`${type}.${value.name.value}`, value]),
    ...fields.flatMap((field) => {
      const coordinate = `${type}.${field.name.value}`;
      const own: Holder = [coordinate, field];
      return 'arguments' in field ? [own, ...argumentsOf(coordinate, field)] : [own];
    }),
  ];
}

function argumentsOf(
  coordinate: string,
  {
    arguments: given = [],
  }: { readonly arguments?: readonly (DirectiveHolder & { readonly name: { readonly value: string } })[] },
): readonly Holder[] {
  return given.map((argument): Holder => [`${coordinate}(${argument.name.value}:)`, argument]);
}
