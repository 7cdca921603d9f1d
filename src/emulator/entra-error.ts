/**
 * Answers of the emulator to wrong requests. OAuth error code, number and HTTP status are those of Entra ("Microsoft Entra
 * authentication and authorization error codes"). Clients act on `error`. Developers search for the number.
 */
const catalogue = {
  unknownTenant: [
    400,
    'invalid_request',
    90002,
    'The tenant was not found. Use its GUID, "common" or "organizations".',
  ],
  tenantRequired: [400, 'invalid_request', 50059, 'No tenant was named: ask the address of a tenant, not "common".'],
  malformedRequest: [400, 'invalid_request', 90013, 'Invalid input.'],
  missingParameter: [400, 'invalid_request', 900144, 'The request lacks a parameter.'],
  foreignOrigin: [400, 'invalid_request', 9002326, 'Cross-origin requests are for registered redirect origins only.'],
  foreignHost: [421, 'invalid_request', 90013, "The Host header is not the emulator's: use the address it printed."],
  serverError: [500, 'server_error', 90033, 'The emulator failed.'],
  unknownClient: [400, 'unauthorized_client', 700016, 'The application was not found in the directory.'],
  redirectUriMismatch: [400, 'invalid_request', 50011, 'The redirect URI is not one of those registered.'],
  unsupportedResponseType: [400, 'unsupported_response_type', 70005, 'Only response_type "code" is supported.'],
  unsupportedResponseMode: [400, 'invalid_request', 70007, 'response_mode must be "query", "fragment" or "form_post".'],
  unsupportedGrantType: [400, 'unsupported_grant_type', 70003, 'The grant type is not supported.'],
  pkceRequired: [400, 'invalid_request', 9002325, 'Proof Key for Code Exchange is required: send a code_challenge.'],
  pkceMethod: [400, 'invalid_request', 50147, 'code_challenge must be 43 characters made with method S256.'],
  wrongVerifier: [400, 'invalid_grant', 501481, 'The code_verifier does not match the code_challenge.'],
  codeNotUsable: [400, 'invalid_grant', 70008, 'The code is unknown, expired or was already redeemed.'],
  codeRedirectUri: [400, 'invalid_grant', 500112, 'The redirect URI is not the one the code was asked with.'],
  grantNotUsable: [
    400,
    'invalid_grant',
    70000,
    'The grant is unknown or expired, or belongs to another client or tenant.',
  ],
  assertionMalformed: [400, 'invalid_request', 50027, 'The JWT is malformed or not signed as it should be.'],
  clientAssertionSignature: [
    401,
    'invalid_client',
    700027,
    'The client assertion is not signed with the key of a certificate that is registered for the client.',
  ],
  clientAssertionTime: [401, 'invalid_client', 700024, 'The client assertion is not within its valid time range.'],
  clientAssertionAudience: [
    401,
    'invalid_client',
    700023,
    'The audience of the client assertion is not this endpoint.',
  ],
  clientAssertionIssuer: [401, 'invalid_client', 700021, 'iss and sub of the client assertion must be the client id.'],
  userAssertionSignature: [400, 'invalid_grant', 50013, 'Assertion failed signature validation.'],
  userAssertionTime: [400, 'invalid_grant', 500133, 'Assertion is not within its valid time range.'],
  userAssertionAudience: [
    400,
    'invalid_grant',
    500131,
    'Assertion audience does not match the Client app presenting the assertion.',
  ],
  userAssertionWithoutUser: [
    400,
    'invalid_grant',
    7000114,
    'The assertion is not an access token of a user, and the application is not allowed to make on-behalf-of calls for itself.',
  ],
  wrongSecret: [401, 'invalid_client', 7000215, 'Invalid client secret provided.'],
  secretRequired: [
    401,
    'invalid_client',
    7000218,
    "The request body must contain 'client_assertion' or 'client_secret'.",
  ],
  secretNotAllowed: [401, 'invalid_client', 700025, 'The client is public, so it must not present a secret.'],
  noServicePrincipal: [400, 'unauthorized_client', 7000229, 'The client has no app-only persona in this tenant.'],
  invalidScope: [400, 'invalid_scope', 70011, 'The scope is not valid.'],
  severalResources: [400, 'invalid_scope', 28000, 'The scope names more than one resource.'],
  unknownResource: [400, 'invalid_resource', 500011, 'The resource was not found in the tenant.'],
  unknownScope: [400, 'invalid_client', 650053, 'The API has no such scope.'],
  defaultScopeRequired: [400, 'invalid_scope', 1002012, 'Client credentials need the scope "<resource>/.default".'],
  consentRequired: [400, 'invalid_grant', 65001, 'The persona holds none of the scopes asked for.', 'consent_required'],
  loginRequired: [400, 'login_required', 50058, 'No user is signed in, so a silent sign-in is not possible.'],
  stepUpRequired: [400, 'interaction_required', 50076, 'The persona must sign in again.', 'basic_action'],
  blockedByPolicy: [400, 'access_denied', 53003, 'The persona cannot satisfy the authentication context asked for.'],
  declined: [400, 'access_denied', 65004, 'The sign-in was cancelled.'],
  authorizationPending: [400, 'authorization_pending', 70016, 'The device code was not used yet.'],
  authorizationDeclined: [400, 'authorization_declined', 70016, 'The sign-in was cancelled.'],
  deviceCodeExpired: [400, 'expired_token', 70020, 'The device code is unknown or expired.'],
} as const satisfies Record<string, readonly [number, string, number, string, string?]>;

/** Name of an entry of the catalogue. */
export type EntraErrorName = keyof typeof catalogue;

/** A request the emulator refuses, as a client of Entra would see it. */
export class EntraError extends Error {
  override readonly name = 'EntraError';
  readonly status: number;
  /** `error` of the answer. */
  readonly code: string;
  /** The number after `AADSTS`. */
  readonly number: number;
  readonly subError: string | undefined;
  /** @param detail replaces the catalogue's text; never anything secret from the request */
  constructor(
    readonly entry: EntraErrorName,
    detail?: string,
    /** Claims request that the client has to pass to the next sign-in. */
    readonly claims?: string,
  ) {
    const [status, code, number, text, subError]: readonly [number, string, number, string, string?] = catalogue[entry];
    super(`AADSTS${number}: ${detail ?? text}`);
    this.status = status;
    this.code = code;
    this.number = number;
    this.subError = subError;
  }
}

/** Returns the body of an error answer as the token endpoint sends it. */
export function entraErrorBody(
  error: EntraError,
  ids: { readonly traceId: string; readonly correlationId: string; readonly nowMs: number },
) {
  const timestamp = `${new Date(ids.nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    error: error.code,
    error_description: `${error.message} Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.number],
    timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    ...(error.subError && { suberror: error.subError }),
    ...(error.claims && { claims: error.claims }),
  };
}
