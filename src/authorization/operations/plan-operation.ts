import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { distinct } from '../../values/distinct.js';
import { AUTHORIZATION_LIMITS } from '../limits.js';
import type { ProtectedInputs } from '../requirements/protected-inputs.js';
import { keyOfClauses, PUBLIC_REQUIREMENT } from '../requirements/requirement.js';
import { dependsOnObjects, type FieldRequirement, type RequirementTable } from '../requirements/requirement-table.js';
import type { FieldUse, FragmentLookup, InterfaceUse, OperationPlan, PathLink, Section } from './operation-plan.js';
import { createPossibleTypes, type PossibleTypes } from './possible-types.js';
import { type Condition, readConditions } from './selection-conditions.js';

/** Inputs of planning beside the operation. */
export interface PlanSources {
  readonly schema: GraphQLSchema;
  readonly table: RequirementTable;
  readonly protectedInputs: ProtectedInputs;
}

/** A plan in the making. */
interface Planning extends PlanSources {
  readonly fragments: Map<string, FragmentDefinitionNode | undefined>;
  readonly fragmentSections: Map<string, Section>;
  readonly fragmentOf: FragmentLookup;
  /** The sets of types that each fragment is planned for. */
  readonly narrowings: Map<string, Set<string>>;
  /** Fragments that were spread and are still to be walked. */
  readonly pending: SpreadFragment[];
  readonly requirements: Set<number>;
  readonly interfaceSelections: Map<FieldNode, InterfaceUse[]>;
  readonly possible: PossibleTypes;
  needsMoreThanToken: boolean;
  hasConditions: boolean;
  isComplete: boolean;
}

interface SpreadFragment {
  readonly name: string;
  readonly possibleTypes: ReadonlySet<string>;
  readonly section: Section;
  readonly isRoot: boolean;
}

/** Place of a selection set. */
interface Place {
  readonly section: Section;
  readonly type: GraphQLCompositeType;
  /** Names of the object types that can occur here: those of `type` that everything around it lets through. */
  readonly possibleTypes: ReadonlySet<string>;
  readonly path: PathLink | undefined;
  readonly isRoot: boolean;
}

/**
 * Plans an operation in time proportional to its document. A fragment is walked once for each set of object types that can
 * occur where it is spread, and at most nine times.
 */
export function planOperation(
  sources: PlanSources,
  operation: OperationDefinitionNode,
  fragmentOf: FragmentLookup,
): OperationPlan {
  const { schema, table, protectedInputs } = sources;
  const planning: Planning = {
    schema,
    table,
    protectedInputs,
    fragments: new Map(),
    fragmentSections: new Map(),
    fragmentOf,
    narrowings: new Map(),
    pending: [],
    requirements: new Set(),
    interfaceSelections: new Map(),
    possible: createPossibleTypes(sources.schema),
    needsMoreThanToken: false,
    hasConditions: false,
    isComplete: true,
  };
  const root = createSection();
  const type = sources.schema.getRootType(operation.operation);
  if (type) {
    const place = { section: root, type, possibleTypes: planning.possible.of(type), path: undefined, isRoot: true };
    planSelectionSet(planning, operation.selectionSet, place);
  } else planning.isComplete = false;
  for (const spread of planning.pending) planFragment(planning, spread, fragmentOf(spread.name));
  const { requirements, interfaceSelections, fragments, needsMoreThanToken, hasConditions, isComplete } = planning;
  const { operation: kind } = operation;
  const found = { requirements, needsMoreThanToken, hasConditions, isComplete, interfaceSelections, fragments };
  return { operation: kind, root, ...found };
}

function createSection(): Section {
  return { uses: [], edges: [], arrivals: [] };
}

function addEdge({ section: from, path: at }: Place, conditions: readonly Condition[], section: Section): void {
  const edge = { conditions, from, at, section };
  from.edges.push(edge);
  section.arrivals.push(edge);
}

function planSelectionSet(planning: Planning, selectionSet: SelectionSetNode, place: Place): void {
  for (const selection of selectionSet.selections) {
    const conditions = readConditions(selection);
    if (conditions === 'never') continue;
    if (conditions.length === 0) {
      planSelection(planning, selection, place);
      continue;
    }
    const section = createSection();
    planning.hasConditions = true;
    addEdge(place, conditions, section);
    planSelection(planning, selection, { ...place, section, path: undefined });
  }
}

function planSelection(planning: Planning, selection: SelectionNode, place: Place): void {
  if (selection.kind === Kind.FIELD) planField(planning, selection, place);
  else if (selection.kind === Kind.FRAGMENT_SPREAD) planSpread(planning, selection.name.value, place);
  else planInlineFragment(planning, selection, place);
}

function planInlineFragment(planning: Planning, node: InlineFragmentNode, place: Place): void {
  const type = node.typeCondition ? typeNamed(planning, node.typeCondition.name.value) : place.type;
  if (!type) return;
  const possibleTypes = planning.possible.within(type, place.possibleTypes);
  if (possibleTypes.size > 0) planSelectionSet(planning, node.selectionSet, { ...place, type, possibleTypes });
}

