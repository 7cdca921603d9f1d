import { AccessTokenError, SigningKeysUnavailableError } from '../../authentication/access-token-error.js';
import type { Authentication } from '../../authentication/authentication.js';
import type { CurrentCaller } from './socket-operations.js';

/** Who is at the other end of a WebSocket, for as long as the access token is good. */
export interface SocketCaller {
  /** Asks authentication again, which mostly knows the answer: a token can expire and its key be revoked. */
  readonly current: CurrentCaller;
  /** Stops the timer. */
  stop(): void;
}

/** Why a connection is closed: a code of the protocol graphql-transport-ws or of RFC 6455 s.7.4, and up to 123 bytes. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Longest wait for a token's end to be looked at again after authentication, which knows the tolerance, found it good. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Verifies the credentials of a connection and watches over them. When they are no longer good, `end` is called; it may be
 * called again.
 *
 * Rejects like `authenticate` when they are not good.
 */
export async function identifySocketCaller(options: {
  readonly credentials: Parameters<Authentication['authenticate']>[0];
  readonly authenticate: Authentication['authenticate'];
  end(error: unknown): void;
}): Promise<SocketCaller> {
  const { credentials, authenticate, end } = options;
  let timer: NodeJS.Timeout | undefined;

  async function verify() {
    try {
      return { token: await authenticate(credentials) };
    } catch (error) {
      end(error);
      return 'refused';
    }
  }
  /** Nobody but the timer notices the end of a token on a connection where nothing happens. */
  function watch(delayMs: number) {
    timer = setTimeout(async () => {
      if ((await verify()) !== 'refused') watch(LOOK_AGAIN_MS);
    }, delayMs).unref();
  }

  const first = await authenticate(credentials);
  if (first) watch(Math.max(first.expiresAtSeconds * 1000 - Date.now(), LOOK_AGAIN_MS));
  return {
    async current() {
      const now = await verify();
      return now === 'refused' ? now : { caller: now.token?.caller };
    },
    stop: () => clearTimeout(timer),
  };
}

/**
 * With what a connection ends whose credentials were refused or could not be judged. 4400, 4401 and 4403 say what HTTP
 * would. Their texts are those of the catalogue: ASCII, and nothing of the token.
 */
export function closeReasonOf(error: unknown): CloseReason {
  if (error instanceof AccessTokenError) return { code: 4000 + error.status, reason: error.wireMessage };
  if (error instanceof SigningKeysUnavailableError) {
    return { code: TRY_AGAIN_LATER, reason: 'The identity provider cannot be reached' };
  }
  return { code: INTERNAL_ERROR, reason: 'Internal server error' };
}

/**
 * Too many bad tokens came from the client's address. Not 4429, with which the protocol says something else, and after
 * which its clients never come back.
 */
export function closeReasonOfFailures(secondsToWait: number): CloseReason {
  const reason = `Too many access tokens from this address were refused. Try again in ${secondsToWait} s`;
  return { code: TRY_AGAIN_LATER, reason };
}

/** RFC 6455's registry: the client may connect again after a while; clients of graphql-ws do. */
export const TRY_AGAIN_LATER = 1013;
const INTERNAL_ERROR = 1011;
