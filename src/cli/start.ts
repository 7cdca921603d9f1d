import type { FastifyInstance } from 'fastify';
import { type AppOptions, createApp } from '../app.js';
import type { Config } from '../config/config.js';
import { CommandError, toListenError } from './command-failure.js';
import { loadApiConfig } from './load-api-config.js';
import { serverLog } from './server-log.js';
import { STOPPED_EARLY, type Terminal, untilStopped } from './terminal/terminal.js';

const CUT_OFF =
  'Stopped, but some connections had to be cut off. SHUTDOWN_LIMIT_SECONDS gives running operations more time.';

/** `entra-graphql start`: serves until it is asked to stop. Then it finishes running requests. */
export async function runServer(terminal: Terminal): Promise<void> {
  const app = await terminal.during('Starting the server …', Promise.race([untilStopped(terminal), open(terminal)]));
  // A pending step of the start, such as a database that does not answer, ends with the process.
  if (!app) return terminal.printError(STOPPED_EARLY);
  await untilStopped(terminal);
  if (!(await app.shutDown())) throw new CommandError(CUT_OFF);
}

async function open(terminal: Terminal): Promise<FastifyInstance> {
  const api = await terminal.loadApi();
  const config = loadApiConfig(api, terminal.environment, 'production');
  const { flush, ...log } = serverLog(config.logLevel);
  terminal.onExit(flush);
  return listen(config, { ...log, createResource: api.createResource });
}

async function listen(config: Config, options: AppOptions): Promise<FastifyInstance> {
  const app = await createApp(config, options);
  try {
    await app.listen({ host: config.http.host, port: config.http.port });
    return app;
  } catch (error) {
    await app.close();
    throw toListenError(error, config.http.host);
  }
}
