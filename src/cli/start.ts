import { createApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { CommandError } from './describe-failure.js';
import { serverLog } from './server-log.js';
import { type Terminal, untilStopped } from './terminal/terminal.js';

const CUT_OFF =
  'Stopped, but some connections had to be cut off. SHUTDOWN_LIMIT_SECONDS gives running operations more time.';

/** `entra-graphql start`: serves until asked to stop, then finishes the requests it has. */
export async function runServer(terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.environment, 'production');
  const { flush, ...log } = serverLog(config.logLevel);
  terminal.onExit(flush);
  const app = await createApp(config, log);
  try {
    await app.listen({ host: config.http.host, port: config.http.port });
  } catch (error) {
    await app.close();
    throw error;
  }
  await untilStopped(terminal);
  if (!(await app.shutDown())) throw new CommandError(CUT_OFF);
}
