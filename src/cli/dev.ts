import { createApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { migrate } from '../database/setup/migrate.js';
import { describeDevelopment } from '../development/describe-development.js';
import { developmentData } from '../development/development-data.js';
import { developmentLog } from '../development/development-log.js';
import { apiPort, checkPortIsFree, emulatorPort } from '../development/development-ports.js';
import { withEmulator } from '../development/development-settings.js';
import { hostWarning } from '../development/host-warning.js';
import { type KeptCertificate, keepTlsCertificate } from '../development/kept-certificate.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../development/postgres/embedded-postgres.js';
import { type Emulator, startEmulator } from '../emulator/emulator.js';
import { migrationFolders } from '../resource.js';
import { CommandError, toListenError } from './describe-failure.js';
import { STOPPED_EARLY, type Terminal, untilStopped } from './terminal/terminal.js';

/** Options of `entra-graphql dev`. */
export interface DevelopmentOptions {
  /** Delete the development data first. */
  readonly fresh: boolean;
  /** The emulator answers https too. */
  readonly https: boolean;
}

/** Undoes one step of the start. */
type Stop = () => Promise<unknown>;

/**
 * `entra-graphql dev`: API, Entra emulator and PostgreSQL with sample data, until Ctrl-C. It needs no setting; those given
 * for Entra and the database give way to the emulator's.
 *
 * @throws CommandError, or the error of the part that could not start; what had started is stopped first
 */
export async function runDevelopment(terminal: Terminal, options: DevelopmentOptions): Promise<void> {
  if (terminal.environment.NODE_ENV === 'production') {
    throw new CommandError('"dev" signs in anybody as anybody: it does not run with NODE_ENV=production.');
  }
  const startedAt = performance.now();
  const stops: Stop[] = [];
  try {
    await checkPortIsFree(apiPort(terminal.environment));
    await checkPortIsFree(emulatorPort(terminal.environment));
    const surroundings = await startSurroundings(terminal, options, stops);
    // What the start still does when it is given up fails with its database, or ends with the process.
    const api = await Promise.race([untilStopped(terminal), startApi(terminal, surroundings, stops)]);
    if (!api) return terminal.printError(STOPPED_EARLY);
    const warning = hostWarning(api.host);
    if (warning) terminal.printError(`\n${warning}`);
    const seconds = (performance.now() - startedAt) / 1000;
    terminal.printWithTokens(await describeDevelopment({ api: api.publicUrl, ...surroundings, seconds }));
    await untilStopped(terminal);
    terminal.print('\nStopping.');
  } catch (error) {
    // Ctrl-C in a terminal also reaches the programs of PostgreSQL that run at this moment, so their failure is expected.
    if (!terminal.stopped.aborted) throw error;
    terminal.printError(STOPPED_EARLY);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

interface Surroundings {
  readonly postgres: EmbeddedPostgres;
  readonly emulator: Emulator;
  readonly certificate: KeptCertificate | undefined;
}

/** Brings the database up to date, fills it, and serves. */
async function startApi(terminal: Terminal, { postgres, emulator }: Surroundings, stops: Stop[]) {
  await migrate({ migrationUrl: postgres.ownerUrl, runtimeUrl: postgres.runtimeUrl, folders: migrationFolders });
  const seed: (ownerUrl: string) => Promise<unknown> = developmentData.seed;
  await seed(postgres.ownerUrl);
  const config = loadConfig(developmentEnvironment(terminal, postgres, emulator), 'development');
  const app = await createApp(config, { logger: await developmentLog(config.logLevel) });
  stops.push(() => app.shutDown());
  await app.listen({ host: config.http.host, port: config.http.port }).catch((error: unknown) => {
    throw toListenError(error, config.http.host);
  });
  return config.http;
}

/** Starts both side by side, and waits for both even if one fails, so that the other can be stopped. */
async function startSurroundings(
  terminal: Terminal,
  { fresh, https }: DevelopmentOptions,
  stops: Stop[],
): Promise<Surroundings> {
  const { folder, stopped } = terminal;
  const certificate = https ? await keepTlsCertificate(folder) : undefined;
  const postgres = startEmbeddedPostgres({ projectFolder: folder, fresh, signal: stopped });
  const emulator = startEmulator({
    ...developmentData.emulator,
    port: emulatorPort(terminal.environment),
    ...(certificate && { https: certificate }),
    ...(terminal.environment.NODE_ENV && { environment: terminal.environment.NODE_ENV }),
  });
  await Promise.allSettled([
    postgres.then((started) => stops.push(() => started.stop())),
    emulator.then((started) => stops.push(() => started.close())),
  ]);
  return { postgres: await postgres, emulator: await emulator, certificate };
}

function developmentEnvironment({ environment }: Terminal, postgres: EmbeddedPostgres, emulator: Emulator) {
  return { ...withEmulator(environment, emulator.httpInstance), DATABASE_URL: postgres.runtimeUrl };
}
