import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** Nothing is refused for the load, on this server or on its database: the price of the work is measured. */
export const NO_SHEDDING = { LIMIT_EVENT_LOOP_DELAY_MS: '0', LIMIT_DATABASE_WAIT_MS: '300000' };

/**
 * Starts the built server of this repository on a free port. Like `npm start`, it writes a log.
 *
 * @param {{ instance: string, tenantId: string, clientId: string }} settings
 * @param {Record<string, string>} environment settings of its own; `BENCH_BUILD`: the folder of another build
 * @param {object} [options] as of `createApp`
 * @returns {Promise<string>} address of its GraphQL endpoint
 */
export async function startServer({ instance, tenantId, clientId }, environment, options = {}) {
  const { createApp, serverLog, loadConfig } = await loadBuild(environment.BENCH_BUILD);
  const identity = { ENTRA_INSTANCE: instance, ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId };
  const config = loadConfig({ ...identity, ...NO_SHEDDING, ...environment }, 'production');
  // As `disablePretenuring` does, which is called otherwise in earlier builds.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const app = await createApp(config, { ...serverLog(config.logLevel), ...options });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}

async function loadBuild(folder) {
  const build = folder ? pathToFileURL(`${folder}/`) : new URL('../../dist/', import.meta.url);
  const modules = ['app.js', 'cli/server-log.js', 'config/config.js'];
  const loaded = await Promise.all(modules.map((module) => import(new URL(module, build).href)));
  return Object.assign({}, ...loaded);
}
