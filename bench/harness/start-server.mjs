import { createApp } from '../../dist/app.js';
import { keepAnswersYoung } from '../../dist/cli/keep-answers-young.js';
import { serverLog } from '../../dist/cli/server-log.js';
import { loadConfig } from '../../dist/config/config.js';

/**
 * Starts the server of this repository, built, as `npm start` does it, log included, on a free port.
 *
 * @param {{ instance: string, tenantId: string, clientId: string }} settings
 * @param {Record<string, string>} environment settings of its own
 * @param {object} [options] as of `createApp`
 * @returns {Promise<string>} address of its GraphQL endpoint
 */
export async function startServer({ instance, tenantId, clientId }, environment, options = {}) {
  const config = loadConfig(
    { ENTRA_INSTANCE: instance, ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ...environment },
    'production',
  );
  keepAnswersYoung();
  const app = await createApp(config, { ...serverLog(config.logLevel), ...options });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}
