import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { connectRedis } from '../../redis/connect-redis.js';

/** State of one counter of a minute. */
export interface CounterState {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly secondsLeft: number;
}

/** Counts points by key in windows of a minute, which begin with the first point. */
export interface RateCounter {
  /** Adds points. They are not added when the counter would be over. */
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

/**
 * @param redisUrl as `REDIS_URL`: replicas count together. Undefined: in the memory of this server
 * @param warn called when Redis fails, at most once a minute
 */
export function createRateCounters(redisUrl: string | undefined, warn: (reason: string) => void): RateCounters {
  const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl, warn);
  return {
    create(name, points) {
      const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: SECONDS });
      if (!redis) return counterOf(memory, points);
      const shared = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `entra-graphql:${name}`,
        points,
        duration: SECONDS,
        insuranceLimiter: memory,
        rejectIfRedisNotReady: true,
      });
      return counterOf(shared, points);
    },
    close: () => redis?.disconnect(),
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
