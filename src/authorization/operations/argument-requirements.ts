import { type ArgumentNode, Kind, valueFromAST } from 'graphql';
import type { ProtectedArgument, ProtectedInputs } from '../requirements/protected-inputs.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import type { ActiveUse } from './active-uses.js';

/** A protected argument or input field that a request uses, and the field it is used on. */
export interface UsedInput {
  readonly element: ElementRequirement;
  readonly active: ActiveUse;
}

/**
 * Returns the protected arguments and input fields that a request uses. They are found before execution, in the values that
 * the executor will coerce. A missing variable leaves its argument out. An explicit null does not.
 *
 * @param variables coerced ones.
 */
export function findUsedInputs(
  active: readonly ActiveUse[],
  variables: Record<string, unknown>,
  protectedInputs: ProtectedInputs,
): readonly UsedInput[] {
  // The value of a variable that is used in a thousand places is one object, and it is searched once.
  const seen = new Set<unknown>();
  return active.flatMap((candidate) => {
    const { node, protectedArguments } = candidate.use;
    const used = new Set<ElementRequirement>();
    for (const { argument, requirement } of protectedArguments) {
      const given = node.arguments?.find(({ name }) => name.value === argument.name);
      if (!given || !isPresent(given, variables)) continue;
      if (requirement) used.add(requirement);
      protectedInputs.collectUsed(argument.type, valueFromAST(given.value, argument.type, variables), used, seen);
    }
    return [...used].map((element) => ({ element, active: candidate }));
  });
}

/** Does the same with the arguments that a resolver is called with. */
export function findUsedArguments(
  protectedArguments: readonly ProtectedArgument[],
  args: Readonly<Record<string, unknown>>,
  protectedInputs: ProtectedInputs,
): readonly ElementRequirement[] {
  const used = new Set<ElementRequirement>();
  for (const { argument, requirement } of protectedArguments) {
    if (!Object.hasOwn(args, argument.name)) continue;
    if (requirement) used.add(requirement);
    protectedInputs.collectUsed(argument.type, args[argument.name], used);
  }
  return [...used];
}

function isPresent(argument: ArgumentNode, variables: Readonly<Record<string, unknown>>): boolean {
  return argument.value.kind !== Kind.VARIABLE || Object.hasOwn(variables, argument.value.name.value);
}
