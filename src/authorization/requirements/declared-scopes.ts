import type { RequirementTable } from './requirement-table.js';

/** Returns every scope that a rule of the schema names in sorted order. Clients of this API may ask a sign-in for them. */
export function declaredScopes({ requirements }: RequirementTable): readonly string[] {
  const clauses = requirements.flatMap(({ delegated }) => delegated);
  const scopes = clauses.filter(({ kind }) => kind === 'scope').flatMap(({ anyOf }) => anyOf.flat());
  return [...new Set(scopes)].sort();
}
