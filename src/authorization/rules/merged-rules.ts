import { type ASTNode, BREAK, visit } from 'graphql';
import { type AppliedRule, type DirectiveReading, rulesOn } from './read-directives.js';
import { doubledRule, locationOf, type RequirementProblem } from './requirement-error.js';
import type { RuledElement } from './ruled-elements.js';
import {
  createPlaceKeys,
  groupWrittenRules,
  type PlaceKeys,
  readWrittenRules,
  type TypeDefs,
  type WrittenRule,
} from './written-rules.js';

/** The rules as they reached the schema. */
interface ArrivedRules {
  readonly placeKeyOf: PlaceKeys;
  readonly coordinates: ReadonlySet<string>;
  /** Place in a text → coordinate of the element that has the rule now. */
  readonly homes: ReadonlyMap<string, string>;
  /** `directive coordinate` → the uses on that element. */
  readonly byElement: ReadonlyMap<string, readonly AppliedRule[]>;
}

/**
 * Finds rules that were merged or dropped before they reached this schema. Tools that build a schema from several
 * definitions of a type make one directive of two, whose lists then mean "or", or keep one of the two. The text still
 * has both uses.
 *
 * @param typeDefs the definitions as the schema was built from them; `[]` when they are not known.
 */
export function findMergedRules(
  elements: readonly RuledElement[],
  typeDefs: TypeDefs,
  reading: DirectiveReading,
): readonly RequirementProblem[] {
  const placeKeyOf = createPlaceKeys();
  const arrived = readArrivedRules(elements, reading, placeKeyOf);
  const nodes = elements.flatMap((element) => element.nodes);
  const written = readWrittenRules(nodes, typeDefs, reading.names);
  const groups = groupWrittenRules(written);
  const doubled = [...groups].flatMap(([key, group]) => checkGroup(key, group, arrived));
  const places = new Set(written.map(({ node }) => placeKeyOf(node)));
  const hasTypeDefs = !Array.isArray(typeDefs) || typeDefs.length > 0;
  const isTraceable = ({ name, node, isFromText }: AppliedRule, coordinate: string) => {
    // A rule without arguments says the same however often it was written.
    if (!isFromText || !node.arguments?.length) return true;
    if (hasTypeDefs && groups.has(`${name} ${coordinate}`)) return true;
    return places.has(placeKeyOf(node)) && isLocated(node);
  };
  return [...doubled, ...findUntraceable(elements, reading, isTraceable)];
}

function readArrivedRules(
  elements: readonly RuledElement[],
  reading: DirectiveReading,
  placeKeyOf: PlaceKeys,
): ArrivedRules {
  const homes = new Map<string, string>();
  const byElement = new Map<string, readonly AppliedRule[]>();
  for (const element of elements) {
    for (const rule of rulesOn(element, reading)) {
      const place = placeKeyOf(rule.node);
      if (place !== undefined) homes.set(place, element.coordinate);
      const key = `${rule.name} ${element.coordinate}`;
      byElement.set(key, [...(byElement.get(key) ?? []), rule]);
    }
  }
  return { placeKeyOf, homes, byElement, coordinates: new Set(elements.map(({ coordinate }) => coordinate)) };
}

function checkGroup(
  key: string,
  group: readonly WrittenRule[],
  { placeKeyOf, homes, byElement, coordinates }: ArrivedRules,
): readonly RequirementProblem[] {
  const places = group.map(({ node }) => homes.get(placeKeyOf(node) ?? ''));
  const known = places.filter((place) => place !== undefined);
  // Some tools parse each directive in a text of its own, under one made-up name: each has its own element then.
  if (new Set(known).size === group.length) return [];
  return group.slice(0, 1).flatMap(({ coordinate, node }) => {
    // An element that was taken out of the schema protects nothing more.
    if (known.length === 0 && !coordinates.has(coordinate)) return [];
    const directive = node.name.value;
    if (group.length > 1) {
      const doubled = byElement.get(key) ?? [];
      // Said by the reader of the element already.
      if (doubled.length > 1) return [];
      return [
        doubledRule(
          coordinate,
          group.map((rule) => rule.node),
          directive,
        ),
      ];
    }
    if (byElement.has(key)) return [];
    const message = `@${directive} is written for this element, but whatever built the schema dropped it`;
    return [{ coordinate, message, location: locationOf(node) }];
  });
}

/**
 * Finds types whose rules may have been merged without a trace: graphql-tools put them together from several definitions
 * that were parsed without locations, as the tag `gql` parses them.
 */
function findUntraceable(
  elements: readonly RuledElement[],
  reading: DirectiveReading,
  isTraceable: (rule: AppliedRule, coordinate: string) => boolean,
): readonly RequirementProblem[] {
  const merged = new Set(elements.filter(isMergedType).map(({ typeName }) => typeName));
  const unclear = elements
    .filter(({ typeName }) => merged.has(typeName))
    .filter((element) => rulesOn(element, reading).some((rule) => !isTraceable(rule, element.coordinate)));
  return [...new Set(unclear.map(({ typeName }) => typeName))].map((coordinate) => ({
    coordinate,
    message: UNTRACEABLE,
    location: undefined,
  }));
}

const UNTRACEABLE =
  'its definitions were merged and have no locations, so two rules look like one: ' +
  'pass to createAuthorization as "typeDefs" what the schema was built from';

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
