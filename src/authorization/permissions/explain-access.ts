import type { Caller } from '../../authentication/caller.js';
import type { Decision } from '../decisions/decide.js';
import type { Decisions } from '../decisions/decisions.js';
import { describeMissing } from '../decisions/describe-missing.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';

/** Whether a caller may use a field, a protected argument or a protected input field. */
export interface FieldAccess {
  /** `Type.field`, `Type.field(argument:)` or `Input.field`. */
  readonly coordinate: string;
  /** `DEPENDS`: the token suffices, and policies decide for each object. */
  readonly decision: 'ALLOWED' | 'DEPENDS' | 'DENIED';
  /** In words; undefined when the token lacks nothing, and without hints. */
  readonly missing: string | undefined;
}

/** Every field of the schema, and every protected argument and input field, for this caller. */
export function explainAccess(
  table: RequirementTable,
  decisions: Decisions,
  caller: Caller | undefined,
): readonly FieldAccess[] {
  return [...table.fields.values(), ...table.inputs.values()].map((element) =>
    explain(element, decisions.decide(element.requirement, caller)),
  );
}

/** The same for one element, of which the token's part is decided. */
export function explain({ coordinate, policies }: ElementRequirement, decision: Decision): FieldAccess {
  if (decision.kind === 'denied') {
    return { coordinate, decision: 'DENIED', missing: describeMissing(decision.missing) };
  }
  return { coordinate, decision: policies.length > 0 ? 'DEPENDS' : 'ALLOWED', missing: undefined };
}
