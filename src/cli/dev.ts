import { dirname, join } from 'node:path';
import { type ApiProcess, createApiProcess } from '../development/api-process.js';
import { checkTypes } from '../development/check-types.js';
import { describeDevelopment } from '../development/describe-development.js';
import { apiPort, checkPortIsFree, emulatorPort } from '../development/development-ports.js';
import { toApiEnvironment, unusedSettings } from '../development/development-settings.js';
import {
  type DevelopmentEmulator,
  type EmulatorChoices,
  startDevelopmentEmulator,
} from '../development/emulator/start-emulator.js';
import { hostWarning } from '../development/host-warning.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../development/postgres/embedded-postgres.js';
import { restartOnChange } from '../development/restart-on-change.js';
import type { DevelopmentData } from '../served-api.js';
import { CommandError } from './command-failure.js';
import type { ReadyApi } from './dev-api.js';
import { STOPPED_EARLY, type Terminal, untilStopped } from './terminal/terminal.js';

/** Options of `entra-graphql dev`. */
export interface DevelopmentOptions extends EmulatorChoices {
  /** Delete the development data first. */
  readonly fresh: boolean;
}

/** Undoes one step of the start. */
type Stop = () => Promise<unknown>;

/**
 * Runs `entra-graphql dev`: API, Entra emulator and PostgreSQL with sample data, until Ctrl-C. It needs no setting. Settings
 * that name a tenant, an app registration, a credential or a database are not used.
 *
 * The API is a process of its own. It restarts when its code or schema changes. Emulator and database go on, so tokens stay
 * good and data stays.
 *
 * @returns the exit code. 1: the API could not start, and has printed why
 * @throws CommandError, or the error of the part that could not start; everything that had started is stopped first
 */
export async function runDevelopment(terminal: Terminal, options: DevelopmentOptions): Promise<number> {
  if (terminal.environment.NODE_ENV === 'production') {
    throw new CommandError('"dev" signs in anybody as anybody: it does not run with NODE_ENV=production.');
  }
  const startedAt = performance.now();
  const stops: Stop[] = [];
  try {
    await checkPortIsFree(apiPort(terminal.environment));
    await checkPortIsFree(emulatorPort(terminal.environment));
    const api = await terminal.loadApi();
    const hasDatabase = api.migrationFolders.length > 0;
    const data = await api.loadDevelopmentData();
    const starting = startSurroundings(terminal, { ...options, data, hasDatabase }, stops);
    const surroundings = await terminal.during(
      hasDatabase ? 'Starting the emulator and PostgreSQL …' : 'Starting the emulator …',
      starting,
    );
    const server = createApi(terminal, surroundings);
    stops.push(() => server.stop());
    const firstStart = server.start();
    stops.push(watchCode(terminal, server, firstStart));
    const serving = Promise.race([untilStopped(terminal), firstStart]);
    const ready = await terminal.during('Starting the API …', serving);
    if (terminal.stopped.aborted) return stoppedEarly(terminal);
    if (!ready) return 1;
    const warning = hostWarning(ready.host);
    if (warning) terminal.printError(`\n${warning}`);
    const unused = unusedSettings(terminal.environment, data.emulator);
    if (unused.length > 0) terminal.printError(`\nNot used, because dev has its own: ${unused.join(', ')}.`);
    const seconds = (performance.now() - startedAt) / 1000;
    const { name } = api;
    const running = { ...ready, ...surroundings, name, seconds, calls: data.calls };
    terminal.print(describeDevelopment(running, terminal.colours));
    await untilStopped(terminal);
    terminal.print('\nStopping.');
    return 0;
  } catch (error) {
    // Ctrl-C in a terminal also reaches the programs of PostgreSQL that run at this moment, so their failure is expected.
    if (!terminal.stopped.aborted) throw error;
    return stoppedEarly(terminal);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function stoppedEarly(terminal: Terminal): number {
  terminal.printError(STOPPED_EARLY);
  return 0;
}

interface Surroundings extends DevelopmentEmulator {
  /** Undefined: the API has no database. */
  readonly postgres: EmbeddedPostgres | undefined;
}

/** Starts both side by side. Waits for both even if one fails, so that the other can be stopped. */
async function startSurroundings(
  terminal: Terminal,
  {
    fresh,
    data,
    hasDatabase,
    ...choices
  }: DevelopmentOptions & { readonly data: DevelopmentData; readonly hasDatabase: boolean },
  stops: Stop[],
): Promise<Surroundings> {
  const { folder, stopped } = terminal;
  const postgres = hasDatabase
    ? startEmbeddedPostgres({ projectFolder: folder, fresh, signal: stopped })
    : Promise.resolve(undefined);
  const entra = startDevelopmentEmulator(terminal, choices, data.emulator);
  await Promise.allSettled([
    postgres.then((started) => started && stops.push(() => started.stop())),
    entra.then(({ emulator }) => stops.push(() => emulator.close())),
  ]);
  return { postgres: await postgres, ...(await entra) };
}

function createApi(
  terminal: Terminal,
  { postgres, emulator, personas, certificate }: Surroundings,
): ApiProcess<ReadyApi> {
  return createApiProcess<ReadyApi>({
    program: terminal.program,
    words: ['dev-api'],
    environment: toApiEnvironment(terminal.environment, {
      instance: emulator.httpInstance,
      signInInstance: certificate && emulator.instance,
      personas,
      database: postgres && { ownerUrl: postgres.ownerUrl, runtimeUrl: postgres.runtimeUrl },
    }),
    onEnd: () => terminal.printError('The API has ended. Save a file to start it again.'),
  });
}

function watchCode(terminal: Terminal, api: ApiProcess<ReadyApi>, starting: Promise<unknown>): Stop {
  const code = dirname(terminal.program);
  const project = dirname(code);
  return restartOnChange(api, {
    folders: [code, join(project, 'schema'), join(project, 'migrations')],
    print: terminal.print,
    starting,
    async check(signal) {
      const errors = await checkTypes(project, join(project, '.entra-graphql/types.tsbuildinfo'), signal);
      if (errors !== undefined) terminal.printError(`${errors}\nThe API runs in spite of these type errors.`);
    },
  });
}
