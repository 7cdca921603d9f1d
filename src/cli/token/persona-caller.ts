import type { Caller } from '../../authentication/caller.js';
import type { Persona } from '../../emulator/persona.js';

/**
 * Returns the caller of a persona's access token. For a user it is the one after an ordinary sign-in or after stepping up.
 */
export function personaCaller(persona: Persona, clientId: string, signIn: { readonly stepsUp: boolean }): Caller {
  const { tenantId, objectId, isGuest } = persona;
  const identity = { tenantId, objectId, clientId, isGuest, claims: {} };
  if (persona.kind === 'app-only') return { kind: 'app-only', ...identity, permissions: new Set(persona.permissions) };
  return {
    kind: 'delegated',
    ...identity,
    scopes: new Set(persona.scopes),
    roles: new Set(persona.roles),
    authContexts: new Set(signIn.stepsUp ? persona.authContexts : []),
    canStepUp: true,
  };
}
