import type { AppOnlyCaller, Caller, DelegatedCaller } from '../../src/authentication/caller.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { CONTOSO, FABRIKAM, findPersona, type PersonaName } from '../../src/expenses/sample-data/personas.js';
import type { SignIn } from './api.js';

/** An anonymous caller, each persona, and one that has stepped up. */
export const EVERY_SIGN_IN: readonly SignIn[] = [
  undefined,
  ...emulatorSettings.personas.map(({ name }) => name),
  'finn+c1',
];

const CLIENT_ID = 'c11e0700-0000-4000-8000-000000000001';

/** The caller that a persona's access token makes. */
export function callerOf(name: PersonaName): Caller {
  const { kind, objectId, isGuest, scopes, roles, permissions } = findPersona(name);
  if (kind === 'app-only') return applicationCaller({ objectId, permissions: new Set(permissions) });
  return userCaller({ objectId, isGuest, scopes: new Set(scopes), roles: new Set(roles) });
}

/** A user of Contoso without any right. */
export function userCaller(overrides: Partial<DelegatedCaller> & Pick<Caller, 'objectId'>): DelegatedCaller {
  return {
    kind: 'delegated',
    tenantId: CONTOSO,
    clientId: CLIENT_ID,
    isGuest: false,
    claims: {},
    scopes: new Set(),
    roles: new Set(),
    authContexts: new Set(),
    canStepUp: false,
    ...overrides,
  };
}

/** An application without any right. */
export function applicationCaller(overrides: Partial<AppOnlyCaller> & Pick<Caller, 'objectId'>): AppOnlyCaller {
  return {
    kind: 'app-only',
    tenantId: CONTOSO,
    clientId: CLIENT_ID,
    isGuest: false,
    claims: {},
    permissions: new Set(),
    ...overrides,
  };
}

/** The same caller, with a token of the other tenant. */
export function atFabrikam<T extends Caller>(caller: T): T {
  return { ...caller, tenantId: FABRIKAM };
}
