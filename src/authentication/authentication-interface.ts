import type { Caller } from './caller.js';
import type { AccessTokenExplanation } from './explanation/explain-access-token.js';
import type { ReceivedCredentials, RequestCredentials } from './request/request-credentials.js';
import type { TokenSource, VerifiedAccessToken } from './token/verify-access-token.js';
import type { TokenVersion } from './token-version.js';

/** Result of a lookup. It is what is known of the credentials or a function that verifies them. */
export type CredentialsLookup =
  | {
      /** The remembered token. Undefined: the request is anonymous. */
      readonly known: VerifiedAccessToken | undefined;
      readonly verify?: undefined;
    }
  | {
      readonly known?: undefined;
      /** Rejects with AccessTokenError, SigningKeysUnavailableError, RevocationsUnknownError or SignatureNotCheckedError. */
      readonly verify: (from?: TokenSource) => Promise<VerifiedAccessToken>;
    };

/** Decides whether an access token is genuine and meant for this API, and who calls. */
export interface Authentication {
  /**
   * Returns the verified token of a request. Returns undefined if the request has no Authorization header.
   *
   * Rejects with AccessTokenError when its credentials are refused. Rejects with SigningKeysUnavailableError when they
   * cannot be judged. Rejects with TypeError when `request` has no headers that can be read.
   */
  authenticate(request: RequestCredentials, from?: TokenSource): Promise<VerifiedAccessToken | undefined>;
  /**
   * Verifies an access token that came another way, such as in a WebSocket's `connection_init`. Rejects as `authenticate`
   * does. A value that is not a string is refused as TOKEN_NOT_COMPACT.
   */
  verify(accessToken: string, from?: TokenSource): Promise<VerifiedAccessToken>;
  /**
   * Two-step variant of `authenticate`, for servers that count failures or microseconds. Returns the result immediately for
   * an anonymous request or a remembered token, and otherwise a function that verifies the credentials. Until it is called,
   * no signature is verified and nothing is fetched.
   *
   * @param credentials of a request, read by `readCredentials`
   */
  lookup(credentials: ReceivedCredentials): CredentialsLookup;
  /**
   * Returns the caller with the roles of its groups, where the token leaves groups out and they were looked up before. Else
   * returns the same caller.
   */
  knownCaller(caller: Caller): Caller;
  /**
   * Looks the groups up that a token leaves out, with `lookUpGroups`. Returns the same caller, with `undecidedRoles`, if
   * that fails. Never rejects.
   *
   * @param accessToken the token that the caller was made from
   */
  decideCaller(caller: Caller, accessToken: string): Promise<Caller>;
  /**
   * Runs every check on a token, also after one has failed, and names the fixes.
   *
   * With `offline` nothing is fetched, and key and signature are not checked. A token with no other fault is then neither
   * accepted nor refused: `SIGNING_KEYS_UNAVAILABLE`.
   */
  explain(accessToken: string, options?: { readonly offline?: boolean | undefined }): Promise<AccessTokenExplanation>;
  /**
   * Calls the listener whenever more tokens may have been revoked, so that open connections verify theirs again. Returns a
   * function that ends it.
   */
  onRevocation(listener: () => void): () => void;
  /** Fetches the signing keys in the background, and tries again alone if that fails. Never throws. */
  start(): void;
  /**
   * Whether there are keys for every accepted token version of every authority. `degraded`: not ready, but tokens of one or
   * more of several authorities can be verified, and the keys of the others could not be fetched.
   */
  readiness(): { readonly ready: boolean; readonly degraded?: boolean; readonly detail: string };
  /** Numbers for metrics: the age of the key set of each token version, and the memory of remembered tokens. */
  measures(): {
    readonly keySetAgeSeconds: readonly (readonly [version: TokenVersion, seconds: number])[];
    readonly rememberedTokenBytes: number;
    /** Hits are tokens that were remembered when they came. */
    readonly tokenLookups: { readonly hits: number; readonly misses: number };
  };
  /** Stops the background work. */
  close(): void;
}
