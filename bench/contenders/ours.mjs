import { createApp } from '../../dist/app.js';
import { serverLog } from '../../dist/cli/server-log.js';
import { loadConfig } from '../../dist/config.js';
import { QUERY, resolvers } from '../workload/items.mjs';

/**
 * The server of this repository, built and started as `npm start` does it, log included. Only the resource is another:
 * the items, from memory.
 */
export async function start({ instance, tenantId, clientId }, environment) {
  const config = loadConfig(
    {
      ENTRA_INSTANCE: instance,
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clientId,
      DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none',
      ...environment,
    },
    'production',
  );
  const app = await createApp(config, {
    ...serverLog(config.logLevel),
    createResource: async () => ({
      welcomeDocument: QUERY,
      schemaFolder: new URL('ours-schema/', import.meta.url),
      resolvers,
      policies: {},
      createContext: (caller) => ({ caller, dispose: async () => {} }),
      ping: async () => {},
      close: async () => {},
    }),
  });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}
