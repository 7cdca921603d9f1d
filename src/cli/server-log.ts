import type { AppOptions } from '../app.js';
import { createLogStream } from './log-stream.js';

/**
 * The log of `start`, JSON on standard output. Process and host are left out, since the collector of the log knows them.
 * `flush` is to be called when the process ends.
 */
export function serverLog(level: string): Pick<AppOptions, 'logger' | 'requestLog'> & { flush(): void } {
  const stream = createLogStream(1);
  return { logger: { level, base: null, stream }, requestLog: stream, flush: () => stream.end() };
}
