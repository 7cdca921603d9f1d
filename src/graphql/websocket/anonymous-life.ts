import type { Limits } from '../../config/limits.js';
import { type CloseReason, TRY_AGAIN_LATER } from './socket-caller.js';

const LOOK_MS = 500;

/**
 * Ends a connection without an access token when no operation runs on it for a while, and at the latest after a minute: such
 * connections cost their clients nothing.
 *
 * @returns stops watching
 */
export function watchAnonymous(options: {
  readonly limits: Pick<Limits, 'anonymousIdleSeconds' | 'anonymousSocketSeconds'>;
  /** Number of operations that run now. */
  countOperations(): number;
  end(reason: CloseReason): void;
}): () => void {
  const { limits, countOperations, end } = options;
  const openedMs = Date.now();
  let busyMs = openedMs;
  const timer = setInterval(() => {
    const nowMs = Date.now();
    if (countOperations() > 0) busyMs = nowMs;
    if (nowMs - openedMs >= limits.anonymousSocketSeconds * 1000) end(over('lasts', limits.anonymousSocketSeconds));
    else if (nowMs - busyMs >= limits.anonymousIdleSeconds * 1000) end(over('is idle', limits.anonymousIdleSeconds));
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

function over(verb: string, seconds: number): CloseReason {
  return { code: TRY_AGAIN_LATER, reason: `A connection without an access token ${verb} ${seconds} s at most` };
}
