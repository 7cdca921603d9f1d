import type { Caller } from '../../authentication/caller.js';
import type { ClauseKind } from '../../authorization/requirements/requirement.js';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';

/** Ids of callers that exist on the page alone. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const IDENTITY = { tenantId: NOBODY, objectId: NOBODY, clientId: NOBODY, isGuest: false, claims: {} };

/**
 * Returns the kinds of caller that the rules of a schema distinguish, for a server without personas. A user with a role has
 * every scope. A user who stepped up has every role too. So each column shows what its name adds.
 */
export function callerKinds({ requirements }: RequirementTable): ReadonlyMap<string, Caller | undefined> {
  const named = (kind: ClauseKind) => {
    const clauses = requirements.flatMap(({ delegated, app }) => [...delegated, ...(app === 'never' ? [] : app)]);
    return [...new Set(clauses.filter((clause) => clause.kind === kind).flatMap(({ anyOf }) => anyOf.flat()))].sort();
  };
  const scopes = named('scope');
  const roles = named('role');
  return new Map<string, Caller | undefined>([
    ['anonymous', undefined],
    ['user', user({})],
    ...scopes.map((scope) => [`scope ${scope}`, user({ scopes: [scope] })] as const),
    ...roles.map((role) => [`role ${role}`, user({ scopes, roles: [role] })] as const),
    ...named('authContext').map((id) => [`stepped up ${id}`, user({ scopes, roles, authContexts: [id] })] as const),
    ['application', application([])],
    ...named('permission').map((permission) => [`permission ${permission}`, application([permission])] as const),
  ]);
}

function user(holds: {
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly authContexts?: readonly string[];
}): Caller {
  const { scopes, roles, authContexts } = holds;
  return {
    kind: 'delegated',
    ...IDENTITY,
    scopes: new Set(scopes),
    roles: new Set(roles),
    authContexts: new Set(authContexts),
    canStepUp: true,
  };
}

function application(permissions: readonly string[]): Caller {
  return { kind: 'app-only', ...IDENTITY, permissions: new Set(permissions) };
}
