/**
 * `ver` of an Entra access token. The manifest of the API's app registration decides it (`requestedAccessTokenVersion`), not
 * the endpoint that the client used. Each version has its own metadata, issuer and keys.
 */
export type TokenVersion = '1.0' | '2.0';
