import pg from 'pg';
import { DatabaseUnavailableError } from '../database-errors.js';

/**
 * Opens one connection, which the caller ends. The operator can fix a failure (a certificate, a missing password, an
 * address that the driver cannot read). It is not a mistake in the code. A connection that PostgreSQL has not refused by
 * itself is closed because it would keep the process for a minute.
 *
 * @param options as of a pool, whose class of connections knows the password
 * @throws DatabaseUnavailableError
 */
export async function openConnection(options: pg.PoolConfig): Promise<pg.Client> {
  // The types leave out that this class takes options, which the pool gives it.
  const Client = (options.Client ?? pg.Client) as typeof pg.Client;
  let client: pg.Client | undefined;
  try {
    client = new Client(options);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    await client?.end().catch(() => undefined);
    throw new DatabaseUnavailableError(error);
  }
}
