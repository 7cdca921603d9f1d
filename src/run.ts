import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { config as loadDotenv } from 'dotenv';
import { runCommandLine } from './cli/command-line.js';
import { disablePretenuring } from './cli/disable-pretenuring.js';
import { createBoundedLines } from './cli/terminal/bounded-lines.js';
import { wantsColours } from './cli/terminal/colours.js';
import { createPasteable } from './cli/terminal/pasteable.js';
import { createTerminal, readBounded } from './cli/terminal/terminal.js';
import { withoutTokens } from './cli/terminal/without-tokens.js';
import type { ServedApi } from './served-api.js';

// Only this file uses the arguments, streams, signals and exit code of the process. Others read its folder, its platform
// and, for the settings of proxies, its environment.

const stop = new AbortController();
/** A signal this soon after the first is the same Ctrl+C: the terminal sends it to this process, and npm passes it on too. */
const SAME_SIGNAL_MS = 250;
/** Time after a signal for listeners of `beforeExit`, such as an exporter that sends its last spans. */
const LAST_WORK_MS = 3_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts `stop` at the first signal, such as SIGTERM. A second signal ends the process at once. */
function handleSignals(): void {
  let firstSignalAtMs = Number.POSITIVE_INFINITY;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        firstSignalAtMs = performance.now();
        stop.abort();
      } else if (performance.now() - firstSignalAtMs > SAME_SIGNAL_MS) {
        process.stderr.write(`Stopped at once by a second signal (${signal}). Running requests were not finished.\n`);
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
}

/** Aborts `stop` when the parent process has ended. */
function followParent(): (message: object) => void {
  process.once('disconnect', () => stop.abort());
  // The channel alone must not keep a process whose command has failed.
  process.channel?.unref();
  if (!process.connected) stop.abort();
  return (message) => process.send?.(message);
}

/** Handles errors that nothing else handles. */
function handleFailures(): void {
  const complain = createBoundedLines(process.stderr);
  // graphql-js leaves the rejection of a list item unhandled when another item failed before it. By default Node ends the
  // process and with it all other answers.
  process.on('unhandledRejection', (reason) => {
    const { name, message } = reason instanceof Error ? reason : { name: 'Rejection', message: typeof reason };
    complain(withoutTokens(`unhandled rejection: ${name}: ${message}`));
  });

  // As Node does by default, but without access tokens in the text.
  process.on('uncaughtException', (error) => {
    process.stderr.write(withoutTokens(`uncaught exception: ${error instanceof Error ? error.stack : typeof error}\n`));
    process.exit(1);
  });

  // `permissions for erin | head` closes the pipe before everything is printed. That is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return stop.abort();
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // The reader of the errors is gone, or the disk is full: that must not end a server.
  process.stderr.on('error', () => undefined);
}

/**
 * Runs the command that the process was called with, such as `dev` or `start`, for this API. Call it once, in the program.
 *
 * @param loadApi called by commands that need the API, after the process is set up
 * @param main address of the program: `import.meta.url`
 */
export async function run(loadApi: () => Promise<ServedApi>, main: string): Promise<void> {
  loadDotenv({ quiet: true });
  handleFailures();
  const program = fileURLToPath(main);
  const pasteable = createPasteable({
    main: program,
    project: dirname(dirname(program)),
    folder: process.cwd(),
    port: process.env.PORT,
  });
  const terminal = createTerminal({
    environment: { ...process.env },
    program,
    folder: process.cwd(),
    loadApi,
    print: (text) => process.stdout.write(`${pasteable(text)}\n`),
    printForElsewhere: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${pasteable(text)}\n`),
    readInput: () => readBounded(process.stdin),
    onExit: (last) => process.on('exit', last),
    prepareToServe: () => {
      process.env.NODE_ENV ||= 'production';
      disablePretenuring();
    },
    handleSignals,
    followParent,
    isInteractive: process.stdout.isTTY === true,
    hasColours: wantsColours(process.env, process.stdout),
    ...(process.stderr.isTTY && { showStatus: (text) => process.stderr.write(`\r\u001b[2K${text ?? ''}`) }),
    stopped: stop.signal,
  });
  process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
  // A server that was asked to stop has finished what it could: nothing that is still open may keep the process.
  if (stop.signal.aborted) {
    await doLastWork();
    process.exit();
  }
}

/** Runs the listeners of `beforeExit`, because `process.exit` skips them. Waits for their promises for a bounded time. */
async function doLastWork(): Promise<void> {
  const listeners = process.listeners('beforeExit');
  if (listeners.length === 0) return;
  const code = Number(process.exitCode ?? 0);
  const running = listeners.map(async (listener) => listener.call(process, code));
  await Promise.race([Promise.allSettled(running), delay(LAST_WORK_MS)]);
}

/** Runs another program with the arguments of this one, passes signals on, and ends with its exit code. */
export async function runInstead(program: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...program, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.once('close', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
  });
  await once(child, 'close');
}
