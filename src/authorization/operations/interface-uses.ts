import type { FieldNode } from 'graphql';
import type { FieldRequirement, RequirementTable } from '../requirements/requirement-table.js';
import type { FieldUse, OperationPlan, PathLink, Section } from './operation-plan.js';

/** Response keys from the root to a field, as graphql-js links them. Items of lists have numbers. */
export interface ResponsePath {
  readonly key: string | number;
  readonly prev: ResponsePath | undefined;
}

/**
 * Returns what the selections of these nodes on interfaces need at a place of the answer. A named fragment can be spread at
 * several places with other types. Its nodes are the same at all of them.
 */
export function interfaceUsesAt(
  plan: OperationPlan,
  nodes: readonly FieldNode[],
  { typeName, path }: { readonly typeName: string; readonly path: ResponsePath },
): readonly FieldUse[] {
  const uses = nodes
    .flatMap((node) => plan.interfaceSelections.get(node) ?? [])
    .filter(({ use }) => use.possibleTypes.has(typeName));
  if (uses.length === 0) return [];
  const keys = keysOf(path);
  const isReached = createReachability(plan, keys);
  return uses.filter(({ use, section }) => isReached(section, use.path, keys.length)).map(({ use }) => use);
}

function keysOf(path: ResponsePath): readonly string[] {
  const keys: string[] = [];
  for (let link: ResponsePath | undefined = path; link; link = link.prev) {
    if (typeof link.key === 'string') keys.push(link.key);
  }
  return keys.reverse();
}

/** Returns whether the first keys of a path lead to a link within a section. Each section is asked once for each length. */
function createReachability(
  plan: OperationPlan,
  keys: readonly string[],
): (section: Section, link: PathLink | undefined, length: number) => boolean {
  const known = new Map<Section, Map<number, boolean>>();

  function isReached(section: Section, link: PathLink | undefined, length: number): boolean {
    let rest = length;
    for (let at = link; at; at = at.before) {
      rest -= 1;
      if (keys[rest] !== at.key) return false;
    }
    return isEntered(section, rest);
  }

  function isEntered(section: Section, length: number): boolean {
    if (section === plan.root) return length === 0;
    const ofSection = known.get(section) ?? new Map<number, boolean>();
    known.set(section, ofSection);
    const answer = ofSection.get(length);
    if (answer !== undefined) return answer;
    // A document with a ring of fragments is not valid. An answer that depends on itself is therefore false.
    ofSection.set(length, false);
    const found = section.arrivals.some(({ from, at }) => isReached(from, at, length));
    ofSection.set(length, found);
    return found;
  }

  return isReached;
}

/** Finds the fields of object types that need something else of the token when they are selected on an interface. */
export function findSelectionDependent({ fields, implementers }: RequirementTable): ReadonlySet<string> {
  const dependent = new Set<string>();
  for (const [coordinate, field] of fields) {
    if (field.on !== 'interface') continue;
    const [interfaceName = '', fieldName] = coordinate.split('.');
    for (const typeName of implementers.get(interfaceName) ?? []) {
      const onType = fields.get(`${typeName}.${fieldName}`);
      if (needsOf(onType) !== needsOf(field)) dependent.add(`${typeName}.${fieldName}`);
    }
  }
  return dependent;
}

function needsOf(field: FieldRequirement | undefined): string | undefined {
  return field?.beforehand.map(({ requirement }) => requirement).join();
}
