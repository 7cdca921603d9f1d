import type { Limits } from '../../../config/limits.js';
import { type CloseReason, TRY_AGAIN_LATER } from '../close-reasons.js';

const LOOK_MS = 500;

/**
 * Ends a connection without an access token if no operation has run for a while, and at the latest after a minute. Anyone
 * can open such connections.
 *
 * @returns a function that stops watching
 */
export function watchAnonymous(options: {
  readonly limits: Pick<Limits, 'anonymousIdleSeconds' | 'anonymousSocketSeconds'>;
  countOperations(): number;
  /** Time at which the last operation began, in milliseconds since 1970. It may have ended since. */
  lastOperationMs(): number;
  end(reason: CloseReason): void;
}): () => void {
  const { limits, countOperations, lastOperationMs, end } = options;
  const openedMs = Date.now();
  let busyMs = openedMs;
  const timer = setInterval(() => {
    const nowMs = Date.now();
    busyMs = countOperations() > 0 ? nowMs : Math.max(busyMs, lastOperationMs());
    if (nowMs - openedMs >= limits.anonymousSocketSeconds * 1000) end(over('lasts', limits.anonymousSocketSeconds));
    else if (nowMs - busyMs >= limits.anonymousIdleSeconds * 1000) end(over('is idle', limits.anonymousIdleSeconds));
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

function over(verb: string, seconds: number): CloseReason {
  return { code: TRY_AGAIN_LATER, reason: `A connection without an access token ${verb} ${seconds} s at most` };
}
