import type { FastifyServerOptions } from 'fastify';
import { pino } from 'pino';

/**
 * The log of `start`, JSON on standard output. A line written at once for each request costs more than most answers, so
 * lines wait until there are 4 kB of them, at most a second, or the process ends.
 */
export function serverLog(level: string): FastifyServerOptions['logger'] {
  return { level, stream: pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 1000 }) };
}
