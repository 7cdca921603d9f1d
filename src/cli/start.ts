import { pino } from 'pino';
import { createApp } from '../app.js';
import { loadConfig } from '../config.js';
import { type Terminal, untilStopped } from './terminal.js';

/**
 * How the log reaches standard output: a line written at once for each request costs more than most answers, so lines wait
 * until there are 4 kB of them, at most a second, or the process ends.
 */
const LOG_DESTINATION = { dest: 1, sync: false, minLength: 4096, periodicFlush: 1000 };

/** `entra-graphql start`: serves until asked to stop, then finishes the requests it has. */
export async function runServer(terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.environment, 'production');
  const logger = { level: config.logLevel, stream: pino.destination(LOG_DESTINATION) };
  const app = await createApp(config, { logger });
  try {
    await app.listen({ host: config.http.host, port: config.http.port });
    await untilStopped(terminal);
    app.log.info('stopping');
  } finally {
    await app.close();
  }
}
