import type { Caller } from '../../authentication/caller.js';
import type { Persona } from '../../emulator/persona.js';
import { application, user } from '../../testing/callers.js';

/**
 * Returns the caller of a persona's access token. For a user it is the one after an ordinary sign-in or after stepping up.
 */
function personaCaller(persona: Persona, clientId: string, signIn: { readonly stepsUp: boolean }): Caller {
  const { tenantId, objectId, isGuest, permissions, scopes, roles, authContexts } = persona;
  const identity = { tenantId, objectId, clientId, isGuest };
  if (persona.kind === 'app-only') return application({ ...identity, permissions });
  return user({ ...identity, scopes, roles, authContexts: signIn.stepsUp ? authContexts : [] });
}

/**
 * Returns callers by name. `nobody` is an anonymous caller. A persona that can step up is listed twice, the second time with
 * its authentication context (`finn` and `finn+c1`).
 */
export function sampleCallers(personas: readonly Persona[], clientId: string): ReadonlyMap<string, Caller | undefined> {
  const callers = personas.flatMap((persona): [string, Caller][] => {
    const ordinary: [string, Caller] = [persona.name, personaCaller(persona, clientId, { stepsUp: false })];
    if (persona.authContexts.length === 0) return [ordinary];
    const name = `${persona.name}+${persona.authContexts.join('+')}`;
    return [ordinary, [name, personaCaller(persona, clientId, { stepsUp: true })]];
  });
  return new Map([['nobody', undefined], ...callers]);
}
