import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../dist/emulator/emulator.js';
import { emulatorSettings } from '../../dist/expenses/sample-data/emulator-settings.js';
import { freePort } from '../harness/free-port.mjs';
import { startBalancer } from './balancer.mjs';
import { startDatabase, startPair } from './databases.mjs';
import { buildEarlierVersion } from './earlier-version.mjs';
import { createReplica } from './replica.mjs';

/**
 * Starts everything. `stop` ends it and removes its files.
 *
 * @param {{ replicas?: number, settings?: Record<string, string>, balancer?: 'haproxy' | 'nginx' | 'tcp' | 'none',
 *   bounds?: object, hasStandby?: boolean, isEarlier?: boolean }} [options] without a balancer, `url` is that of the first replica. `bounds` are those
 *   of `createReplica`. `isEarlier`: the servers are of the version before the last migrations, and the schema is not
 */
export async function startCluster(options = {}) {
  const { replicas: count = 3, settings = {}, balancer: kind = 'haproxy', bounds, hasStandby = false } = options;
  /** The started parts, the last one first. */
  const ends = [];
  const started = async (starting, end) => {
    const part = await starting;
    ends.unshift(() => end(part));
    return part;
  };
  const stop = async () => {
    for (const end of ends.splice(0)) await end();
  };
  const folder = join(tmpdir(), `entra-graphql-replicas-${randomUUID()}`);
  // PostgreSQL does not run as root and makes its own folder.
  const dataFolder = `${folder}-data`;
  await started(mkdir(folder), async () => {
    for (const each of [folder, dataFolder]) await rm(each, { recursive: true, force: true });
  });
  try {
    const emulator = await started(startEmulator({ ...emulatorSettings, port: 0 }), (it) => it.close());
    const database = await started((hasStandby ? startPair : startDatabase)(dataFolder), async (it) => {
      await it.close();
      await it.stop();
    });
    const main = options.isEarlier ? buildEarlierVersion(join(folder, 'earlier')) : undefined;
    const replicas = [];
    for (let index = 0; index < count; index += 1) {
      const replica = createReplica(await freePort(), environmentOf(emulator, database, settings), bounds);
      replica.use(main);
      replicas.push(replica);
      ends.unshift(() => replica.end('SIGKILL'));
    }
    await Promise.all(replicas.map((replica) => replica.start()));
    const ports = replicas.map(({ port }) => port);
    const balancer = kind === 'none' ? undefined : await started(startBalancer(folder, ports, kind), (it) => it.stop());
    return { url: balancer?.url ?? `http://127.0.0.1:${ports[0]}`, emulator, database, replicas, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
