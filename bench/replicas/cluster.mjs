import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../dist/database/setup/migrate.js';
import { startEmbeddedPostgres } from '../../dist/development/postgres/embedded-postgres.js';
import { startEmulator } from '../../dist/emulator/emulator.js';
import { emulatorSettings } from '../../dist/expenses/sample-data/emulator-settings.js';
import { seed } from '../../dist/expenses/sample-data/seed.js';
import { migrationFolders } from '../../dist/resource.js';
import pg from '../../node_modules/pg/lib/index.js';
import { freePort } from '../harness/free-port.mjs';
import { startBalancer } from './balancer.mjs';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(PROJECT, 'dist', 'main.js');
const READY_LIMIT_MS = 60_000;

/**
 * Starts everything. `stop` ends it and removes its files.
 *
 * @param {{ replicas?: number, settings?: Record<string, string>, isBalanced?: boolean }} [options] without a balancer, `url`
 *   is that of the first replica
 */
export async function startCluster({ replicas: count = 3, settings = {}, isBalanced = true } = {}) {
  const folder = join(tmpdir(), `entra-graphql-replicas-${randomUUID()}`);
  // PostgreSQL does not run as root and makes its own folder.
  const dataFolder = `${folder}-data`;
  await mkdir(folder);
  const emulator = await startEmulator({ ...emulatorSettings, port: 0 });
  const database = await startDatabase(dataFolder);
  const replicas = [];
  for (let index = 0; index < count; index += 1) {
    replicas.push(createReplica(await freePort(), environmentOf(emulator, database, settings)));
  }
  await Promise.all(replicas.map((replica) => replica.start()));
  const ports = replicas.map(({ port }) => port);
  const balancer = isBalanced ? await startBalancer(folder, ports) : undefined;
  return {
    url: balancer?.url ?? `http://127.0.0.1:${ports[0]}`,
    emulator,
    database,
    replicas,
    async stop() {
      await balancer?.stop();
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
      await database.stop();
      await emulator.close();
      for (const each of [folder, dataFolder]) await rm(each, { recursive: true, force: true });
    },
  };
}

function environmentOf({ instance }, { runtimeUrl }, settings) {
  return {
    PATH: process.env.PATH,
    ENTRA_INSTANCE: instance,
    ENTRA_TENANT_ID: emulatorSettings.tenants[0].id,
    ENTRA_CLIENT_ID: emulatorSettings.api.clientId,
    DATABASE_URL: runtimeUrl,
    TRUST_PROXY: '127.0.0.1/32',
    SHUTDOWN_DELAY_SECONDS: '3',
    // Bad tokens are part of the load.
    RATE_LIMIT_FAILURES_PER_MINUTE: '0',
    ...settings,
  };
}

/** One process of the built server, which can be started again on its port. */
function createReplica(port, environment) {
  let child;
  let exited;
  let isEnding = false;
  const crashes = [];
  const isReady = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  };
  return {
    port,
    pid: () => child.pid,
    /** Ends that nothing asked for. */
    crashes,
    async start() {
      child = spawn(process.execPath, [MAIN, 'start'], {
        // Where there is no .env file.
        cwd: tmpdir(),
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...environment, PORT: String(port) },
      });
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
    /** @returns exit code, or null after SIGKILL */
    async end(signal) {
      isEnding = true;
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** A PostgreSQL that can be stopped and started again at the same address. */
async function startDatabase(folder) {
  const start = (port) => startEmbeddedPostgres({ projectFolder: PROJECT, folder, durable: false, port });
  let postgres = await start();
  const { ownerUrl, runtimeUrl } = postgres;
  await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: migrationFolders });
  await seed(ownerUrl);
  const superuserUrl = Object.assign(new URL(postgres.superuserUrl), { pathname: new URL(ownerUrl).pathname }).href;
  return {
    runtimeUrl,
    stop: () => postgres.stop(),
    async start() {
      postgres = await start(Number(new URL(runtimeUrl).port));
    },
    /** Runs one statement that no row-level security binds. */
    async query(text, values) {
      const client = new pg.Client({ connectionString: superuserUrl });
      await client.connect();
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
  };
}
