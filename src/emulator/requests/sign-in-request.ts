import type { Authority } from '../directory.js';
import type { ClaimsRequest } from './claims-request.js';
import type { ScopeRequest } from './scope-request.js';

/** Request of a client that a user sign in, by browser or by device code. */
export interface SignInRequest {
  readonly authority: Authority;
  readonly clientId: string;
  readonly scope: ScopeRequest;
  readonly claims: ClaimsRequest;
  /** Comes back in the ID token. */
  readonly nonce: string | undefined;
}
