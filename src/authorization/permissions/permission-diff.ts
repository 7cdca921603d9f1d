import { type RequirementTable, typeOf } from '../requirements/requirement-table.js';
import { AGENTS, EVERYONE, holdersOf, isHeldBy, type PermissionHolder } from './permission-holders.js';
import { requirementOf } from './permission-matrix.js';

/** How the access to one coordinate differs between two versions of a schema. */
export interface PermissionChange {
  readonly coordinate: string;
  /** `added` and `removed` refer to the field, argument or input field itself. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Callers who may use it now and could not before. Each is the least that such a caller holds. */
  readonly gained: readonly PermissionHolder[];
  /** Callers who could use it and no longer may. */
  readonly lost: readonly PermissionHolder[];
  /** Callers who could use it and still may. */
  readonly kept: readonly PermissionHolder[];
}

/**
 * Compares two tables and returns who gained and lost access. It compares meanings. A rule that moved from a field to its
 * type or was written in another order is not a change. The requirement of a selection on an interface follows from its
 * implementers. It is reported only when the interface gained or lost one, because no other coordinate then shows what
 * happened to its fields.
 */
export function diffPermissions(before: RequirementTable, after: RequirementTable): readonly PermissionChange[] {
  const regrouped = findRegrouped(before, after);
  const coordinates = [...new Set([...coordinatesOf(before, regrouped), ...coordinatesOf(after, regrouped)])].sort();
  return coordinates.flatMap((coordinate) => {
    const had = holdersIn(before, coordinate);
    const has = holdersIn(after, coordinate);
    const [agentsGained, agentsLost] = agentsIn(before, after, coordinate);
    const gained = [...has.filter((holder) => !isHeldBy(had, holder)), ...agentsGained];
    const lost = [...had.filter((holder) => !isHeldBy(has, holder)), ...agentsLost];
    if (gained.length + lost.length === 0) return [];
    const kept = has.filter((holder) => isHeldBy(had, holder));
    return [{ coordinate, change: kindOfChange(before, after, coordinate), gained, lost, kept }];
  });
}

/** Returns the agents who gained and the agents who lost access. They neither gain nor lose what is new or removed. */
function agentsIn(
  before: RequirementTable,
  after: RequirementTable,
  coordinate: string,
): readonly [gained: readonly PermissionHolder[], lost: readonly PermissionHolder[]] {
  const [were, are] = [before, after].map((table) => forbidsAgents(table, coordinate));
  if (were === are || !isThere(before, coordinate) || !isThere(after, coordinate)) return [[], []];
  return were ? [[AGENTS], []] : [[], [AGENTS]];
}

function forbidsAgents(table: RequirementTable, coordinate: string): boolean {
  const element = table.fields.get(coordinate) ?? table.inputs.get(coordinate);
  return element !== undefined && requirementOf(table, element).forbidsAgents === true;
}

/** Returns the interfaces of both versions that have other implementers now. */
function findRegrouped(before: RequirementTable, after: RequirementTable): ReadonlySet<string> {
  const regrouped = [...before.implementers].filter(([name, had]) => {
    const has = after.implementers.get(name);
    return has !== undefined && has.join() !== had.join();
  });
  return new Set(regrouped.map(([name]) => name));
}

function coordinatesOf({ fields, inputs }: RequirementTable, told: ReadonlySet<string>): readonly string[] {
  const ofInterfaces = new Set([...fields.values()].filter(({ on }) => on === 'interface').map(typeOf));
  return [...fields.values(), ...inputs.values()]
    .filter((element) => !ofInterfaces.has(typeOf(element)) || told.has(typeOf(element)))
    .map(({ coordinate }) => coordinate);
}

/**
 * Returns the holders for a coordinate. A missing one has no holders. An argument or input field without a rule of its own
 * needs nothing.
 */
function holdersIn(table: RequirementTable, coordinate: string): readonly PermissionHolder[] {
  const field = table.fields.get(coordinate);
  const element = field ?? table.inputs.get(coordinate);
  // The policies of an implementer are asked for its own objects, so a new implementer takes nothing from the others.
  const policies = field?.on === 'interface' ? [] : element?.policies;
  if (element) return holdersOf(requirementOf(table, element), policies ?? []);
  return isThere(table, coordinate) ? EVERYONE : [];
}

function isThere({ fields, inputNames }: RequirementTable, coordinate: string): boolean {
  return fields.has(coordinate) || inputNames.has(coordinate);
}

function kindOfChange(
  before: RequirementTable,
  after: RequirementTable,
  coordinate: string,
): PermissionChange['change'] {
  if (!isThere(before, coordinate)) return 'added';
  return isThere(after, coordinate) ? 'changed' : 'removed';
}
