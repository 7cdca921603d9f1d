export interface BearerChallengeParameters {
  readonly realm?: string;
  /** Authorize endpoint of the tenant, for Entra's claims challenge. */
  readonly authorizationUri?: string;
  /** RFC 6750 s.3.1, or Entra's `insufficient_claims`. */
  readonly error?: string;
  readonly errorDescription?: string;
  /** Scopes that would do, separated by spaces (RFC 6750 s.3). */
  readonly scope?: string;
  /** Base64 of a claims request (Entra claims challenge). */
  readonly claims?: string;
  /** Authentication contexts that would do, separated by spaces (RFC 9470 s.3). */
  readonly acrValues?: string;
  /** Address of the protected resource metadata (RFC 9728 s.5.1). */
  readonly resourceMetadata?: string;
}

const NAMES = [
  ['realm', 'realm'],
  ['authorizationUri', 'authorization_uri'],
  ['error', 'error'],
  ['errorDescription', 'error_description'],
  ['scope', 'scope'],
  ['claims', 'claims'],
  ['acrValues', 'acr_values'],
  ['resourceMetadata', 'resource_metadata'],
] as const satisfies readonly (readonly [keyof BearerChallengeParameters, string])[];

/**
 * Returns the value of a `WWW-Authenticate` header: the Bearer scheme and the given parameters as quoted strings. Without
 * any attribute it has an empty realm, because RFC 6750 s.3 requires at least one.
 */
export function bearerChallenge(parameters: BearerChallengeParameters): string {
  const written = NAMES.flatMap(([key, name]) => {
    const value = parameters[key];
    return value === undefined ? [] : [`${name}="${quotable(value)}"`];
  });
  return `Bearer ${written.length > 0 ? written.join(', ') : 'realm=""'}`;
}

/**
 * Leaves only what RFC 6750 s.3 allows inside the quotes: printable ASCII without quote and backslash. Whatever ends up
 * in a parameter can then neither leave its quotes nor start another header line.
 */
function quotable(value: string): string {
  return value.replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '');
}
