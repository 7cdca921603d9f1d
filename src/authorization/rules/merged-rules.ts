import type { GraphQLSchema } from 'graphql';
import { type DirectiveReading, rulesOn } from './read-directives.js';
import { doubledRule, locationOf, type RequirementProblem } from './requirement-error.js';
import { meaningOf } from './rule-names.js';
import type { RuledElement } from './ruled-elements.js';
import { createTraceability, findReplacedArguments, findStitching, type RuleOfElement } from './traceable-rules.js';
import {
  createPlaceKeys,
  groupWrittenRules,
  type PlaceKeys,
  readRulesOfNodes,
  readRulesOfTypeDefs,
  type TypeDefs,
  type WrittenRule,
} from './written-rules.js';

/** The rules as they reached the schema. */
interface ArrivedRules {
  readonly placeKeyOf: PlaceKeys;
  readonly coordinates: ReadonlySet<string>;
  /** Place in a text → the rule that was parsed from there, and its element. */
  readonly byPlace: ReadonlyMap<string, RuleOfElement>;
  /** `directive coordinate` → the uses on that element. */
  readonly byElement: ReadonlyMap<string, readonly RuleOfElement[]>;
}

/**
 * Finds rules that were merged, changed or dropped before they reached this schema. Tools that build a schema from several
 * definitions of a type make one directive of two, whose lists then mean "or", or keep one of the two. The text still
 * has both uses. A rule that no text can vouch for is a problem as well, because two merged ones look like one.
 *
 * @param typeDefs the definitions as the schema was built from them; undefined when they are not known.
 */
export function findMergedRules(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
  typeDefs: TypeDefs | undefined,
  reading: DirectiveReading,
): readonly RequirementProblem[] {
  const stitching = typeDefs === undefined ? findStitching(schema) : [];
  if (stitching.length > 0) return stitching;
  const arrived = readArrivedRules(elements, reading);
  const given = typeDefs === undefined ? undefined : readRulesOfTypeDefs(typeDefs, reading.names);
  const ofNodes = readRulesOfNodes(
    elements.flatMap((element) => element.nodes),
    reading.names,
  );
  const problems = new Map([...compare(ofNodes, arrived), ...compare(given ?? [], arrived)]);
  const places = new Set((given ?? ofNodes).map(({ node }) => arrived.placeKeyOf(node)));
  const keys = given && new Set(given.map(({ name, coordinate }) => `${name} ${coordinate}`));
  const isVouchedFor = ({ name, node, element }: RuleOfElement) =>
    keys?.has(`${name} ${element.coordinate}`) === true ||
    (node.loc !== undefined && places.has(arrived.placeKeyOf(node)));
  const questionOf = createTraceability(schema, elements, { hasTypeDefs: given !== undefined, isVouchedFor });
  for (const [key, rules] of arrived.byElement) {
    const [question] = rules.flatMap(questionOf);
    if (question && !problems.has(key)) problems.set(key, question);
  }
  if (problems.size > 0 || given !== undefined) return [...problems.values()];
  return findReplacedArguments(schema, elements);
}

function readArrivedRules(elements: readonly RuledElement[], reading: DirectiveReading): ArrivedRules {
  const placeKeyOf = createPlaceKeys();
  const byPlace = new Map<string, RuleOfElement>();
  const byElement = new Map<string, readonly RuleOfElement[]>();
  for (const element of elements) {
    for (const applied of rulesOn(element, reading)) {
      const rule = { ...applied, element };
      const place = placeKeyOf(rule.node);
      if (place !== undefined) byPlace.set(place, rule);
      const key = `${rule.name} ${element.coordinate}`;
      byElement.set(key, [...(byElement.get(key) ?? []), rule]);
    }
  }
  return { placeKeyOf, byPlace, byElement, coordinates: new Set(elements.map(({ coordinate }) => coordinate)) };
}

function compare(
  written: readonly WrittenRule[],
  arrived: ArrivedRules,
): readonly (readonly [key: string, RequirementProblem])[] {
  return [...groupWrittenRules(written)].flatMap(([key, group]) =>
    checkGroup(key, group, arrived).map((problem) => [key, problem] as const),
  );
}

function checkGroup(
  key: string,
  group: readonly WrittenRule[],
  { placeKeyOf, byPlace, byElement, coordinates }: ArrivedRules,
): readonly RequirementProblem[] {
  const known = group.flatMap(({ node }) => byPlace.get(placeKeyOf(node) ?? '') ?? []);
  // Some tools parse each directive in a text of its own under one made-up name. Each has its own element then.
  const hasOwnElements = new Set(known.map(({ element }) => element)).size === group.length;
  if (group.length > 1 && hasOwnElements) return [];
  return group.slice(0, 1).flatMap(({ coordinate, node }) => {
    // An element that was taken out of the schema protects nothing more.
    if (known.length === 0 && !coordinates.has(coordinate)) return [];
    const onElement = byElement.get(key) ?? [];
    if (group.length > 1) {
      const nodes = group.map((rule) => rule.node);
      // Said by the reader of the element already.
      return onElement.length > 1 ? [] : [doubledRule(coordinate, nodes, node.name.value)];
    }
    const [arrived] = [...known, ...onElement];
    if (arrived && meaningOf(arrived.node) === meaningOf(node)) return [];
    const became = arrived ? 'changed it, as a merge with another one does' : 'dropped it';
    const message = `@${node.name.value} is written for this element, but whatever built the schema ${became}`;
    return [{ coordinate, message, location: locationOf(node) }];
  });
}
