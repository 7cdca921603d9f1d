import type { ClauseKind, Clauses } from './requirement.js';
import type { RequirementTable } from './requirement-table.js';

/** Names in the rules of a schema, each sorted and once. */
export interface DeclaredNames {
  /** Scopes that clients of this API may ask a sign-in for. */
  readonly scopes: readonly string[];
  /** App roles of users. */
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly authContexts: readonly string[];
}

/** Returns every name that a rule of the schema asks for. */
export function declaredNames({ requirements }: RequirementTable): DeclaredNames {
  const users = requirements.flatMap(({ delegated }) => delegated);
  const applications = requirements.flatMap(({ app }) => (app === 'never' ? [] : app));
  return {
    scopes: namesIn(users, 'scope'),
    roles: namesIn(users, 'role'),
    permissions: namesIn(applications, 'permission'),
    authContexts: namesIn(users, 'authContext'),
  };
}

function namesIn(clauses: Clauses, kind: ClauseKind): readonly string[] {
  const names = clauses.filter((clause) => clause.kind === kind).flatMap(({ anyOf }) => anyOf.flat());
  return [...new Set(names)].sort();
}
