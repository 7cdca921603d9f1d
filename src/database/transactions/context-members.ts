import type { CallerDatabase } from './caller-database.js';

/** Returns the members of a request's context by which the server asks about its database (`ResourceContext`). */
export function contextMembers<Tables>(database: CallerDatabase<Tables>) {
  return {
    database,
    refusal: () => database.refusal(),
    databaseMs: () => database.waitedMs(),
    changes: () => database.changes(),
    abandon: () => database.abandon(),
    dispose: () => database.dispose(),
  };
}
