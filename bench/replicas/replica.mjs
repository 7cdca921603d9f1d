import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const READY_LIMIT_MS = 120_000;

/**
 * One process of the built server, which can be started again on its port.
 *
 * @param {number} port
 * @param {Record<string, string>} environment
 * @param {{ log?: string, files?: number, node?: readonly string[] }} [bounds] file of the log, or `stalled` for a pipe that is never
 *   read; file descriptors; arguments of Node
 */
export function createReplica(port, environment, { log, files, node = [] } = {}) {
  let program = MAIN;
  let child;
  let exited;
  let isEnding = false;
  const crashes = [];
  const isReady = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  };
  const spawnServer = () => {
    const stdout = log === 'stalled' ? 'pipe' : openSync(log ?? process.env.SERVER_LOG ?? devNull, 'a');
    const limit = files === undefined ? '' : `ulimit -n ${files} && `;
    const command = [process.execPath, ...node, program, 'start'];
    child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...command], {
      // The .env file may be missing.
      cwd: tmpdir(),
      stdio: ['ignore', stdout, 'inherit'],
      env: { ...environment, PORT: String(port) },
    });
    if (typeof stdout === 'number') closeSync(stdout);
  };
  return {
    port,
    pid: () => child.pid,
    /** Another version, from the next start on. */
    use(main = MAIN) {
      program = main;
    },
    /** Unexpected ends. */
    crashes,
    async start() {
      spawnServer();
      exited = once(child, 'exit');
      exited.then(([code, signal]) => {
        if (!isEnding) crashes.push(`port ${port}: ${code ?? signal}`);
      });
      isEnding = false;
      for (const startedAt = performance.now(); !(await isReady()); await delay(50)) {
        if (child.exitCode !== null) throw new Error(`a replica ended with code ${child.exitCode}`);
        if (performance.now() - startedAt > READY_LIMIT_MS) throw new Error('a replica is never ready');
      }
    },
    /** @returns exit code, null after SIGKILL, undefined before the first start */
    async end(signal) {
      isEnding = true;
      if (!child) return undefined;
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}
