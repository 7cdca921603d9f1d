import { EVERYONE, holdersOf, isHeldBy, type PermissionHolder } from './permission-holders.js';
import { requirementOf } from './permission-matrix.js';
import type { ElementRequirement, RequirementTable } from './requirement-table.js';

/** How the access to one coordinate differs between two versions of a schema. */
export interface PermissionChange {
  readonly coordinate: string;
  /** `added`, `removed`: the field, or the protection of an argument or input field. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Who may use it now and could not before: the least that such a caller holds. */
  readonly gained: readonly PermissionHolder[];
  /** Who could use it and no longer may. */
  readonly lost: readonly PermissionHolder[];
}

/**
 * Who gained and lost what between two tables. It compares meanings: a rule that moved from a field to its type, or was
 * written in another order, is no change. What is selected on an interface follows from its implementers and is left out.
 */
export function diffPermissions(before: RequirementTable, after: RequirementTable): readonly PermissionChange[] {
  const older = elementsOf(before);
  const newer = elementsOf(after);
  const coordinates = [...new Set([...older.keys(), ...newer.keys()])].sort();
  return coordinates.flatMap((coordinate) => {
    const isInput = before.inputs.has(coordinate) || after.inputs.has(coordinate);
    const had = holdersIn(before, older.get(coordinate), isInput && isInputOf(before, coordinate));
    const has = holdersIn(after, newer.get(coordinate), isInput && isInputOf(after, coordinate));
    const gained = has.filter((holder) => !isHeldBy(had, holder));
    const lost = had.filter((holder) => !isHeldBy(has, holder));
    if (gained.length + lost.length === 0) return [];
    return [{ coordinate, change: kindOfChange(older.has(coordinate), newer.has(coordinate)), gained, lost }];
  });
}

function elementsOf({ fields, inputs }: RequirementTable): ReadonlyMap<string, ElementRequirement> {
  const ofInterfaces = new Set([...fields.values()].filter(({ on }) => on === 'interface').map(typeOf));
  return new Map([...fields, ...inputs].filter(([, element]) => !ofInterfaces.has(typeOf(element))));
}

function typeOf({ coordinate }: ElementRequirement): string {
  return coordinate.slice(0, coordinate.indexOf('.'));
}

/** Nobody can use a field that is not there; an argument or input field that the table does not name needs nothing. */
function holdersIn(
  table: RequirementTable,
  element: ElementRequirement | undefined,
  isUnprotectedInput: boolean,
): readonly PermissionHolder[] {
  if (element) return holdersOf(requirementOf(table, element), element.policies);
  return isUnprotectedInput ? EVERYONE : [];
}

/** Whether the input can exist there: an argument cannot without its field. Of input fields the table does not tell. */
function isInputOf(table: RequirementTable, coordinate: string): boolean {
  const at = coordinate.indexOf('(');
  return at < 0 || table.fields.has(coordinate.slice(0, at));
}

function kindOfChange(wasThere: boolean, isThere: boolean): PermissionChange['change'] {
  if (wasThere && isThere) return 'changed';
  return isThere ? 'added' : 'removed';
}
