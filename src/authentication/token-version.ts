/**
 * `ver` of an Entra access token. It follows the manifest of the API's app registration (`requestedAccessTokenVersion`),
 * not the endpoint that the client used; each version has metadata, issuer and keys of its own.
 */
export type TokenVersion = '1.0' | '2.0';
