import { type AccessTokenFailureCode, describeFailure, type FailureDescription } from './failure-catalogue.js';

/**
 * Details that a log line may have on a token that is refused or cannot be judged. It has no personal data. Values must have
 * the form that Entra gives them because nothing here has been verified.
 */
export interface AccessTokenDetails {
  readonly kid?: string | undefined;
  /** Thumbprint that names the key of a token whose header has no `kid`. */
  readonly x5t?: string | undefined;
  readonly tid?: string | undefined;
  readonly ver?: string | undefined;
  /** Host of an issuer that is not one of the authority's for tokens of this version. */
  readonly iss?: string | undefined;
  /** With `ISSUER_MISMATCH`: the issuer that a token of this tenant and version has to have. */
  readonly expectedIss?: string | undefined;
  /** Members of a list are separated by spaces. */
  readonly aud?: string | undefined;
  readonly uti?: string | undefined;
}

/**
 * The caller's credentials are refused. Everything that a client may see of it is fixed by `code`.
 *
 * It does not capture a stack trace: `code` says which check failed, and anonymous clients can trigger this error at will.
 * Capturing one costs more than most checks. The class therefore sets the prototype to Error.prototype and does not call
 * Error's constructor.
 */
export class AccessTokenError implements Error {
  readonly name = 'AccessTokenError';
  /** Error of jsonwebtoken if it was called. */
  declare readonly cause?: unknown;
  declare readonly stack?: string;
  readonly status: FailureDescription['status'];
  /** Text for the client, from the catalogue. */
  readonly wireMessage: string;
  /** `error` of the challenge; undefined when the request has no Bearer credential to speak of (RFC 6750 s.3.1). */
  readonly challengeError: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | undefined;
  /** Claim or header member that failed, where it is one. */
  readonly claim: string | undefined;
  /**
   * Base64 of the claims request with which the client gets a token that does (Entra: claims challenge). Undefined where no
   * other token helps, or the client did not declare that it understands a challenge.
   */
  readonly claimsChallenge: string | undefined;
  /** Name of the authority at which the user can meet it. */
  readonly authority: string | undefined;
  readonly #expectedIss: string | undefined;
  #readDetails: (() => AccessTokenDetails) | undefined;
  #isOtherwiseGenuine: (() => boolean | undefined) | undefined;

  constructor(
    readonly code: AccessTokenFailureCode,
    more: {
      readonly claim?: string | undefined;
      readonly cause?: unknown;
      readonly expectedIss?: string | undefined;
      readonly claimsChallenge?: string | undefined;
      readonly authority?: string | undefined;
    } = {},
  ) {
    const description = describeFailure(code);
    if (more.cause !== undefined) this.cause = more.cause;
    this.status = description.status;
    this.wireMessage = description.wireMessage;
    this.challengeError = description.challengeError;
    this.claim = more.claim;
    this.claimsChallenge = more.claimsChallenge;
    this.authority = more.authority;
    this.#expectedIss = more.expectedIss;
  }

  get message(): string {
    return this.wireMessage;
  }

  /** Details for the log only. They are read from the token when the log asks for them. */
  get details(): AccessTokenDetails {
    const expected = this.#expectedIss === undefined ? {} : { expectedIss: this.#expectedIss };
    return { ...this.#readDetails?.(), ...expected };
  }

  /** Notes how to read what the log may have of the token, and returns the error itself. */
  withDetails(readDetails: () => AccessTokenDetails): this {
    this.#readDetails = readDetails;
    return this;
  }

  /**
   * Returns whether an expired token (TOKEN_EXPIRED) was good until it expired. Verifies its signature, each time. Returns
   * undefined while its key is not known, because nothing is fetched for it, and false for every other error.
   */
  isOtherwiseGenuine(): boolean | undefined {
    return this.#isOtherwiseGenuine ? this.#isOtherwiseGenuine() : false;
  }

  /** Notes how to find out whether the token is genuine otherwise, and returns the error itself. */
  withGenuineness(isOtherwiseGenuine: () => boolean | undefined): this {
    this.#isOtherwiseGenuine = isOtherwiseGenuine;
    return this;
  }
}
Object.setPrototypeOf(AccessTokenError.prototype, Error.prototype);

/** Returns what `read` returns, or undefined if it throws an AccessTokenError. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AccessTokenError) return undefined;
    throw error;
  }
}

/**
 * The keys needed to judge a token cannot be fetched. The fault is ours or the provider's, so it is never a 401. A client
 * whose good token is called bad signs its user out.
 */
export class SigningKeysUnavailableError extends Error {
  override readonly name = 'SigningKeysUnavailableError';
  readonly code = 'SIGNING_KEYS_UNAVAILABLE';
  #readDetails: (() => AccessTokenDetails) | undefined;

  constructor(
    /** Seconds until the keys are fetched again, at least 1. */
    readonly retryAfterSeconds: number,
    cause?: unknown,
  ) {
    super('The signing keys of the identity provider are not available', { cause });
  }

  /** Details of the token that could not be judged, for the log only. */
  get details(): AccessTokenDetails {
    return this.#readDetails?.() ?? {};
  }

  /** Notes how to read what the log may have of the token, and returns the error itself. */
  withDetails(readDetails: () => AccessTokenDetails): this {
    this.#readDetails = readDetails;
    return this;
  }
}

/**
 * It is not known whether the token is revoked, and the server is set to refuse it then. Everything else about the token is
 * right.
 */
export class RevocationsUnknownError extends Error {
  override readonly name = 'RevocationsUnknownError';
  readonly code = 'REVOCATIONS_UNKNOWN';
  readonly retryAfterSeconds = 5;
  constructor() {
    super('It is not known which access tokens are revoked');
  }
}

/** Returns whether an error says that a token could not be judged, through no fault of its caller. */
export function isOutage(error: unknown): error is SigningKeysUnavailableError | RevocationsUnknownError {
  return error instanceof SigningKeysUnavailableError || error instanceof RevocationsUnknownError;
}

/**
 * The token's signature was not checked, because `mayCheckSignature` did not allow it. Everything else that could be checked
 * before is right, so nothing can be said about the token.
 */
export class SignatureNotCheckedError extends Error {
  override readonly name = 'SignatureNotCheckedError';
  constructor() {
    super('The signature of the access token was not checked');
  }
}
