/** Meaning of one code for the client, for the log and for the person who has to fix it. */
export interface FailureDescription {
  /** 400 is a malformed request and 401 a refused token. 403 is a genuine token without any permission. */
  readonly status: 400 | 401 | 403;
  /** `error` of the challenge (RFC 6750 s.3.1). Absent when the request carried no usable Bearer credential. */
  readonly challengeError?: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  /**
   * The only text for the client. It has only characters of RFC 6750 s.3 `error_description` and never any part of the
   * token.
   */
  readonly wireMessage: string;
  /** Remedy for the log and for `token inspect`. */
  readonly hint: string;
}

/**
 * All faults of key or signature have one text. A client that could distinguish an unknown key from a bad signature would
 * learn which keys this server trusts.
 */
const UNVERIFIABLE = 'The signature of the access token cannot be verified';
const MALFORMED = 'The access token is malformed';

const malformedRequest = (wireMessage: string, hint: string): FailureDescription => ({
  status: 400,
  challengeError: 'invalid_request',
  wireMessage,
  hint,
});
const refusedToken = (wireMessage: string, hint: string): FailureDescription => ({
  status: 401,
  challengeError: 'invalid_token',
  wireMessage,
  hint,
});

/** Every reason for which a request's credentials are refused, roughly in the order in which they are looked for. */
export const failureCatalogue = {
  AUTHORIZATION_HEADER_REPEATED: malformedRequest(
    'The request has more than one Authorization header',
    'Send exactly one Authorization header. A proxy in between may be adding its own.',
  ),
  ACCESS_TOKEN_IN_URL: malformedRequest(
    'Access tokens are not accepted in the URL',
    'Send the token in the Authorization header. Addresses are written into logs and histories.',
  ),
  ACCESS_TOKEN_MISPLACED: malformedRequest(
    "Send the access token in connectionParams as authorization: 'Bearer <token>'",
    "Give the WebSocket client connectionParams of the form { authorization: 'Bearer ' + token }. Other names are not read.",
  ),
  AUTHORIZATION_HEADER_MALFORMED: malformedRequest(
    'The Authorization header is not of the form Bearer, one space, access token',
    'Write the word Bearer, one space and the token: no quotes, no commas, no line breaks.',
  ),
  AUTHORIZATION_SCHEME_UNSUPPORTED: {
    status: 401,
    wireMessage: 'Only the Bearer scheme is accepted',
    hint: 'Basic, DPoP, PoP and the like are not supported: send a Bearer access token.',
  },
  TOKEN_TOO_LARGE: refusedToken(
    'The access token is too large',
    'The token has over 16384 bytes, its header over 1024, or its claims have over 256 members. Use app roles instead of the groups claim, and remove optional claims that are not used.',
  ),
  TOKEN_NOT_COMPACT: refusedToken(
    MALFORMED,
    'The token does not have three parts separated by dots. Refresh tokens, SAML assertions and opaque tokens cannot be used here: send the access token.',
  ),
  TOKEN_UNSIGNED: refusedToken(
    'The access token is not signed',
    'The token has no signature: it is unsigned (alg none), and anyone could have written it. Copy the token again, whole, or request a signed access token from Entra ID.',
  ),
  TOKEN_ENCRYPTED: refusedToken(
    'The access token is encrypted',
    "Five parts separated by dots mean an encrypted token: turn token encryption off in the API's app registration.",
  ),
  TOKEN_ENCODING_INVALID: refusedToken(
    MALFORMED,
    'A part is not canonical base64url without padding. The token was altered on its way: copy it again, whole.',
  ),
  HEADER_MALFORMED: refusedToken(MALFORMED, 'The first part is not a JSON object. Copy the token again, whole.'),
  PAYLOAD_MALFORMED: refusedToken(MALFORMED, 'The second part is not a JSON object. Copy the token again, whole.'),
  MEMBER_REPEATED: refusedToken(
    MALFORMED,
    'A name occurs twice, or twice in different case. Entra never issues such a token: find out who issued it.',
  ),
  ALGORITHM_NOT_ALLOWED: refusedToken(
    UNVERIFIABLE,
    'Only RS256 is accepted, the algorithm with which Entra signs access tokens. With alg none a token is unsigned.',
  ),
  HEADER_MEMBER_NOT_ALLOWED: refusedToken(
    MALFORMED,
    'The header has a member that Entra does not use and that would change how the token is read or where its key is found. Get the token from Entra ID, and find out who issued this one.',
  ),
  TOKEN_TYPE_NOT_ALLOWED: refusedToken(
    'The token is not an access token',
    'The header says that this is another kind of token. Send the access token.',
  ),
  SIGNED_HTTP_REQUEST: refusedToken(
    'The token is not a Bearer access token',
    'This is a signed HTTP request (SHR), the proof of possession (PoP) form in which the access token stands in the claim at. PoP is not supported: have the client request a Bearer token (in MSAL, authentication scheme Bearer instead of PoP).',
  ),
  TOKEN_FROM_B2C: refusedToken(
    'The access token was issued by an authority that is not supported',
    'This is a token of Azure AD B2C, which is not supported. Use Microsoft Entra ID, or External ID for customers.',
  ),
  AUTHORITY_UNSUPPORTED: refusedToken(
    'The access token was issued by an authority that is not supported',
    'The token comes from another identity provider than Microsoft Entra ID, such as AD FS, Google, Okta or Auth0; the log has its host in iss. Sign in with Entra ID. Entra ID can federate the other provider.',
  ),
  TOKEN_FOR_GRAPH: refusedToken(
    'The access token is for another API',
    'This token is for Microsoft Graph, and only Graph can verify it. Request one for this API: scope api://<client id of the API>/<scope name>.',
  ),
  KEY_ID_INVALID: refusedToken(
    UNVERIFIABLE,
    'The header has neither a usable kid nor, without kid, a usable x5t. Entra always sends a kid. Copy the token again, whole.',
  ),
  VERSION_UNSUPPORTED: refusedToken(
    'The access token has an unsupported version',
    'The ver claim must be "1.0" or "2.0". Is this a token of Entra ID?',
  ),
  VERSION_1_NOT_ACCEPTED: refusedToken(
    'The access token has an unsupported version',
    "Set requestedAccessTokenVersion to 2 in the manifest of the API's app registration (not the client's), or ENTRA_ACCEPT_V1_TOKENS=true here. External ID issues v2.0 tokens only.",
  ),
  ID_TOKEN: refusedToken(
    'The token is not an access token',
    'This is an ID token, which is for the client that signed in. Send the access token for api://<client id of the API>/<scope name>.',
  ),
  TOKEN_BOUND_TO_KEY: refusedToken(
    'The access token is bound to a key',
    'The cnf claim binds this token to a key (proof of possession). Request a Bearer token.',
  ),
  TENANT_CLAIM_INVALID: refusedToken(
    'The access token names no valid tenant',
    'The tid claim must be a lower-case GUID. Is this a token of Entra ID?',
  ),
  TENANT_NOT_ALLOWED: refusedToken(
    'The access token was issued by a tenant that is not allowed here',
    'The token comes from another tenant. Sign in to one that is allowed, or allow that one: ENTRA_TENANT_ID=organizations, and its id in ENTRA_ALLOWED_TENANTS. If isTenantAllowed is set, it did not return true, and the log says if it failed.',
  ),
  ISSUER_MISMATCH: refusedToken(
    'The issuer of the access token is not accepted',
    'The iss claim must be the issuer of the configured authority for this tenant and token version, to the letter. Check ENTRA_INSTANCE (cloud) and ENTRA_TENANT_ID. The log has the host of a foreign issuer in iss.',
  ),
  AUDIENCE_MISMATCH: refusedToken(
    'The access token is for another API',
    'Request a token for this API: scope api://<client id of the API>/<scope name>. aud is compared to the letter with the identifiers of this API: api://, the final slash and spaces count. Write only identifiers of this API into ENTRA_AUDIENCES, never those of another service. "entra-graphql token inspect" shows whether the audience is another spelling of this API.',
  ),
  TIME_CLAIM_INVALID: refusedToken(
    'The access token has no valid lifetime',
    'exp and iat must be present, and exp, iat and nbf must be whole seconds since 1970, with nbf not after exp. Get a new token from Entra ID.',
  ),
  TOKEN_EXPIRED: refusedToken(
    'The access token has expired',
    'Get a new token. If it is new, the clock of this server is ahead.',
  ),
  TOKEN_NOT_YET_VALID: refusedToken(
    'The access token is not valid yet',
    'The token begins in the future: compare the clocks. ENTRA_CLOCK_TOLERANCE_SECONDS allows up to 300 s.',
  ),
  LIFETIME_TOO_LONG: refusedToken(
    'The access token has no valid lifetime',
    'Entra issues no access token that lives longer than 28 hours. Find out who issued this one.',
  ),
  SIGNING_KEY_UNKNOWN: refusedToken(
    UNVERIFIABLE,
    'No key of the authority has this kid (or x5t), also after a refresh of the keys. During a key rollover get a new token and try again after some minutes. Otherwise, either tenant or cloud is wrong (ENTRA_TENANT_ID, ENTRA_INSTANCE), or the app has a signing key of its own (claims mapping, SAML): set ENTRA_APP_SPECIFIC_SIGNING_KEYS=true, which asks for its keys with ?appid=.',
  ),
  SIGNING_KEY_OF_ANOTHER_ISSUER: refusedToken(
    UNVERIFIABLE,
    'The key belongs to another issuer: personal accounts, work accounts and other clouds each have their own. Check ENTRA_INSTANCE, and with which account the user signs in.',
  ),
  KEY_THUMBPRINT_MISMATCH: refusedToken(
    UNVERIFIABLE,
    'x5t in the header is not the thumbprint of the key named by kid. Copy the token again, whole. If it stays, find out who issued it.',
  ),
  SIGNATURE_INVALID: refusedToken(
    UNVERIFIABLE,
    'The token was altered, or signed by somebody else. Copy it again, whole.',
  ),
  TOKEN_REVOKED: refusedToken(
    'The access token has been revoked',
    'Sign in again, or request a new token: tokens that were issued before the revocation are refused. "entra-graphql revoke" named the user, the client, the agent or this token. Entra dates tokens back by up to five minutes, so that a new one may be refused for as long.',
  ),
  OBJECT_ID_INVALID: refusedToken(
    'The access token does not say who the caller is',
    'The oid claim must be a GUID. Guests without an object in the tenant cannot call.',
  ),
  CLIENT_ID_INVALID: refusedToken(
    'The access token does not say which application calls',
    'azp (v1.0: appid) must be a GUID. An ID token has none: send the access token.',
  ),
  CLIENT_NOT_ALLOWED: refusedToken(
    'This application may not call the API',
    'If it may, add its client id to ENTRA_ALLOWED_CLIENTS.',
  ),
  REQUIRED_CLAIM_MISMATCH: refusedToken(
    'The access token does not have the claims that this API requires',
    'ENTRA_REQUIRED_CLAIMS names claims and their accepted values, and this token lacks one or has another value. If the claim is optional, add it to the access tokens of the API (App registrations, Token configuration). "entra-graphql token inspect" shows which claim it is.',
  ),
  ACTOR_UNCLEAR: refusedToken(
    'The access token does not say whether a user or an application calls',
    'A token of a user has a scope in scp. One of an application has none, and says so by idtyp app, or by oid equal to sub. An ID token looks like this as well: send the access token. For an application, add the optional claim idtyp to the access tokens of the API (App registrations, Token configuration). An agent names its blueprint in xms_par_app_azp, which is one GUID.',
  ),
  PERMISSION_CLAIM_INVALID: refusedToken(
    'A permission claim of the access token is malformed',
    'scp must be one string separated by spaces, roles and groups arrays of strings, acrs a string or an array of strings.',
  ),
  CLAIMS_OVERAGE: refusedToken(
    'A permission claim of the access token is left out because it is too long',
    'The token has a link in place of the claim, and this server does not follow it. Assign fewer roles.',
  ),
  NO_PERMISSIONS: {
    status: 403,
    challengeError: 'insufficient_scope',
    wireMessage: 'The access token holds no permission for this API',
    hint: 'The token has neither scp nor roles. For an application: grant it an application permission of the API, with admin consent, and request api://<client id of the API>/.default. For a managed identity: assign it an app role of the API (app role assignment, by Microsoft Graph or PowerShell); its token lives 24 hours, so the role shows only in a new one.',
  },
} as const satisfies Record<string, FailureDescription>;

