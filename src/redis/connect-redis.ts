import { Redis } from 'ioredis';
import { REDIS_LIMITS } from './limits.js';

const ANSWER_MS = REDIS_LIMITS.redisAnswerMs.default;
const REPORT_EVERY_MS = REDIS_LIMITS.redisReportSeconds.default * 1000;

/**
 * Connects to Redis. Without a connection a command fails at once, so each caller needs a fallback.
 *
 * @param warn called when Redis fails, at most once a minute
 */
export function connectRedis(url: string, warn: (reason: string) => void): Redis {
  const redis = new FairRedis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: REDIS_LIMITS.redisConnectMs.default,
    retryStrategy: (times) => Math.min(REDIS_LIMITS.redisRetryMs.default, 100 * 2 ** Math.min(times, 6)),
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  redis.on('error', (error: Error & { code?: string }) => {
    if (performance.now() - warnedAt < REPORT_EVERY_MS) return;
    warnedAt = performance.now();
    // The message is left out, because in some errors it has the address with its password.
    warn(error.code ?? error.name);
  });
  return redis;
}

/**
 * Gives up a command after {@link ANSWER_MS}, but first reads what has arrived. ioredis's own `commandTimeout` does not.
 * With it, a server that was busy for a quarter of a second would give up commands whose answers have arrived.
 */
class FairRedis extends Redis {
  override sendCommand(...sent: Parameters<Redis['sendCommand']>): ReturnType<Redis['sendCommand']> {
    const [command] = sent;
    const giveUp = () => command.reject(new Error('Redis did not answer in time'));
    // Timers come before what has arrived, and this comes after it.
    const timer = setTimeout(() => setImmediate(giveUp), ANSWER_MS);
    const stop = () => clearTimeout(timer);
    command.promise.then(stop, stop);
    return super.sendCommand(...sent);
  }
}
