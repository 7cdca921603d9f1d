import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MEASURED_CORE, pinned } from '../harness/child-process.mjs';
import { freePort } from '../harness/free-port.mjs';
import { cpuMillisecondsOf, residentBytes } from './process-cpu.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const POLL_MS = 5;
/** Far longer than a start takes, even on a machine that has much other work. */
const LIMIT_MS = 300_000;

/**
 * Starts the server with the sample resource again and again, as `npm start` does. Measures from the start of the process until
 * `/readyz` reports that database and keys are ready.
 *
 * @returns {Promise<{ ms: number[], cpuMs?: number[], megabytes?: number[], idleSeconds: number, idleMegabytes?: number }>}
 *   time until ready by round and, on Linux, CPU time and resident memory. `idleMegabytes` is the memory of the last
 *   process after `idleSeconds`, when V8 has given back memory that only the start needed
 */
export async function measureStart({ tenant, database, options }) {
  const { rounds, idleSeconds } = options;
  const starts = [];
  let idleMegabytes;
  for (let round = 0; round < rounds; round += 1) {
    const { pid, ms, stop } = await startUntilReady(tenant.settings, database.url);
    starts.push({ ms, cpuMs: cpuMillisecondsOf(pid), megabytes: megabytesOf(pid) });
    if (round === rounds - 1) {
      await delay(idleSeconds * 1000);
      idleMegabytes = megabytesOf(pid);
    }
    await stop();
  }
  const list = (figure) => starts.map((start) => start[figure]);
  const onLinux = { cpuMs: list('cpuMs'), megabytes: list('megabytes'), idleMegabytes };
  return { ms: list('ms'), idleSeconds, ...(idleMegabytes !== undefined && onLinux) };
}

async function startUntilReady({ instance, tenantId, clientId }, databaseUrl) {
  const port = await freePort();
  const [command, ...words] = pinned(MEASURED_CORE, [process.execPath, MAIN, 'start']);
  const startedAt = performance.now();
  const child = spawn(command, words, {
    // The .env file may be missing.
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ENTRA_INSTANCE: instance,
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clientId,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
    },
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`"npm start" ended with code ${child.exitCode}`);
      if (performance.now() - startedAt > LIMIT_MS) throw new Error('"npm start" is never ready');
      await delay(POLL_MS);
    }
    return { ms: performance.now() - startedAt, pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

function megabytesOf(pid) {
  const bytes = residentBytes(pid);
  return bytes && bytes / 1e6;
}
