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
import type { ProtectedInputs } from '../requirements/protected-inputs.js';
import { PUBLIC_REQUIREMENT } from '../requirements/requirement.js';
import type { FieldRequirement, RequirementTable } from '../requirements/requirement-table.js';
import type { FieldUse, FragmentLookup, OperationPlan, PathLink, Section } from './operation-plan.js';
import { readConditions } from './selection-conditions.js';

/** What planning needs besides the operation. */
export interface PlanSources {
  readonly schema: GraphQLSchema;
  readonly table: RequirementTable;
  readonly protectedInputs: ProtectedInputs;
}

/** A plan in the making. */
interface Planning extends PlanSources {
  readonly fragments: Map<string, FragmentDefinitionNode | undefined>;
  readonly fragmentSections: Map<string, Section>;
  /** Fragments that were spread and are still to be walked. */
  readonly pending: SpreadFragment[];
  readonly requirements: Set<number>;
  readonly interfaceSelections: Map<FieldNode, FieldUse>;
  needsMoreThanToken: boolean;
  isComplete: boolean;
}

interface SpreadFragment {
  readonly name: string;
  readonly section: Section;
  readonly isRoot: boolean;
}

/** Where a selection set stands. */
interface Place {
  readonly section: Section;
  readonly type: GraphQLCompositeType;
  readonly path: PathLink | undefined;
  readonly isRoot: boolean;
}

/** Plans an operation, in time proportional to its document: a fragment is walked once, however often it is spread. */
export function planOperation(
  sources: PlanSources,
  operation: OperationDefinitionNode,
  fragmentOf: FragmentLookup,
): OperationPlan {
  const planning: Planning = {
    ...sources,
    fragments: new Map(),
    fragmentSections: new Map(),
    pending: [],
    requirements: new Set(),
    interfaceSelections: new Map(),
    needsMoreThanToken: false,
    isComplete: true,
  };
  const root = createSection();
  const type = sources.schema.getRootType(operation.operation);
  if (type) planSelectionSet(planning, operation.selectionSet, { section: root, type, path: undefined, isRoot: true });
  else planning.isComplete = false;
  for (const spread of planning.pending) planFragment(planning, spread, fragmentOf(spread.name));
  const { requirements, interfaceSelections, fragments, needsMoreThanToken, isComplete } = planning;
  const { operation: kind } = operation;
  return { operation: kind, root, requirements, needsMoreThanToken, isComplete, interfaceSelections, fragments };
}

function createSection(): Section {
  return { uses: [], edges: [] };
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
    place.section.edges.push({ conditions, at: place.path, section });
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
  if (type) planSelectionSet(planning, node.selectionSet, { ...place, type });
}

function planField(planning: Planning, node: FieldNode, place: Place): void {
  const name = node.name.value;
  // It needs what its parent object needed.
  if (name === '__typename') return;
  const field = isUnionType(place.type) ? undefined : place.type.getFields()[name];
  const requirement = requirementOf(planning, place, name);
  if (!requirement) {
    planning.isComplete = false;
    return;
  }
  const path: PathLink = { key: node.alias?.value ?? name, before: place.path };
  const protectedArguments = planning.protectedInputs.argumentsOf(requirement.coordinate);
  const use: FieldUse = { requirement, node, path, isRoot: place.isRoot, protectedArguments };
  addUse(planning, place.section, use);
  const type = getNamedType(field?.type);
  if (node.selectionSet && isCompositeType(type)) {
    planSelectionSet(planning, node.selectionSet, { section: place.section, type, path, isRoot: false });
  }
}

function addUse(planning: Planning, section: Section, use: FieldUse): void {
  const { requirement, node, protectedArguments } = use;
  section.uses.push(use);
  planning.requirements.add(requirement.requirement);
  if (requirement.on === 'interface') planning.interfaceSelections.set(node, use);
  if (requirement.policies.length > 0 || requirement.on === 'entities' || protectedArguments.length > 0) {
    planning.needsMoreThanToken = true;
  }
}

function requirementOf({ table }: Planning, place: Place, name: string): FieldRequirement | undefined {
  const coordinate = `${place.type.name}.${name}`;
  const isIntrospection = place.isRoot && (name === '__schema' || name === '__type');
  if (isIntrospection) return { coordinate, requirement: PUBLIC_REQUIREMENT, policies: [], on: 'object' };
  return table.fields.get(coordinate);
}

/** Fragments are put off and not walked at once: a chain of them, each spreading the next, must not exhaust the stack. */
function planSpread(planning: Planning, name: string, place: Place): void {
  const key = `${name} ${place.isRoot}`;
  const known = planning.fragmentSections.get(key);
  const section = known ?? createSection();
  place.section.edges.push({ conditions: [], at: place.path, section });
  if (known) return;
  planning.fragmentSections.set(key, section);
  planning.pending.push({ name, section, isRoot: place.isRoot });
}

function planFragment(
  planning: Planning,
  { name, section, isRoot }: SpreadFragment,
  fragment: FragmentDefinitionNode | undefined,
): void {
  planning.fragments.set(name, fragment);
  const type = typeNamed(planning, fragment?.typeCondition.name.value ?? '');
  if (fragment && type) planSelectionSet(planning, fragment.selectionSet, { section, type, path: undefined, isRoot });
}

function typeNamed(planning: Planning, name: string): GraphQLCompositeType | undefined {
  const type = planning.schema.getType(name);
  if (isCompositeType(type)) return type;
  planning.isComplete = false;
  return undefined;
}
