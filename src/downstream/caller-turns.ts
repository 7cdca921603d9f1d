import type { Caller } from '../authentication/caller.js';
import { DownstreamBusyError } from './token-errors.js';

/** Turns of callers. Each caller has so many requests under way, and its further ones wait. */
export interface CallerTurns {
  /**
   * Resolves when it is the caller's turn.
   *
   * @param caller undefined: counts for no caller
   * @returns ends the turn. Call it once
   * @throws DownstreamBusyError at once if too many requests of the caller wait
   */
  take(caller: string | undefined): Promise<() => void>;
  /** Callers that have a turn now or wait for one. Nothing is kept of others. */
  size(): number;
}

interface Turns {
  underWay: number;
  /** In the order of arrival. */
  readonly waiting: (() => void)[];
}

/**
 * Creates the turns. One caller can ask for thousands of objects in an operation, and without a share of its own it would
 * take all requests of the server while the other API is slow.
 */
export function createCallerTurns({
  maxUnderWay,
  maxWaiting,
}: {
  readonly maxUnderWay: number;
  readonly maxWaiting: number;
}): CallerTurns {
  const turns = new Map<string, Turns>();
  return {
    async take(caller) {
      if (caller === undefined) return () => {};
      const own = turns.get(caller) ?? { underWay: 0, waiting: [] };
      turns.set(caller, own);
      const end = () => {
        const next = own.waiting.shift();
        if (next) return next();
        own.underWay -= 1;
        if (own.underWay === 0) turns.delete(caller);
      };
      if (own.underWay < maxUnderWay) {
        own.underWay += 1;
        return end;
      }
      if (own.waiting.length >= maxWaiting) {
        throw new DownstreamBusyError('too many requests to other APIs wait for one caller');
      }
      // The one that ends hands its turn on, so the number under way stays.
      return new Promise((resolve) => own.waiting.push(() => resolve(end)));
    },
    size: () => turns.size,
  };
}

/** Returns the name under which the requests of a caller are counted. All its tokens have the same name. */
export function nameOf({ tenantId, objectId }: Pick<Caller, 'tenantId' | 'objectId'>): string {
  return `${tenantId}/${objectId}`;
}
