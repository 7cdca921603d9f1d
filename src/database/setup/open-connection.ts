import pg from 'pg';
import { DatabaseUnavailableError } from '../database-errors.js';

/**
 * Opens one connection, which the caller ends. The operator can fix a failure (a certificate, a missing password, an
 * address that the driver cannot read). It is not a mistake in the code. A connection that PostgreSQL has not refused by
 * itself is closed because it would keep the process for a minute.
 *
 * @throws DatabaseUnavailableError
 */
export async function openConnection(options: pg.ClientConfig): Promise<pg.Client> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client(options);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    await client?.end().catch(() => undefined);
    throw new DatabaseUnavailableError(error);
  }
}
