import { Redis } from 'ioredis';

/** Longest wait for an answer of Redis. */
const ANSWER_MS = 250;
const QUIET_MS = 60_000;

/**
 * Connects to Redis. Without a connection a command fails at once, so each caller needs a fallback.
 *
 * @param warn called when Redis fails, at most once a minute
 */
export function connectRedis(url: string, warn: (reason: string) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(5_000, 100 * 2 ** Math.min(times, 6)),
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  redis.on('error', (error: Error & { code?: string }) => {
    if (performance.now() - warnedAt < QUIET_MS) return;
    warnedAt = performance.now();
    // The message is left out, because in some errors it has the address with its password.
    warn(error.code ?? error.name);
  });
  return redis;
}
