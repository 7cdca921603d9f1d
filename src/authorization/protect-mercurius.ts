import type { GraphQLSchema } from 'graphql';
import type { Authorization } from './authorization.js';
import { noteGuardedServer } from './guards/host-server.js';

/** The server that Mercurius is registered on, as far as its operations are held to the guards. */
export interface MercuriusServer {
  readonly graphql: {
    addHook(name: 'preExecution' | 'preSubscriptionExecution', hook: (schema: GraphQLSchema) => Promise<void>): void;
  };
}

const OTHER_SCHEMA =
  'The schema of this server is not that of createAuthorization, so its fields have no guards. Change the schema before createAuthorization: replaceSchema, extendSchema and schemaTransforms are not for a guarded schema.';

/**
 * Refuses every operation of a Mercurius server that no longer has the schema with the guards. `replaceSchema`,
 * `transformSchema` and `extendSchema` put another schema in its place, whose fields would be open. Call it after
 * `app.register(mercurius, …)` is awaited.
 */
export function protectMercurius({ graphql }: MercuriusServer, { schema }: Pick<Authorization, 'schema'>): void {
  const requireGuards = async (used: GraphQLSchema): Promise<void> => {
    if (used !== schema) throw new TypeError(OTHER_SCHEMA);
  };
  noteGuardedServer(graphql);
  graphql.addHook('preExecution', requireGuards);
  graphql.addHook('preSubscriptionExecution', requireGuards);
}