function planField(planning: Planning, node: FieldNode, place: Place): void {
  const name = node.name.value;
  // It needs what its parent object needed.
  if (name === '__typename') return;
  const field = isUnionType(place.type) ? undefined : place.type.getFields()[name];
  const needed = neededFieldsOf(planning, place, name);
  if (needed.length === 0) planning.isComplete = false;
  const path: PathLink = { key: node.alias?.value ?? name, before: place.path };
  const { possibleTypes, isRoot } = place;
  // Lists each member, because an object that begins with a spread takes twice the memory and plans are kept.
  for (const { requirement, protectedArguments } of needed) {
    addUse(planning, place.section, { requirement, node, possibleTypes, path, isRoot, protectedArguments });
  }
  const type = getNamedType(field?.type);
  if (needed.length > 0 && node.selectionSet && isCompositeType(type)) {
    const inside = { type, possibleTypes: planning.possible.ofField(type, name, possibleTypes) };
    planSelectionSet(planning, node.selectionSet, { ...inside, section: place.section, path, isRoot: false });
  }
}

function addUse(planning: Planning, section: Section, use: FieldUse): void {
  const { requirement, node, protectedArguments } = use;
  section.uses.push(use);
  planning.requirements.add(requirement.requirement);
  if (requirement.on === 'interface') {
    planning.interfaceSelections.set(node, [...(planning.interfaceSelections.get(node) ?? []), { use, section }]);
  }
  if (dependsOnObjects(requirement) || protectedArguments.length > 0) planning.needsMoreThanToken = true;
}

type NeededField = Pick<FieldUse, 'requirement' | 'protectedArguments'>;

/**
 * Returns what a field needs at its place. On an interface these are the fields of each type that can occur there: the field
 * of the only type, the common one of all types from the table, or those of several types.
 */
function neededFieldsOf(
  { table, possible, protectedInputs }: Planning,
  place: Place,
  name: string,
): readonly NeededField[] {
  const { type, possibleTypes, isRoot } = place;
  const coordinate = `${type.name}.${name}`;
  const toNeeded = (requirement: FieldRequirement): NeededField => ({
    requirement,
    protectedArguments: protectedInputs.argumentsOf(requirement.coordinate),
  });
  const isIntrospection = isRoot && (name === '__schema' || name === '__type');
  if (isIntrospection) return [toNeeded({ coordinate, ...INTROSPECTION })];
  const own = table.fields.get(coordinate);
  if (own?.on !== 'interface' || possibleTypes.size === possible.of(type).size) return own ? [toNeeded(own)] : [];
  const ofTypes = [...possibleTypes]
    .map((typeName) => table.fields.get(`${typeName}.${name}`))
    .filter((field) => field !== undefined)
    .map(toNeeded);
  if (ofTypes.length === 1) return ofTypes;
  return distinct(ofTypes, keyOfNeeded).map((needed) => onInterface(needed, coordinate));
}

/** Returns the same text for fields that decide alike. */
function keyOfNeeded({
  requirement: { requirement, policies, returnsJudged },
  protectedArguments,
}: NeededField): string {
  const ofArguments = protectedArguments.map(({ argument, requirement }) => [argument.name, requirement?.requirement]);
  return JSON.stringify([requirement, keyOfClauses(policies), returnsJudged, ofArguments]);
}

/** Names the interface in denials and not the type, which may not be known to the caller. */
function onInterface({ requirement, protectedArguments }: NeededField, coordinate: string): NeededField {
  return {
    requirement: { ...requirement, coordinate, on: 'interface' },
    protectedArguments: protectedArguments.map(({ argument, requirement: needed }) => ({
      argument,
      requirement: needed && { ...needed, coordinate: `${coordinate}(${argument.name}:)` },
    })),
  };
}

const INTROSPECTION = {
  requirement: PUBLIC_REQUIREMENT,
  policies: [],
  beforehand: [],
  returnsJudged: false,
  on: 'object',
} as const;

/** Puts fragments off instead of walking them at once. A chain in which each spreads the next must not exhaust the stack. */
function planSpread(planning: Planning, name: string, place: Place): void {
  const possibleTypes = typesOfSpread(planning, name, place);
  if (possibleTypes.size === 0) return;
  const key = `${name} ${place.isRoot} ${[...possibleTypes].join(' ')}`;
  const known = planning.fragmentSections.get(key);
  const section = known ?? createSection();
  addEdge(place, [], section);
  if (known) return;
  planning.fragmentSections.set(key, section);
  planning.pending.push({ name, section, possibleTypes, isRoot: place.isRoot });
}

/** Sets of types that one fragment is planned for. Beyond it, it counts as if all types of its condition could occur. */
const MAX_NARROWINGS = AUTHORIZATION_LIMITS.fragmentNarrowings.default;

function typesOfSpread(planning: Planning, name: string, place: Place): ReadonlySet<string> {
  const fragment = planning.fragmentOf(name);
  const type = planning.schema.getType(fragment?.typeCondition.name.value ?? '');
  if (!isCompositeType(type)) return place.possibleTypes;
  const narrowed = planning.possible.within(type, place.possibleTypes);
  const known = planning.narrowings.get(name) ?? new Set<string>();
  planning.narrowings.set(name, known);
  const key = [...narrowed].join(' ');
  if (known.size >= MAX_NARROWINGS && !known.has(key)) return planning.possible.of(type);
  known.add(key);
  return narrowed;
}

function planFragment(
  planning: Planning,
  { name, section, possibleTypes, isRoot }: SpreadFragment,
  fragment: FragmentDefinitionNode | undefined,
): void {
  planning.fragments.set(name, fragment);
  const type = typeNamed(planning, fragment?.typeCondition.name.value ?? '');
  if (!fragment || !type) return;
  planSelectionSet(planning, fragment.selectionSet, { section, type, possibleTypes, path: undefined, isRoot });
}

function typeNamed(planning: Planning, name: string): GraphQLCompositeType | undefined {
  const type = planning.schema.getType(name);
  if (isCompositeType(type)) return type;
  planning.isComplete = false;
  return undefined;
}
