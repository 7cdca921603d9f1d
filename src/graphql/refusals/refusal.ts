import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DEFAULT_AUTHORITY } from '../../authentication/options/further-authorities.js';
import { AccessTokenError, isOutage } from '../../authentication/refusals/access-token-error.js';
import { bearerChallenge } from '../../authentication/refusals/challenge.js';
import type { AccessTokenFailureCode } from '../../authentication/refusals/failure-catalogue.js';
import type { OperationDecision } from '../../authorization/authorization.js';
import { RETRY_AFTER_SECONDS } from '../../authorization/decisions/denial.js';
import type { LimitError } from '../../config/limit-error.js';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import type { FailureAnswer } from '../../http/failure-limit.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import type { RateRefusal } from '../rates/caller-rates.js';
import { codeOfRefusedToken } from './refused-token-log.js';

/** A refusal in the terms of HTTP and GraphQL. Status and headers are final, and `errors` is the whole body. */
export interface Refusal {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly errors: readonly GraphQLFormattedError[];
}

/** A refused request as a response that is ready to be sent. It has no `data`. */
export type RequestRefusal = Refusal & ReadyResponse;

type RefusedOperation = Extract<OperationDecision, { kind: 'refused' }>;
type Challenge = Parameters<typeof bearerChallenge>[0];

