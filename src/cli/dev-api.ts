import { createApp } from '../app.js';
import { migrate } from '../database/setup/migrate.js';
import { developmentLog } from '../development/development-log.js';
import { type ApiParts, readApiEnvironment } from '../development/development-settings.js';
import type { IssuePersonaToken } from '../explorer/graphiql/register-explorer.js';
import type { DevelopmentData, ServedApi } from '../served-api.js';
import { toListenError } from './command-failure.js';
import { loadApiConfig } from './load-api-config.js';
import { type Terminal, untilStopped } from './terminal/terminal.js';
import { sampleCallers } from './token/persona-caller.js';

/** Message of the API to `dev` when it serves. */
export interface ReadyApi {
  readonly host: string;
  readonly publicUrl: string;
  /** Whether there are pages for browsers, Apollo Sandbox and the explorer. */
  readonly hasExplorer: boolean;
  readonly hasPermissions: boolean;
}

type Stop = () => Promise<unknown>;

/**
 * The API of `entra-graphql dev`, which starts this command again after each change. It updates the database, fills it if it
 * is empty, and serves until `dev` ends.
 */
export async function runDevelopmentApi(terminal: Terminal): Promise<void> {
  const api = await terminal.loadApi();
  const data = await api.loadDevelopmentData();
  const parts = readApiEnvironment(terminal.environment, data);
  const tellParent = terminal.followParent();
  const stops: Stop[] = [];
  try {
    const ready = await Promise.race([untilStopped(terminal), serve(api, { ...parts, data }, stops, terminal)]);
    if (ready) tellParent(ready);
    await untilStopped(terminal);
  } finally {
    for (const stop of stops) await stop();
  }
}

async function serve(
  api: ServedApi,
  { environment, instance, signInInstance, database, personas, data }: ApiParts & { readonly data: DevelopmentData },
  stops: Stop[],
  terminal: Terminal,
): Promise<ReadyApi> {
  if (database) {
    const { ownerUrl, runtimeUrl } = database;
    await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: api.migrationFolders });
    await data.seed(ownerUrl);
  }
  const config = loadApiConfig(api, environment, 'development');
  const callers = sampleCallers(personas, data.emulator.clients[0].clientId);
  const app = await createApp(config, {
    createResource: api.createResource,
    logger: developmentLog(config.logLevel, { colours: terminal.colours, personas }),
    personas: callers,
    personaTokens: {
      names: [...callers.keys()].filter((name) => name !== 'nobody'),
      issue: issueFrom(instance),
      documents: data.documents,
    },
    signInInstance,
  });
  stops.push(() => app.shutDown());
  const { host, port, publicUrl } = config.http;
  await app.listen({ host, port }).catch((error: unknown) => {
    throw toListenError(error, host);
  });
  const { enabled: hasExplorer, permissions } = config.explorer;
  return { host, publicUrl, hasExplorer, hasPermissions: permissions.enabled };
}

/** Returns a function that asks the emulator for tokens, by names such as `finn` and `finn+c1`. */
function issueFrom(instance: string): IssuePersonaToken {
  return async (name) => {
    const [persona, authContext] = name.split('+');
    const response = await fetch(`${instance}/emulator/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-emulator': '1' },
      body: JSON.stringify({ persona, ...(authContext && { authContext }) }),
      signal: AbortSignal.timeout(5_000),
    });
    const { access_token: accessToken, expires_in: seconds }: Record<string, unknown> = Object(await response.json());
    if (typeof accessToken !== 'string') throw new TypeError(`The emulator issued no token for ${name}.`);
    return { accessToken, expiresInSeconds: Number(seconds) };
  };
}
