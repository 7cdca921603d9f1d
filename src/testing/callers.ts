import type { AgentIdentity, AppOnlyCaller, Caller, DelegatedCaller } from '../authentication/caller.js';

/** Parts of a caller that a test may set. Ids are made up by default. */
interface Identity {
  readonly tenantId?: string;
  readonly objectId?: string;
  readonly clientId?: string;
  readonly isGuest?: boolean;
  readonly agent?: AgentIdentity;
}

/** Rights of a user. Default: none. */
export interface UserRights extends Identity {
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Authentication contexts of the sign-in, such as `c1`. */
  readonly authContexts?: readonly string[];
}

const IDENTITY = {
  tenantId: '10000000-0000-4000-8000-000000000001',
  clientId: '10000000-0000-4000-8000-000000000002',
  isGuest: false,
  claims: {},
};

/** The caller of a request without an access token. */
export const anonymous: Caller | undefined = undefined;

/** Creates the caller that a user's access token with these rights would make. */
export function user(rights: UserRights = {}): DelegatedCaller {
  const { scopes, roles, authContexts, ...identity } = rights;
  return {
    kind: 'delegated',
    ...IDENTITY,
    objectId: '10000000-0000-4000-8000-000000000003',
    ...identity,
    scopes: new Set(scopes),
    roles: new Set(roles),
    authContexts: new Set(authContexts),
    canStepUp: true,
  };
}

/** Creates the caller that an application's own access token with these permissions would make. */
export function application(rights: Identity & { readonly permissions?: readonly string[] } = {}): AppOnlyCaller {
  const { permissions, ...identity } = rights;
  return {
    kind: 'app-only',
    ...IDENTITY,
    objectId: '10000000-0000-4000-8000-000000000004',
    ...identity,
    permissions: new Set(permissions),
  };
}