/** An operation takes less than a second as a rule, and then its place is free. */
const CALLER_RETRY_SECONDS = 1;
const OVERLOAD_RETRY_SECONDS = 2;
const CODE_OF_STATUS = { 400: 'BAD_REQUEST', 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN' } as const;

export interface ChallengeAddresses {
  /** Address of the RFC 9728 document, in every challenge. */
  readonly resourceMetadata?: string | undefined;
  /** Address at which users sign in. Entra's client libraries look for it in a claims challenge. */
  readonly authorizationUri?: string | undefined;
  /** The same of further authorities, by their names. Challenges for callers of one that is missing here name none. */
  readonly authorizationUris?: ReadonlyMap<string, string> | undefined;
}

/** The one place where a refusal gets its HTTP status and its challenge (RFC 6750 s.3), and is counted. */
export class Refusals {
  /** A token is refused with the same words each time, and floods are made of refused tokens. */
  readonly #byCode = new Map<AccessTokenFailureCode, RequestRefusal>();

  constructor(
    private readonly addresses: ChallengeAddresses,
    private readonly counts?: Pick<ServerCounts, 'refusedTokens' | 'refusedOperations'>,
  ) {}

  /**
   * Returns the refusal for an error of authentication: 400, 401 or 403 for the caller's faults, and 503 with Retry-After if
   * the signing key is not available. Any other error is ours and is masked, because Apollo Server would print its message.
   */
  ofRequest(error: unknown): RequestRefusal {
    this.counts?.refusedTokens.add(codeOfRefusedToken(error));
    if (error instanceof AccessTokenError) {
      return (error.claimsChallenge === undefined && this.#byCode.get(error.code)) || this.ofToken(error);
    }
    if (isOutage(error)) {
      const message = 'The access token cannot be verified now. Try again later.';
      const headers = new HeaderMap([['retry-after', String(error.retryAfterSeconds)]]);
      return refusal(503, 'SERVICE_UNAVAILABLE', message, headers);
    }
    return refusal(500, 'INTERNAL_SERVER_ERROR', 'Internal server error', new HeaderMap());
  }

  private ofToken({
    code,
    status,
    challengeError,
    wireMessage,
    claimsChallenge,
    authority,
  }: AccessTokenError): RequestRefusal {
    if (claimsChallenge !== undefined) {
      const challenged = this.challenged({ ...claimsChallengeOf(this.addresses, authority), claims: claimsChallenge });
      return refusal(status, CODE_OF_STATUS[status], wireMessage, challenged);
    }
    const challenge = challengeError ? { error: challengeError, errorDescription: wireMessage } : {};
    const refused = refusal(status, CODE_OF_STATUS[status], wireMessage, this.challenged(challenge));
    this.#byCode.set(code, refused);
    return refused;
  }

  /** Returns 429 for too many bad tokens from the client's address. It does not name the fault of this token. */
  ofFailures({ secondsToWait, error }: FailureAnswer): RequestRefusal {
    const message = error?.message ?? 'Too many access tokens from this address were refused. Try again later.';
    const headers = new HeaderMap([['retry-after', String(secondsToWait)]]);
    return refusal(429, error?.extensions ?? 'RATE_LIMITED', message, headers);
  }

  /** Returns 429 for a caller with too much under way at a time. Nothing of the operation has run. */
  ofCaller({ message, extensions }: LimitError): RequestRefusal {
    this.counts?.refusedOperations.add(extensions.code);
    return refusal(429, extensions, message, new HeaderMap([['retry-after', String(CALLER_RETRY_SECONDS)]]));
  }

  /** A caller or an application that has asked for too much in this minute. Nothing of the operation has run. */
  ofRate({ error: { message, extensions }, retryAfterSeconds }: RateRefusal): RequestRefusal {
    this.counts?.refusedOperations.add(extensions.code);
    return refusal(429, extensions, message, new HeaderMap([['retry-after', String(retryAfterSeconds)]]));
  }

  /** A request that the server is too busy for. */
  ofOverload({ message, extensions }: LimitError): RequestRefusal {
    this.counts?.refusedOperations.add(extensions.code);
    return refusal(503, extensions, message, new HeaderMap([['retry-after', String(OVERLOAD_RETRY_SECONDS)]]));
  }

  /** A page that may not open WebSockets here. */
  ofOrigin(): RequestRefusal {
    return refusal(403, 'FORBIDDEN', 'Pages of this origin may not connect.', new HeaderMap());
  }

  /** A handshake of a WebSocket that is not one (RFC 6455 s.4.2.2). */
  ofHandshake(fault: string): RequestRefusal {
    const headers = new HeaderMap([['sec-websocket-version', '13']]);
    return refusal(400, 'BAD_REQUEST', `${fault}. Open the connection with a WebSocket client.`, headers);
  }

  /** There are as many WebSockets as there may be, or the server stops. */
  ofConnections(): RequestRefusal {
    return refusal(503, 'SERVICE_UNAVAILABLE', 'No more connections are taken. Try again later.', new HeaderMap());
  }

  /** Returns 401 for an anonymous caller where a caller is needed. Its challenge has no error code (RFC 6750 s.3.1). */
  ofAnonymous(message: string): RequestRefusal {
    return refusal(401, 'UNAUTHENTICATED', message, this.challenged({}));
  }

  /** A client that could not read any answer: nothing has run. */
  ofAcceptedTypes(): RequestRefusal {
    const message =
      'Send the header "Accept: application/graphql-response+json" or "Accept: application/json". Subscriptions come over a WebSocket at the same address.';
    return refusal(406, 'BAD_REQUEST', message, new HeaderMap());
  }

  /** A request that a page of another origin could send on behalf of its visitor. */
  ofForgery(): RequestRefusal {
    const message =
      'Send a POST with the header "content-type: application/json" and the body {"query":"{ serverInfo { version } }"}. A GET without an access token needs the header "apollo-require-preflight: true", which pages of other origins cannot send on behalf of their visitors.';
    return refusal(400, 'BAD_REQUEST', message, new HeaderMap());
  }

  /**
   * An operation that authorization refused before it ran.
   *
   * @param authority of the caller
   */
  ofOperation(decision: RefusedOperation, authority?: string): Refusal {
    const { status, errors } = decision;
    this.counts?.refusedOperations.add(String(errors[0]?.extensions.code));
    return {
      status,
      headers: this.headersOf(decision, authority),
      errors: errors.map((error) => error.toJSON()),
    };
  }

  /** An operation that asks for too much. */
  ofCost(error: GraphQLFormattedError): Refusal {
    this.counts?.refusedOperations.add(String(error.extensions?.code));
    return { status: 400, headers: new HeaderMap(), errors: [error] };
  }

  /** A challenge would make a client ask for another token (RFC 6750 s.3.1), which does not open what is closed to it. */
  private headersOf(decision: RefusedOperation, authority: string | undefined): HeaderMap {
    if (decision.status === 503) return retryLater();
    if (decision.challenge.isClosed) return new HeaderMap();
    return this.challenged(operationChallenge(decision, this.addresses, authority));
  }

  private challenged(challenge: Challenge): HeaderMap {
    const { resourceMetadata } = this.addresses;
    const value = bearerChallenge({ ...challenge, ...(resourceMetadata !== undefined && { resourceMetadata }) });
    return new HeaderMap([['www-authenticate', value]]);
  }
}

function retryLater(): HeaderMap {
  return new HeaderMap([['retry-after', String(RETRY_AFTER_SECONDS)]]);
}

/** The refusal as one error that Apollo Server turns into that status and those headers. */
export function toRefusalError({ status, headers, errors: [first] }: Refusal): GraphQLError {
  return new GraphQLError(first?.message ?? '', { extensions: { ...first?.extensions, http: { status, headers } } });
}

function refusal(
  status: number,
  extensions: string | LimitError['extensions'],
  message: string,
  headers: HeaderMap,
): RequestRefusal {
  const errors = [{ message, extensions: typeof extensions === 'string' ? { code: extensions } : { ...extensions } }];
  return { status, headers, errors, body: JSON.stringify({ errors }) };
}

/**
 * Builds the challenge of a refused operation, which has one `error`. Entra's client libraries read `claims` and those of
 * RFC 9470 read `acr_values`, so both are sent.
 */
function operationChallenge(
  { status, errors, challenge }: RefusedOperation,
  addresses: ChallengeAddresses,
  authority: string | undefined,
): Challenge {
  const { code, claims, acr_values: acrValues } = errors[0]?.extensions ?? {};
  const scope = challenge.scopes?.join(' ');
  if (code === 'UNAUTHENTICATED') return { ...(scope && { scope }) };
  if (code === 'INSUFFICIENT_CLAIMS' && status === 401) {
    return {
      ...claimsChallengeOf(addresses, authority),
      claims: String(claims),
      acrValues: String(acrValues),
    };
  }
  return { error: 'insufficient_scope', ...(scope && { scope }) };
}

/** Returns what Entra's client libraries look for in a claims challenge beside the claims. */
function claimsChallengeOf(addresses: ChallengeAddresses, authority = DEFAULT_AUTHORITY): Challenge {
  const isFirst = authority === DEFAULT_AUTHORITY;
  const authorizationUri = isFirst ? addresses.authorizationUri : addresses.authorizationUris?.get(authority);
  return { realm: '', ...(authorizationUri !== undefined && { authorizationUri }), error: 'insufficient_claims' };
}
