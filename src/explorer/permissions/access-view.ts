import type { Caller } from '../../authentication/caller.js';
import { createDecisions } from '../../authorization/decisions/decisions.js';
import { describeRule } from '../../authorization/permissions/describe-rules.js';
import { explainAccess, type FieldAccess } from '../../authorization/permissions/explain-access.js';
import { type RequirementTable, typeOf } from '../../authorization/requirements/requirement-table.js';
import type { QueryOf } from './field-queries.js';

/** Access of a caller to a coordinate, as the page shows it. */
export type AccessState = 'allowed' | 'depends' | 'step-up' | 'denied' | 'unknown';

/** A kind of caller, or a persona, with its access. */
export interface AccessColumn {
  readonly name: string;
  readonly kind: 'anonymous' | 'user' | 'application';
  /** By coordinate. */
  readonly access: ReadonlyMap<string, CellAccess>;
}

export interface CellAccess {
  readonly state: AccessState;
  /** Missing rights in words. */
  readonly missing: string | undefined;
}

/** A field, protected argument or protected input field with its rule in words. */
export interface AccessRow {
  readonly coordinate: string;
  readonly rule: string;
  /** Text of an operation that uses it. Undefined if no query uses it, or if no explorer can open it. */
  readonly query: string | undefined;
}

/** Content of the permissions page. */
export interface AccessView {
  readonly columns: readonly AccessColumn[];
  /** By type, and sorted by coordinate. */
  readonly types: ReadonlyMap<string, readonly AccessRow[]>;
}

/** Types where operations begin come first. */
const FIRST = ['Query', 'Mutation', 'Subscription'];

/** Builds the content of the page from a table. `queryOf` makes the operations that rows open in the explorer. */
export function buildAccessView(
  table: RequirementTable,
  callers: ReadonlyMap<string, Caller | undefined>,
  queryOf: QueryOf = () => undefined,
): AccessView {
  const rowOf = (coordinate: string) => ({ coordinate, query: queryOf(coordinate) });
  const decisions = createDecisions(table.requirements);
  const columns = [...callers].map(([name, caller]) => ({
    name,
    kind: kindOf(caller),
    access: cellsOf(explainAccess(table, decisions, caller)),
  }));
  const rows = [...table.fields.values(), ...table.inputs.values()]
    .map((element) => ({ ...rowOf(element.coordinate), rule: describeRule(table, element) }))
    .sort((a, b) => (a.coordinate < b.coordinate ? -1 : 1));
  const names = [...new Set([...FIRST, ...rows.map(typeOf)])];
  const types = names.map((name) => [name, rows.filter((row) => typeOf(row) === name)] as const);
  return { columns, types: new Map(types.filter(([, ofType]) => ofType.length > 0)) };
}

export function cellsOf(access: readonly FieldAccess[]): ReadonlyMap<string, CellAccess> {
  return new Map(access.map((field) => [field.coordinate, { state: stateOf(field), missing: field.missing }]));
}

function stateOf({ decision, stepUp }: FieldAccess): AccessState {
  if (decision === 'DENIED') return stepUp ? 'step-up' : 'denied';
  return decision === 'UNKNOWN' ? 'unknown' : decision === 'DEPENDS' ? 'depends' : 'allowed';
}

function kindOf(caller: Caller | undefined): AccessColumn['kind'] {
  if (!caller) return 'anonymous';
  return caller.kind === 'app-only' ? 'application' : 'user';
}
