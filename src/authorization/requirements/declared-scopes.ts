import type { RequirementTable } from './requirement-table.js';

/** Every scope that a rule of the schema names, sorted: what clients of this API may ask a sign-in for. */
export function declaredScopes({ requirements }: RequirementTable): readonly string[] {
  const clauses = requirements.flatMap(({ delegated }) => delegated);
  const scopes = clauses.filter(({ kind }) => kind === 'scope').flatMap(({ anyOf }) => anyOf.flat());
  return [...new Set(scopes)].sort();
}
