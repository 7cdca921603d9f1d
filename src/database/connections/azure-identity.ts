import { LIMITS } from '../../config/limits.js';
import { DatabaseIdentityError } from '../database-errors.js';

/** A credential of `@azure/identity`, as far as it is used here. */
export interface TokenCredential {
  getToken(
    scope: string,
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/**
 * Loads the identity of this host: a managed identity, a workload identity or the one that the `AZURE_` variables name. The
 * package is optional, because only `DATABASE_AUTH=entra` needs it.
 *
 * @throws DatabaseIdentityError when the package is missing
 */
export async function loadHostIdentity(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity').catch((error: unknown) => {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DatabaseIdentityError('ENTRA_PACKAGE', 'the package @azure/identity is not installed');
  });
  // Only Microsoft's own clouds can be looked up. The operator names another authority with AZURE_AUTHORITY_HOST.
  return new DefaultAzureCredential({ disableInstanceDiscovery: true });
}

/** Returns an error that says what failed, without the tenant, the client and the steps that `@azure/identity` tried. */
export function toIdentityError(error: unknown): DatabaseIdentityError {
  if (error instanceof DatabaseIdentityError) return error;
  const errors = [error, ...(error instanceof Error && 'errors' in error ? [error.errors].flat() : [])].map(Object);
  // A failed request has that name too, with a code of MSAL instead of Entra's.
  const failed = errors.find(({ name }) => name === 'AuthenticationError');
  const [refusal] = /AADSTS\d+/.exec(String(failed?.message)) ?? [];
  if (refusal)
    return new DatabaseIdentityError('ENTRA_REFUSED', `the identity of this host gets no access token (${refusal})`);
  if (!failed && errors.some(({ name }) => name === 'CredentialUnavailableError'))
    return new DatabaseIdentityError('ENTRA_IDENTITY', 'this host has no identity that @azure/identity can use');
  const [line = ''] = String(failed?.errorResponse?.errorDescription ?? Object(error).message ?? error).split('\n');
  return new DatabaseIdentityError(
    'ENTRA_FAILED',
    `no access token can be had: ${line.slice(0, LIMITS.identityMessageLength.default)}`,
  );
}
