import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dataFolder } from './server-data.js';
import type { ServerPrograms } from './server-programs.js';
import type { ServerUser } from './server-user.js';

/** Stops the server on request and when this process ends in any way. */
export interface ServerWatcher {
  /** Resolves when the server has stopped. */
  stopServer(): Promise<void>;
}

/**
 * Starts a process that stops the server when its standard input ends. The operating system ends it even when we are killed
 * with SIGKILL. The process is outside our process group, so Ctrl-C in the terminal does not reach it and running requests
 * still find the database.
 */
export function watchServer(folder: string, programs: ServerPrograms, user: ServerUser | undefined): ServerWatcher {
  const stopArguments = ['stop', '-s', '-m', 'fast', '-D', dataFolder(folder)];
  const [program, ...programArguments] =
    process.platform === 'win32'
      ? [process.execPath, '-e', WAIT_ON_WINDOWS, programs.pgCtl, ...stopArguments]
      : ['/bin/sh', '-c', 'cat >/dev/null; exec "$0" "$@"', programs.pgCtl, ...stopArguments];
  const watcher = spawn(program ?? '', programArguments, {
    cwd: folder,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...user,
  });
  const ended = once(watcher, 'close').catch(() => undefined);
  watcher.stdin.on('error', () => undefined);
  // A program that forgets to stop the server must still be able to end.
  watcher.unref();
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref();
  return {
    async stopServer() {
      watcher.ref();
      watcher.stdin.end();
      await ended;
    },
  };
}

const WAIT_ON_WINDOWS = `
const [pgCtl, ...stop] = process.argv.slice(1);
process.stdin.resume().on('end', () => require('node:child_process').spawn(pgCtl, stop, { windowsHide: true }));
`;