/** Stable code of a refusal for logs, metrics and tests. */
export type AccessTokenFailureCode = keyof typeof failureCatalogue;

const FOUND_AFTER_SIGNATURE: ReadonlySet<AccessTokenFailureCode> = new Set([
  'OBJECT_ID_INVALID',
  'CLIENT_ID_INVALID',
  'CLIENT_NOT_ALLOWED',
  'REQUIRED_CLAIM_MISMATCH',
  'CLAIMS_OVERAGE',
  'PERMISSION_CLAIM_INVALID',
  'ACTOR_UNCLEAR',
  'NO_PERMISSIONS',
  'TOKEN_REVOKED',
]);

/**
 * Returns whether only a token whose signature was verified is refused with this code. A client needs a token that Entra
 * issued for this API to cause it.
 */
export function isFoundAfterSignature(code: AccessTokenFailureCode): boolean {
  return FOUND_AFTER_SIGNATURE.has(code);
}

export function describeFailure(code: AccessTokenFailureCode): FailureDescription {
  return failureCatalogue[code];
}

/**
 * Returns the anchor of the section on `code`, such as `#token_expired`. The section is in `docs/token-errors.md`, which is
 * in the package.
 */
export function failureAnchor(code: AccessTokenFailureCode | 'SIGNING_KEYS_UNAVAILABLE'): string {
  return `#${code.toLowerCase()}`;
}
