import type { Caller } from '../caller.js';

/** An access token that passed every other check. */
export interface RevocableToken {
  readonly caller: Caller;
  /** Claim `uti`. */
  readonly tokenId: string | undefined;
}

/** Says which tokens are refused before they expire. */
export interface RevocationSource {
  /**
   * Returns the time, in seconds since 1970, before which tokens like this one are refused. Returns undefined if nothing is
   * revoked, and `unknown` if the source cannot say. It is called for each request and must answer at once.
   */
  revokedBefore(token: RevocableToken): number | 'unknown' | undefined;
  /**
   * Calls the listener whenever more may be revoked, so that open connections are checked again. Returns a function that ends
   * it. Without `subscribe`, connections notice with their next operation or event.
   */
  subscribe?(listener: () => void): () => void;
  /**
   * Whether the source knows every revocation. While it does not and unknown tokens are refused, the server is not ready.
   * Without it, the source counts as one that always knows.
   */
  isUpToDate?(): boolean;
}

/** Treatment of a token when the source cannot say whether it is revoked. */
export type UnknownRevocations = 'served' | 'refused';

/** Returns when a token says that it was issued, in seconds since 1970. */
export function issuedAtOf({ caller: { claims } }: RevocableToken): number {
  return claims.iat ?? 0;
}
