import type { Caller } from '../../authentication/caller.js';
import { declaredNames } from '../../authorization/requirements/declared-names.js';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';
import { application, user } from '../../testing/callers.js';

/**
 * Returns the kinds of caller that the rules of a schema distinguish, for a server without personas. A user with a role has
 * every scope. A user who stepped up has every role too. So each column shows what its name adds.
 */
export function callerKinds(table: RequirementTable): ReadonlyMap<string, Caller | undefined> {
  const { scopes, roles, permissions, authContexts } = declaredNames(table);
  return new Map<string, Caller | undefined>([
    ['anonymous', undefined],
    ['user', user()],
    ...scopes.map((scope) => [`scope ${scope}`, user({ scopes: [scope] })] as const),
    ...roles.map((role) => [`role ${role}`, user({ scopes, roles: [role] })] as const),
    ...authContexts.map((id) => [`stepped up ${id}`, user({ scopes, roles, authContexts: [id] })] as const),
    ['application', application()],
    ...permissions.map((name) => [`permission ${name}`, application({ permissions: [name] })] as const),
  ]);
}
