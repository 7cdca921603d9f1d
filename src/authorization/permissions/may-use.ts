import type { Caller } from '../../authentication/caller.js';
import type { Decisions } from '../decisions/decisions.js';
import type { RequirementTable } from '../requirements/requirement-table.js';

/**
 * Returns whether the token of this caller suffices for a coordinate. An argument needs its field too. A policy may still
 * deny some objects. A coordinate that the schema does not have is false.
 */
export function mayUse(
  { fields, inputs, inputNames }: RequirementTable,
  decisions: Decisions,
  caller: Caller | undefined,
  coordinate: string,
): boolean {
  const field = fields.get(coordinate.split('(', 1)[0] ?? '');
  if (!field && !inputNames.has(coordinate)) return false;
  if (field && field.coordinate !== coordinate && !inputNames.has(coordinate)) return false;
  const elements = [field, inputs.get(coordinate)];
  return elements.every((element) => !element || decisions.decide(element.requirement, caller).kind === 'allowed');
}
