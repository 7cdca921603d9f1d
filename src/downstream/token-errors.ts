import { GraphQLError } from 'graphql';

const RETRY_AFTER_SECONDS = 5;

/** Another API or Entra does not answer. `message` is for the log and names no person. */
export class DownstreamUnavailableError extends Error {
  override readonly name = 'DownstreamUnavailableError';
}

/** Entra refuses a token for a reason that the client cannot mend, such as a wrong secret. `message` is for the log. */
export class DownstreamRefusedError extends Error {
  override readonly name = 'DownstreamRefusedError';
}

/**
 * Returns the error of a field for a token that could not be had. The client learns what it can do: ask for consent, sign
 * in again with Entra's claims challenge or try again later. Anything else is a fault of the server and stays in the log.
 *
 * @param error of msal-node. Its description is not used, because it may name the user
 */
export function toFieldError(error: unknown, scopes: readonly string[]): Error {
  if (error instanceof GraphQLError) return error;
  if (error instanceof DownstreamUnavailableError) return unavailable(error);
  const { errorCode, subError, claims, errorNo }: Readonly<Record<string, unknown>> = Object(error);
  if (subError === 'consent_required' || errorCode === 'consent_required') {
    const message = 'The user has not consented to what this field needs. Ask for consent and try again.';
    return new GraphQLError(message, { extensions: { code: 'CONSENT_REQUIRED', scopes: [...scopes] } });
  }
  if (typeof claims === 'string' && claims !== '') {
    const message = 'Sign in again to use this field: another API asks for more.';
    const challenge = Buffer.from(claims).toString('base64');
    return new GraphQLError(message, { extensions: { code: 'INSUFFICIENT_CLAIMS', claims: challenge } });
  }
  return new DownstreamRefusedError(
    `Entra gives no token for ${scopes.join(' ')}: ${[errorCode, subError, errorNo].filter(Boolean).join(', ') || Object(error).name}. Check the DOWNSTREAM_ settings and the permissions of this API's app registration.`,
  );
}

/** Returns the error of a field for a user who has to sign in again. */
export function signInAgain(): GraphQLError {
  const message = 'Sign in again to use this field: another API gives no access for this sign-in.';
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

/** Returns the error of a field for an outage of another API. */
export function unavailable(cause: DownstreamUnavailableError): GraphQLError {
  const message = 'Another API that this field needs does not answer. Try again later.';
  const extensions = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_SECONDS };
  return Object.assign(new GraphQLError(message, { extensions }), { cause });
}
