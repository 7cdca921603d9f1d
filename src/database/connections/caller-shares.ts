import type { Caller } from '../../authentication/caller.js';
import { createPlaces, type Places, type PlacesOptions } from './places.js';

/** Each caller's share of the connections. */
export interface CallerShares {
  /**
   * Takes one of the caller's places. All anonymous callers share theirs.
   *
   * @returns gives it back
   */
  take(caller: Caller | undefined, signal: AbortSignal): Promise<() => void>;
  /** Callers that hold or wait for a place now. */
  size(): number;
}

/** @param options of each share */
export function createCallerShares(options: PlacesOptions): CallerShares {
  const shares = new Map<string, Places>();
  return {
    async take(caller, signal) {
      const key = caller ? `${caller.tenantId} ${caller.objectId}` : '';
      const share = shares.get(key) ?? createPlaces(options);
      shares.set(key, share);
      const forget = () => {
        if (share.isUnused() && shares.get(key) === share) shares.delete(key);
      };
      try {
        const leave = await share.take(signal);
        return () => {
          leave();
          forget();
        };
      } catch (error) {
        forget();
        throw error;
      }
    },
    size: () => shares.size,
  };
}
