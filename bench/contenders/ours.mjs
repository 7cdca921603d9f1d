import { startServer } from '../harness/start-server.mjs';
import { QUERY, resolvers } from '../workload/items.mjs';

/** The server of this repository. Only the resource is another: the items, from memory. */
export function start(settings, environment) {
  return startServer(
    settings,
    { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', ...environment },
    {
      createResource: async () => ({
        welcomeDocument: QUERY,
        schemaFolder: new URL('ours-schema/', import.meta.url),
        resolvers,
        policies: {},
        createContext: (caller) => ({ caller, dispose: async () => {} }),
        ping: async () => {},
        close: async () => {},
      }),
    },
  );
}
