import { GraphQLError } from 'graphql';
import { parseJsonObject } from '../authentication/json-object.js';

const RETRY_AFTER_SECONDS = 5;

/** Another API or Entra does not answer. `message` is for the log and names no person. */
export class DownstreamUnavailableError extends Error {
  override readonly name = 'DownstreamUnavailableError';
}

/** Too many requests of this server are under way or wait, so this one was not sent. The next one may be sent at once. */
export class DownstreamBusyError extends DownstreamUnavailableError {}

/** Entra refuses a token for a reason that the client cannot mend, such as a wrong secret. `message` is for the log. */
export class DownstreamRefusedError extends Error {
  override readonly name = 'DownstreamRefusedError';
}

/** The part of a question for a token that its error depends on. */
interface AskedToken {
  readonly scopes: readonly string[];
  readonly for: { readonly kind: 'user' | 'application' };
}

/**
 * Answers of Entra that consent mends. Numbers are those of AADSTS: no consent, declined, an administrator has to consent.
 */
const CONSENT = ['consent_required', '65001', '65004', '90094', '90095'];

/**
 * Errors of Entra that a new sign-in cannot solve: the user is disabled, locked, not assigned to the application or not in
 * the tenant, or Conditional Access blocks the access.
 */
const NO_ACCESS = ['access_denied', '50105', '50057', '50053', '50020', '50034', '90072', '53003'];

/**
 * Errors of Entra that a new sign-in of the user solves. Interaction, multi-factor authentication or another device is
 * needed, or the password, the session or the user's token has expired.
 */
const SIGN_IN = [
  ...['interaction_required', 'login_required', 'bad_token', 'token_expired', 'basic_action', 'additional_action'],
  ...['50055', '50058', '50072', '50074', '50076', '50078', '50079', '50089', '50132', '50133', '50144', '50158'],
  ...['50173', '53000', '53001', '53002', '53004', '70043', '70044', '500133', '700082', '700084'],
];

/**
 * Returns the error of a field for a token that could not be obtained. The code tells the client its next step: ask for
 * consent, sign in again (with Entra's claims challenge, if any), give up, or try again later. Anything else is a fault of
 * the server and stays in the log. No sign-in mends what Entra refuses to this API itself.
 *
 * @param error of msal-node. Its description is not passed on, because it may name the user
 */
export function toFieldError(error: unknown, { scopes, for: asking }: AskedToken): Error {
  if (error instanceof GraphQLError) return error;
  if (error instanceof DownstreamUnavailableError) return unavailable(error);
  const { errorCode, subError, claims, errorNo, errorMessage }: Readonly<Record<string, unknown>> = Object(error);
  const [, described] = /AADSTS(\d{4,8})/.exec(String(errorMessage ?? '')) ?? [];
  const said = new Set([errorCode, subError, errorNo ?? described].map(String));
  const isOneOf = (answers: readonly string[]) => answers.some((answer) => said.has(answer));
  if (isOneOf(CONSENT)) {
    const message = 'The user has not consented to what this field needs. Ask for consent and try again.';
    return new GraphQLError(message, { extensions: { code: 'CONSENT_REQUIRED', scopes: [...scopes] } });
  }
  if (typeof claims === 'string' && claims !== '') return insufficientClaims(claims);
  if (asking.kind === 'user' && isOneOf(NO_ACCESS)) return noAccess();
  if (asking.kind === 'user' && isOneOf(SIGN_IN)) return signInAgain();
  return new DownstreamRefusedError(
    `Entra gives no token for ${scopes.join(' ')}: ${[errorCode, subError, errorNo].filter(Boolean).join(', ') || Object(error).name}. Check the DOWNSTREAM_ settings and the permissions of this API's app registration.`,
  );
}

/**
 * Returns the error of a field for an answer with which another API refuses the token or the user. Undefined for any other.
 *
 * @param answer.challenge header `WWW-Authenticate`. Entra's claims challenge in it is in base64
 */
export function refusalOf(answer: { readonly status: number; readonly challenge?: unknown }): GraphQLError | undefined {
  if (answer.status === 403) return noAccess();
  if (answer.status !== 401) return undefined;
  const { challenge } = answer;
  const [, encoded = ''] = /\bclaims="([\w+/=-]{1,4096})"/i.exec(typeof challenge === 'string' ? challenge : '') ?? [];
  const claims = Buffer.from(encoded, 'base64').toString();
  return parseJsonObject(claims) ? insufficientClaims(claims) : signInAgain();
}

function insufficientClaims(claims: string): GraphQLError {
  const message = 'Sign in again to use this field: another API asks for more.';
  const challenge = Buffer.from(claims).toString('base64');
  return new GraphQLError(message, { extensions: { code: 'INSUFFICIENT_CLAIMS', claims: challenge } });
}

function noAccess(): GraphQLError {
  const message = 'Another API refuses what this field needs. Ask an administrator for access, or leave the field out.';
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}

export function signInAgain(): GraphQLError {
  const message = 'Sign in again to use this field: another API gives no access for this sign-in.';
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

export function unavailable(cause: DownstreamUnavailableError): GraphQLError {
  const message = 'Another API that this field needs does not answer. Try again later.';
  const extensions = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_SECONDS };
  return Object.assign(new GraphQLError(message, { extensions }), { cause });
}
