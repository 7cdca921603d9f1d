/** The public surface of `entra-graphql/authentication`. */

export type { AccessTokenClaims } from './access-token-claims.js';
export {
  type Authentication,
  type AuthenticationLogger,
  type AuthenticationOptions,
  type CredentialsLookup,
  createAuthentication,
  type TokenSource,
  type VerifiedAccessToken,
} from './authentication.js';
export { silentLogger } from './authentication-logger.js';
export type { AgentIdentity, AppOnlyCaller, Caller, DelegatedCaller } from './caller.js';
export type { AccessTokenExplanation, ExplainedCheck } from './explanation/explain-access-token.js';
export type { ExplanationCode } from './explanation/explanation-texts.js';
export type { Fetch } from './fetch/bounded-fetch.js';
export { createProxiedFetch } from './fetch/proxied-fetch.js';
export type { ProxySettings } from './fetch/proxy-routes.js';
export type { Schedule } from './keys/schedule.js';
export type { FurtherAuthority } from './options/authentication-options.js';
export {
  type AccessTokenDetails,
  AccessTokenError,
  RevocationsUnknownError,
  SignatureNotCheckedError,
  SigningKeysUnavailableError,
} from './refusals/access-token-error.js';
export { type BearerChallengeParameters, bearerChallenge } from './refusals/challenge.js';
export {
  type AccessTokenFailureCode,
  describeFailure,
  type FailureDescription,
  failureAnchor,
} from './refusals/failure-catalogue.js';
export { type ReceivedCredentials, type RequestCredentials, readCredentials } from './request/request-credentials.js';
export {
  createRevocationList,
  type Revocation,
  type RevocationList,
} from './revocations/revocation-list.js';
export type { RevocableToken, RevocationSource, UnknownRevocations } from './revocations/revocation-source.js';
export type { IsTenantAllowed } from './tenants/tenant-decisions.js';
export type { TokenVersion } from './token-version.js';
