import type { Caller } from '../../authentication/caller.js';
import type { Decision } from '../decisions/decide.js';
import type { Decisions } from '../decisions/decisions.js';
import { describeMissing } from '../decisions/describe-missing.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';

/** Whether a caller may use a field, a protected argument or a protected input field. */
export interface FieldAccess {
  /** `Type.field`, `Type.field(argument:)` or `Input.field`. */
  readonly coordinate: string;
  /**
   * `DEPENDS` means that the token suffices and policies decide for each object. `UNKNOWN` means that groups of the caller
   * decide, which are not known.
   */
  readonly decision: 'ALLOWED' | 'DEPENDS' | 'DENIED' | 'UNKNOWN';
  /** The field is denied only because an authentication context is missing, which the user gets by stepping up. */
  readonly stepUp?: true;
  /** Description in words. Undefined when the token lacks nothing or hints are off. */
  readonly missing: string | undefined;
}

/** Returns every field of the schema and every protected argument and input field for this caller. */
export function explainAccess(
  table: RequirementTable,
  decisions: Decisions,
  caller: Caller | undefined,
): readonly FieldAccess[] {
  return [...table.fields.values(), ...table.inputs.values()].map((element) =>
    explain(element, decisions.decide(element.requirement, caller)),
  );
}

/** Explains one element whose decision by the token is known. */
export function explain({ coordinate, policies }: ElementRequirement, decision: Decision): FieldAccess {
  if (decision.kind !== 'allowed') {
    const isDenied = decision.kind === 'denied';
    const stepUp = isDenied && decision.code === 'INSUFFICIENT_CLAIMS';
    return {
      coordinate,
      decision: isDenied ? 'DENIED' : 'UNKNOWN',
      ...(stepUp && { stepUp }),
      missing: describeMissing(decision.missing),
    };
  }
  return { coordinate, decision: policies.length > 0 ? 'DEPENDS' : 'ALLOWED', missing: undefined };
}
