import type { Caller } from '../../authentication/caller.js';
import { createPlaces, type Places, type PlacesOptions } from './places.js';

/** Each caller's share of the connections. */
export interface CallerShares {
  /**
   * Takes one of the caller's places. An anonymous client has a share by its address, and also takes a place in the share of
   * all anonymous clients.
   *
   * @param address of an anonymous client. All clients without an address have one share
   * @returns a function that gives the place back
   */
  take(caller: Caller | undefined, signal: AbortSignal, address?: string): Promise<() => void>;
  /** Callers and addresses that hold or wait for a place now. */
  size(): number;
}

/**
 * @param options.share of each caller
 * @param options.anonymous all shares of anonymous clients together, which leave the rest to verified callers
 */
export function createCallerShares(options: {
  readonly share: PlacesOptions;
  readonly anonymous: PlacesOptions;
}): CallerShares {
  const shares = new Map<string, Places>();
  const anonymous = createPlaces(options.anonymous);
  return {
    async take(caller, signal, address = '') {
      const key = caller ? `${caller.tenantId} ${caller.objectId}` : address;
      const share = shares.get(key) ?? createPlaces(options.share);
      shares.set(key, share);
      const forget = () => {
        if (share.isUnused() && shares.get(key) === share) shares.delete(key);
      };
      const taken: (() => void)[] = [];
      const leave = () => {
        for (const give of taken) give();
        forget();
      };
      try {
        taken.push(await share.take(signal));
        if (!caller) taken.push(await anonymous.take(signal));
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
    size: () => shares.size,
  };
}
