import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { LIMITS } from '../../config/limits.js';
import { connectRedis } from '../../redis/connect-redis.js';

/** State of one counter of a minute. */
export interface CounterState {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly secondsLeft: number;
}

/** Counts points by key in windows of a minute, which begin with the first point. */
export interface RateCounter {
  /** Adds points, unless the counter would then be over its maximum. */
  take(key: string, points: number): Promise<CounterState>;
  /** Adds points, even beyond the maximum. */
  add(key: string, points: number): Promise<void>;
  look(key: string): Promise<CounterState>;
}

/** Makes counters that share one store. */
export interface RateCounters {
  create(name: string, maximum: number): RateCounter;
  close(): void;
}

const SECONDS = 60;
/** Key that clients beyond the bound share. It is the key of no caller and of no address. */
const REST = 'rest';

/**
 * @param redisUrl as `REDIS_URL`: replicas count together. Undefined: in the memory of this server
 * @param warn called when Redis fails, at most once a minute
 * @param now returns milliseconds
 */
export function createRateCounters(
  redisUrl: string | undefined,
  warn: (reason: string) => void,
  now: () => number = Date.now,
): RateCounters {
  const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl, warn);
  return {
    create(name, points) {
      const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: SECONDS });
      if (!redis) return withBoundedKeys(counterOf(memory, points), now);
      const shared = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `entra-graphql:${name}`,
        points,
        duration: SECONDS,
        insuranceLimiter: memory,
        rejectIfRedisNotReady: true,
      });
      // Without Redis they are counted in memory.
      return withBoundedKeys(counterOf(shared, points), now);
    },
    close: () => redis?.disconnect(),
  };
}

/**
 * Bounds what counters take of the memory. Clients beyond the bound share one counter until the minute is over. A caller who
 * was counted before keeps its own.
 */
function withBoundedKeys(counter: RateCounter, now: () => number): RateCounter {
  const keys = new Set<string>();
  let startMs = 0;
  const keyOf = (key: string) => {
    if (now() - startMs >= SECONDS * 1000) {
      startMs = now();
      keys.clear();
    }
    if (keys.has(key)) return key;
    if (keys.size >= LIMITS.rateCounters.default) return REST;
    keys.add(key);
    return key;
  };
  return {
    take: (key, points) => counter.take(keyOf(key), points),
    add: (key, points) => counter.add(keyOf(key), points),
    look: (key) => counter.look(keyOf(key)),
  };
}

function counterOf(limiter: RateLimiterAbstract, maximum: number): RateCounter {
  return {
    async take(key, points) {
      try {
        return stateOf(await limiter.consume(key, points), maximum);
      } catch (refused) {
        if (refused instanceof Error) throw refused;
        return { ...stateOf(refused as RateLimiterRes, maximum), isOver: true };
      }
    },
    async add(key, points) {
      await limiter.penalty(key, points);
    },
    async look(key) {
      const found = await limiter.get(key);
      return found ? stateOf(found, maximum) : { isOver: false, remaining: maximum, secondsLeft: SECONDS };
    },
  };
}

function stateOf({ consumedPoints, msBeforeNext }: RateLimiterRes, maximum: number): CounterState {
  const secondsLeft = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return { isOver: consumedPoints > maximum, remaining: Math.max(0, maximum - consumedPoints), secondsLeft };
}
