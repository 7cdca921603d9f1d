import { pino } from 'pino';
import type { AppOptions } from '../app.js';

/**
 * The log of `start`, JSON on standard output. A line written at once for each request costs more than most answers, so
 * lines wait until there are 4 kB of them, at most a second, or the process ends: `flush` is to be called then. Process and
 * host are not in them; whoever collects the output knows.
 */
export function serverLog(level: string): Pick<AppOptions, 'logger' | 'requestLog'> & { flush(): void } {
  const stream = pino.destination({ dest: 1, sync: true, minLength: 4096, periodicFlush: 1000 });
  return { logger: { level, base: null, stream }, requestLog: stream, flush: () => stream.flushSync() };
}
