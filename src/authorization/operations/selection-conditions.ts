import { Kind, type SelectionNode } from 'graphql';

/** A condition that a variable decides: the selection is executed only if the variable has this value. */
export interface Condition {
  readonly variable: string;
  readonly value: boolean;
}

/** Returns the `@skip` and `@include` that variables decide in a selection. Returns `never` when literals rule it out. */
export function readConditions(selection: SelectionNode): readonly Condition[] | 'never' {
  const conditions: Condition[] = [];
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const wanted = name === 'include';
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, value: wanted });
    else if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return 'never';
  }
  return conditions;
}

/**
 * Returns whether a selection is executed. A variable without a usable value counts as if it included the selection. Such a
 * request fails anyway, and until then no selection may be overlooked.
 */
export function areMet(conditions: readonly Condition[], variables: Readonly<Record<string, unknown>>): boolean {
  return conditions.every(
    ({ variable, value }) => !Object.hasOwn(variables, variable) || variables[variable] !== !value,
  );
}
