import { createApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { serverLog } from './server-log.js';
import { type Terminal, untilStopped } from './terminal/terminal.js';

/** `entra-graphql start`: serves until asked to stop, then finishes the requests it has. */
export async function runServer(terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.environment, 'production');
  const { flush, ...log } = serverLog(config.logLevel);
  terminal.onExit(flush);
  const app = await createApp(config, log);
  try {
    await app.listen({ host: config.http.host, port: config.http.port });
    await untilStopped(terminal);
    app.log.info('stopping');
  } finally {
    await app.close();
  }
}
