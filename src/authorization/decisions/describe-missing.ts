import type { Missing } from './decide.js';

const WORDS: Readonly<Record<Missing['kind'], string>> = {
  accessToken: 'an access token',
  user: 'a signed-in user: closed to applications',
  noAgent: 'a caller that is not an agent: closed to agents',
  scope: 'scope',
  role: 'role',
  permission: 'application permission',
  authContext: 'authentication context',
  policy: 'policy',
};

/** Describes the missing parts in words, as in `scope Expenses.Read or Expenses.ReadWrite; role Expenses.Approver`. */
export function describeMissing(missing: readonly Missing[]): string {
  return missing.map(describeClause).join('; ');
}

/** Describes a clause in words: `role a or (b and c)`. */
export function describeClause(clause: Missing): string {
  if (clause.anyOf.length === 0) return WORDS[clause.kind];
  const alternatives = clause.anyOf.map((all) =>
    all.length > 1 && clause.anyOf.length > 1 ? `(${all.join(' and ')})` : all.join(' and '),
  );
  return `${WORDS[clause.kind]} ${alternatives.join(' or ')}`;
}
