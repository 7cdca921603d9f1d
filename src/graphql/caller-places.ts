import type { FastifyRequest } from 'fastify';
import type { Caller } from '../authentication/caller.js';
import type { DescribeLimit, LimitError } from '../config/limit-error.js';
import type { LimitName, Limits } from '../config/limits.js';
import { clientAddress } from '../http/client-address.js';

/** Gives a place back. Safe to call twice. */
export type LeavePlace = () => void;

/** Places of one kind, such as operations under way. Each caller has the same number of them. */
export interface CallerPlaces {
  /**
   * Takes a place.
   *
   * @param holder of {@link holderOf}
   * @returns the error for the client when the holder has no place left
   */
  take(holder: string): LeavePlace | LimitError;
  /** Number of places that are taken now, of all holders together. */
  taken(): number;
  /** Number of holders that have a place now. Nothing is kept of a holder without one. */
  holders(): number;
}

/** @param name of the limit: how many places each holder has */
export function createCallerPlaces(name: LimitName, limits: Limits, describeLimit: DescribeLimit): CallerPlaces {
  const maximum = limits[name];
  const taken = new Map<string, { count: number }>();
  let total = 0;

  return {
    take(holder) {
      const places = taken.get(holder) ?? { count: 0 };
      if (places.count >= maximum) return describeLimit(name, places.count + 1, 'RATE_LIMITED');
      if (places.count === 0) taken.set(holder, places);
      places.count += 1;
      total += 1;
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        total -= 1;
        places.count -= 1;
        if (places.count === 0) taken.delete(holder);
      };
    },
    taken: () => total,
    holders: () => taken.size,
  };
}

/**
 * Returns the name under which a client's operations, subscriptions and connections are counted. It consists of tenant and
 * object id, so that more tokens do not give more places. Anonymous clients are counted by address.
 */
export function holderOf(caller: Caller | undefined, request: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  return caller ? `${caller.tenantId}/${caller.objectId}` : clientAddress(request);
}

/** Places of every kind. */
export interface CallerLimits {
  /** Over HTTP and WebSocket together. */
  readonly operations: CallerPlaces;
  readonly subscriptions: CallerPlaces;
  readonly sockets: CallerPlaces;
}

export function createCallerLimits(limits: Limits, describeLimit: DescribeLimit): CallerLimits {
  const places = (name: LimitName) => createCallerPlaces(name, limits, describeLimit);
  return {
    operations: places('callerOperations'),
    subscriptions: places('callerSubscriptions'),
    sockets: places('callerSockets'),
  };
}
