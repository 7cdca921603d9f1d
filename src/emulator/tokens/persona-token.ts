import type { Directory } from '../directory.js';
import { EmulatorError } from '../emulator-error.js';
import type { EmulatorState } from '../emulator-state.js';
import type { Persona } from '../persona.js';
import { audienceOf, issueAccessToken, type TokenOverrides } from './issue-access-token.js';

/** Differences between a token issued without a sign-in and the one its persona would get. */
export interface PersonaTokenOptions extends TokenOverrides {
  /** Default: the version that the API asks for (`accessTokenVersion`). */
  readonly version?: 1 | 2;
  /** An authentication context which the persona holds, as if it had stepped up. */
  readonly authContext?: string;
  readonly audience?: string;
  /** Seconds from now. Negative for a token that expired. Default: `accessTokenLifetimeSeconds`. */
  readonly expiresInSeconds?: number;
  /** Default: the client of the persona or the first public client. */
  readonly clientId?: string;
}

/**
 * Issues an access token of a persona without any sign-in. It has all scopes or permissions that the persona holds.
 *
 * @throws EmulatorError `UNKNOWN_PERSONA`, `AUTH_CONTEXT_NOT_HELD`
 */
export function issuePersonaToken(
  state: EmulatorState,
  { personaName, instance }: { readonly personaName: string; readonly instance: string },
  options: PersonaTokenOptions = {},
): Promise<string> {
  const { directory } = state;
  const persona = findPersona(directory, personaName);
  const clientId = options.clientId ?? usualClientId(directory, persona);
  const version = options.version ?? directory.api.accessTokenVersion;
  return issueAccessToken(
    state,
    {
      instance,
      persona,
      apiClientId: directory.api.clientId,
      clientId,
      clientProof: directory.clientSecrets.has(clientId) ? '1' : '0',
      version,
      audience: options.audience ?? audienceOf(directory.api, version),
      scopes: persona.scopes,
      authContexts: authContextsOf(persona, options.authContext),
      signedInSeconds: Math.floor(state.now() / 1000),
      capabilities: [],
      groupClaims: directory.api.groupClaims,
      lifetimeSeconds: options.expiresInSeconds ?? state.accessTokenLifetimeSeconds,
    },
    options,
  );
}

function findPersona(directory: Directory, personaName: string): Persona {
  const persona = directory.personas.find(({ name }) => name === personaName);
  if (persona) return persona;
  const names = directory.personas.map(({ name }) => name).join(', ');
  throw new EmulatorError('UNKNOWN_PERSONA', `The emulator does not have this persona. It has: ${names}.`);
}

function usualClientId({ clients, api }: Directory, persona: Persona): string {
  const client =
    persona.kind === 'delegated'
      ? clients.find(({ kind }) => kind === 'public')
      : clients.find((candidate) => candidate.kind === 'confidential' && candidate.persona === persona.name);
  return client?.clientId ?? api.clientId;
}

function authContextsOf(persona: Persona, authContext: string | undefined): readonly string[] {
  if (authContext === undefined) return [];
  if (persona.authContexts.includes(authContext)) return [authContext];
  throw new EmulatorError(
    'AUTH_CONTEXT_NOT_HELD',
    `The persona ${persona.name} cannot satisfy that authentication context.`,
  );
}
