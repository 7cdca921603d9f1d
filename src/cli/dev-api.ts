import { createApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { migrate } from '../database/setup/migrate.js';
import { developmentData } from '../development/development-data.js';
import { developmentLog } from '../development/development-log.js';
import { type ApiParts, readApiEnvironment } from '../development/development-settings.js';
import { migrationFolders } from '../resource.js';
import { toListenError } from './command-failure.js';
import { type Terminal, untilStopped } from './terminal/terminal.js';
import { sampleCallers } from './token/persona-caller.js';

/** Message of the API to `dev` when it serves. */
export interface ReadyApi {
  readonly host: string;
  readonly publicUrl: string;
}

type Stop = () => Promise<unknown>;

/**
 * The API of `entra-graphql dev`, which starts this command again after each change. It updates the database, fills it if it
 * is empty, and serves until `dev` ends.
 */
export async function runDevelopmentApi(terminal: Terminal): Promise<void> {
  const parts = readApiEnvironment(terminal.environment);
  const tellParent = terminal.followParent();
  const stops: Stop[] = [];
  try {
    const ready = await Promise.race([untilStopped(terminal), serve(parts, stops)]);
    if (ready) tellParent(ready);
    await untilStopped(terminal);
  } finally {
    for (const stop of stops) await stop();
  }
}

async function serve({ environment, ownerUrl, runtimeUrl, personas }: ApiParts, stops: Stop[]): Promise<ReadyApi> {
  await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: migrationFolders });
  const seed: (ownerUrl: string) => Promise<unknown> = developmentData.seed;
  await seed(ownerUrl);
  const config = loadConfig(environment, 'development');
  const app = await createApp(config, {
    logger: await developmentLog(config.logLevel),
    personas: sampleCallers(personas, developmentData.emulator.clients[0].clientId),
  });
  stops.push(() => app.shutDown());
  const { host, port, publicUrl } = config.http;
  await app.listen({ host, port }).catch((error: unknown) => {
    throw toListenError(error, host);
  });
  return { host, publicUrl };
}
