/** Bounds on connections to Redis. `config/limits.ts` collects them, and its `Limit` says what a row means. */
export const REDIS_LIMITS = {
  redisAnswerMs: {
    default: 250,
    unit: 'milliseconds',
    of: 'time for an answer of Redis',
    reason:
      'Fixed: Redis answers within a few milliseconds, and requests wait for it. Each use of it can do without an answer.',
    beyond: 'This server counts by itself, or gets the token for another API from Entra.',
  },
  redisConnectMs: {
    default: 2_000,
    unit: 'milliseconds',
    of: 'time for Redis to take a connection',
    reason: 'Fixed: no request waits for the connection, so a longer or shorter time changes nothing for clients.',
    beyond: 'the next attempt',
  },
  redisRetryMs: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'wait before the next attempt to connect to Redis',
    reason:
      'Fixed: it begins with 100 and doubles. No request waits for it, and one attempt in five seconds costs nearly nothing.',
    beyond: '-',
  },
  redisReportSeconds: {
    default: 60,
    unit: 'seconds',
    of: 'time between two log lines about failures of Redis',
    reason: 'Fixed: each attempt to connect fails during an outage, and one line a minute tells of it.',
    beyond: 'left out',
  },
} as const;
