import type pg from 'pg';
import { LIMITS } from '../../config/limits.js';
import { clientClass } from '../connections/client-class.js';
import { toSetupError } from '../connections/connection-advice.js';
import { createDatabasePassword, type DatabaseAuth } from '../connections/entra-password.js';
import { openConnection } from './open-connection.js';

/** The database and the login that owns its tables. */
export interface DatabaseOwner {
  /** As `DATABASE_MIGRATION_URL`. */
  readonly migrationUrl: string;
  /** As `DATABASE_AUTH`. Default `password`. */
  readonly auth?: DatabaseAuth | undefined;
}

/**
 * Runs work in one transaction of the owner, on a connection of its own. All of it is committed, or nothing.
 *
 * @param describe names an error of the database before advice is added
 * @throws DatabaseSetupError when the database cannot be used
 */
export async function inOwnerTransaction<T>(
  { migrationUrl, auth }: DatabaseOwner,
  describe: (error: unknown) => unknown,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  let client: pg.Client | undefined;
  try {
    const password = createDatabasePassword({ auth, url: migrationUrl });
    // Fails here without a password. The driver would report it as a failure of the connection.
    await password?.();
    client = await openConnection({
      connectionString: migrationUrl,
      connectionTimeoutMillis: LIMITS.ownerConnectionSeconds.default * 1000,
      Client: clientClass(password),
    });
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    throw toSetupError(describe(error), 'DATABASE_MIGRATION_URL', migrationUrl);
  } finally {
    // Also ends an open transaction. Uncommitted changes are rolled back.
    await client?.end().catch(() => undefined);
  }
}
