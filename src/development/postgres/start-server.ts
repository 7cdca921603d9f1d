import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { runProgram } from './run-program.js';
import { dataFolder } from './server-data.js';
import type { ServerProcess } from './server-programs.js';

export interface ServerStart extends ServerProcess {
  readonly folder: string;
  /** Undefined: any free one. */
  readonly port: number | undefined;
  /** Survive a power cut. */
  readonly durable: boolean;
}

const ATTEMPTS = 20;
const PAUSE_MS = 250;

/**
 * Starts the server on 127.0.0.1 and waits until it answers. Tries a few times: another program may take the free port
 * first, and the server of a killed process may still write its last checkpoint.
 *
 * @returns the port
 * @throws EmbeddedPostgresError with the server's own message
 */
export async function startServer(start: ServerStart): Promise<number> {
  const { folder, programs, user, durable, signal } = start;
  const logFile = join(folder, 'server.log');
  let log = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = start.port ?? (await findFreePort());
    const settings = [`-p ${port}`, ...serverSettings(durable)].join(' ');
    signal?.throwIfAborted();
    await rm(logFile, { force: true });
    const result = await runProgram(
      programs.pgCtl,
      ['start', '-s', '-w', '-t', '30', '-D', dataFolder(folder), '-l', logFile, '-o', settings],
      { user, folder },
    );
    if (result.succeeded) return port;
    log = await readFile(logFile, 'utf8').catch(() => result.output);
    if (!PASSING.some((words) => log.includes(words))) break;
    await wait(PAUSE_MS, undefined, { signal });
  }
  throw new EmbeddedPostgresError(describeFailedStart(folder, log));
}

/** Failures in the log of a start that another try can mend: a port or a lock file that will soon be free. */
const PASSING = ['could not bind', 'Address already in use', 'lock file'] as const;

function serverSettings(durable: boolean): string[] {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'log_timezone=UTC'];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300');
  return settings.map((setting) => `-c ${setting}`);
}

function describeFailedStart(folder: string, log: string): string {
  const fatal = /FATAL: {2}(.*)/.exec(log)?.[1] ?? log.trim().split('\n').at(-1) ?? '';
  if (/incompatible with server/.test(fatal)) {
    return `The development database in ${folder} was made by another version of PostgreSQL. Start once with --fresh (it deletes the data).`;
  }
  if (fatal.includes('lock file') || fatal.includes('shared memory block')) {
    return `The development database in ${folder} seems to be in use (${fatal}). Stop the program that uses it, or start once with --fresh (it deletes the data).`;
  }
  return `PostgreSQL does not start in ${folder}: ${fatal}`;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
