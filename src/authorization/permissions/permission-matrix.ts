import type { Caller } from '../../authentication/caller.js';
import type { AuditedFields } from '../audit/audited-fields.js';
import { createDecisions } from '../decisions/decisions.js';
import type { ApplicationClauses, Clauses, StaticRequirement } from '../requirements/requirement.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { explain, type FieldAccess } from './explain-access.js';

/**
 * Access of each caller in a form for people. There is a row for each field, protected argument and protected input field.
 */
export interface PermissionMatrix {
  /** Names of the callers that the rows answer for. */
  readonly callers: readonly string[];
  /**
   * Object types with `@forbidsAgents`. Where a field returns an interface or a union, agents see that an object is there.
   */
  readonly closedToAgents: ReadonlySet<string>;
  /** Sorted by coordinate, so that a committed matrix changes only where a rule does. */
  readonly rows: readonly PermissionRow[];
}

/** Requirements of one coordinate and whether each of the matrix's callers meets them. */
export interface PermissionRow {
  readonly coordinate: string;
  /** No access token is needed; `users` and `applications` are then empty. */
  readonly isPublic: boolean;
  /** Clauses that a user's token must all meet. If empty, being signed in suffices. */
  readonly users: Clauses;
  /** The same for an application without a user. */
  readonly applications: ApplicationClauses;
  /** Agents may not use it, whatever they hold. */
  readonly forbidsAgents: boolean;
  /** Rules in code that must hold too. */
  readonly policies: Clauses;
  /** `reason` of `@audited`: each use is recorded. Undefined without it. */
  readonly audited: string | undefined;
  /** By the caller's name, in the order of `callers`. */
  readonly access: ReadonlyMap<string, FieldAccess['decision']>;
}

/**
 * Builds the matrix of a table.
 *
 * @param callers sample callers by name, each a column; `undefined` is the anonymous one
 * @param audited fields with `@audited`, as `readAuditedFields` returns them
 */
export function buildPermissionMatrix(
  table: RequirementTable,
  callers: ReadonlyMap<string, Caller | undefined> = new Map(),
  audited: AuditedFields = new Map(),
): PermissionMatrix {
  const decisions = createDecisions(table.requirements);
  const rows = [...table.fields.values(), ...table.inputs.values()].map((element): PermissionRow => {
    const { coordinate, policies } = element;
    const { isPublic, delegated: users, app: applications, forbidsAgents = false } = requirementOf(table, element);
    const accessOf = (caller: Caller | undefined) => explain(element, decisions.decide(element.requirement, caller));
    const access = new Map([...callers].map(([name, caller]) => [name, accessOf(caller).decision]));
    const rules = { isPublic, users, applications, forbidsAgents, policies };
    return { coordinate, ...rules, audited: audited.get(coordinate), access };
  });
  const closed = [...table.objects.values()].filter((element) => requirementOf(table, element).forbidsAgents);
  const closedToAgents = new Set(closed.map(({ coordinate }) => coordinate));
  return { callers: [...callers.keys()], closedToAgents, rows: rows.sort(byCoordinate) };
}

/** Returns the static requirement of an element of the same table. */
export function requirementOf(table: RequirementTable, element: ElementRequirement): StaticRequirement {
  const requirement = table.requirements[element.requirement];
  if (requirement === undefined) throw new TypeError(`${element.coordinate} is from another table.`);
  return requirement;
}

/** Compares by code unit, so that the order is the same on every machine regardless of its language. */
function byCoordinate(a: PermissionRow, b: PermissionRow): number {
  return a.coordinate < b.coordinate ? -1 : 1;
}
