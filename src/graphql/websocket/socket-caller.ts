import type { Caller } from '../../authentication/caller.js';
import { AccessTokenError, isOutage } from '../../authentication/refusals/access-token-error.js';
import type { LimitError } from '../../config/limit-error.js';
import type { Authenticated, ContextFunction, NodeRequest } from '../context.js';
import type { CurrentCaller } from './socket-operations.js';

/** The caller of a WebSocket while the access token is good. */
export interface SocketCaller {
  /** The caller when the connection began. Undefined: anonymous. The token stays the same, so does the caller. */
  readonly caller: Caller | undefined;
  /** Authenticates again, mostly from memory, because a token can expire and its key can be revoked. */
  readonly current: CurrentCaller;
  /** Stops the timer. */
  stop(): void;
}

/**
 * The reason to close a connection. `code` is one of graphql-transport-ws or of RFC 6455 s.7.4, and `reason` has up to 123
 * bytes.
 */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Wait before an expired token is verified again that authentication still accepts, because it knows the tolerance. */
const VERIFY_AGAIN_MS = 1_000;
/**
 * Longest wait before the clock is read again. A single timer until the token expires is not reliable. Timers stop while the
 * machine sleeps, the clock can be set, and `setTimeout` fires at once for more than 24.8 days.
 */
const READ_CLOCK_MS = 5_000;

/**
 * Verifies the credentials of a connection and watches over them. When they are no longer good, `end` is called; it may be
 * called again.
 *
 * Rejects like {@link ContextFunction.authenticate} when they are not good.
 */
export async function identifySocketCaller(options: {
  readonly credentials: NodeRequest;
  readonly authenticate: ContextFunction<unknown>['authenticate'];
  /** Calls its listener when the token may have been revoked; the answer ends it. */
  readonly onRevocation?: ContextFunction<unknown>['onRevocation'];
  end(error: unknown): void;
  /** The wall clock, in milliseconds. Default: the machine's. */
  now?(): number;
}): Promise<SocketCaller> {
  const { credentials, authenticate, onRevocation, end, now = Date.now } = options;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function verify(): Promise<Authenticated | 'refused'> {
    try {
      return await authenticate(credentials);
    } catch (error) {
      end(error);
      return 'refused';
    }
  }
  /** Notices that the token expires on a connection where nothing happens. */
  function watch(expiresAtMs: number) {
    if (isStopped) return;
    const delayMs = Math.min(Math.max(expiresAtMs - now(), VERIFY_AGAIN_MS), READ_CLOCK_MS);
    timer = setTimeout(async () => {
      if (now() >= expiresAtMs && (await verify()) === 'refused') return;
      watch(expiresAtMs);
    }, delayMs).unref();
  }

  const { token: first } = await authenticate(credentials);
  const ignoreRevocations = first && onRevocation?.(() => void verify());
  if (first) watch(first.expiresAtSeconds * 1000);
  return {
    caller: first?.caller,
    current: verify,
    stop() {
      isStopped = true;
      ignoreRevocations?.();
      clearTimeout(timer);
    },
  };
}

/**
 * Returns the code and reason that end a connection whose credentials were refused or could not be verified. 4400, 4401 and
 * 4403 correspond to the statuses of HTTP. Their texts come from the catalogue. They are ASCII and hold nothing of the
 * token.
 */
export function closeReasonOf(error: unknown): CloseReason {
  if (error instanceof AccessTokenError) return { code: 4000 + error.status, reason: error.wireMessage };
  if (isOutage(error)) {
    return { code: TRY_AGAIN_LATER, reason: 'The access token cannot be verified now' };
  }
  return { code: INTERNAL_ERROR, reason: 'Internal server error' };
}

/**
 * Returns the reason to close a connection whose credentials are no longer good. Clients of graphql-ws give up after 4401.
 * An expired token is not their fault, so its code makes them connect again with a new token.
 */
export function closeReasonOfEnd(error: unknown): CloseReason {
  const reason = closeReasonOf(error);
  return error instanceof AccessTokenError && error.code === 'TOKEN_EXPIRED' ? { ...reason, code: EXPIRED } : reason;
}

/**
 * Too many bad tokens came from the client's address. Not 4429: the protocol uses it for a repeated `connection_init`, and
 * its clients do not reconnect after it.
 */
export function closeReasonOfFailures(secondsToWait: number): CloseReason {
  const reason = `Too many access tokens from this address were refused. Try again in ${secondsToWait} s`;
  return { code: TRY_AGAIN_LATER, reason };
}

/** Returns the reason to close a connection whose caller has as many as one caller may have. */
export function closeReasonOfPlaces({ extensions: { limit } }: LimitError): CloseReason {
  const reason = `At most ${limit.maximum} connections of one caller are allowed. Close one and try again`;
  return { code: TRY_AGAIN_LATER, reason };
}

/** The client may connect again after a while, and clients of graphql-ws do (RFC 6455's registry). */
export const TRY_AGAIN_LATER = 1013;
const INTERNAL_ERROR = 1011;
/** A private code (RFC 6455 s.7.4.2) that the protocol graphql-transport-ws does not use. */
const EXPIRED = 4440;
