import type { Caller } from '../../../authentication/caller.js';
import { isPromise } from '../../../values/is-promise.js';
import type { ContextFunction, NodeRequest } from '../../context.js';
import type { CurrentCaller } from '../operations/socket-client.js';

/** The caller of a WebSocket, watched for as long as its access token is good. */
export interface SocketCaller {
  /** Undefined when the caller is anonymous. It never changes, because a connection keeps its token. */
  readonly caller: Caller | undefined;
  /** Authenticates again, mostly from memory, because a token can expire and its key can be revoked. */
  readonly current: CurrentCaller;
  /** Stops the timer. */
  stop(): void;
}

/** Wait before an expired token is verified again. Authentication still accepts it within the tolerance for clocks. */
const VERIFY_AGAIN_MS = 1_000;
/**
 * Longest wait before the clock is read again. A single timer until the token expires is not reliable. Timers stop while the
 * machine sleeps, the clock can be set, and `setTimeout` fires at once for more than 24.8 days.
 */
const READ_CLOCK_MS = 5_000;

/**
 * Verifies the credentials of a connection and watches them. Calls `end`, perhaps more than once, when they are no longer
 * good. Rejects like {@link ContextFunction.authenticate} when they are not good at first.
 */
export async function identifySocketCaller(options: {
  readonly credentials: NodeRequest;
  readonly authenticate: ContextFunction<unknown>['authenticate'];
  /** Calls its listener when the token may have been revoked. Returns a function that ends it. */
  readonly onRevocation?: ContextFunction<unknown>['onRevocation'];
  end(error: unknown): void;
  /** The wall clock, in milliseconds. Default: the machine's. */
  now?(): number;
}): Promise<SocketCaller> {
  const { credentials, authenticate, onRevocation, end, now = Date.now } = options;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const refuse = (error: unknown) => {
    end(error);
    return 'refused' as const;
  };
  const verify: CurrentCaller = () => {
    try {
      const authenticated = authenticate(credentials);
      return isPromise(authenticated) ? authenticated.catch(refuse) : authenticated;
    } catch (error) {
      return refuse(error);
    }
  };
  /** Finds out that the token expired, even if nothing happens on the connection. */
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
