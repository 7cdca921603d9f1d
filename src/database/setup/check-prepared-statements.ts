import type pg from 'pg';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import { isOfStaleConnection } from '../statements/lost-statement.js';
import { openConnection } from './open-connection.js';

/**
 * Prepares a statement on two connections and runs both several times. They have the same name and different answers. A
 * pooler in transaction mode may not support prepared statements. It then gives the clients connections of PostgreSQL on
 * which the name is taken, is missing, or stands for the statement of the other one.
 *
 * @throws DatabaseSetupError when statements are lost or mixed up. DatabaseUnavailableError
 */
export async function checkPreparedStatements(options: pg.PoolConfig): Promise<void> {
  const clients: pg.Client[] = [];
  try {
    clients.push(await openConnection(options), await openConnection(options));
    for (const index of ORDER) {
      const answer = await clients[index]?.query({ name: 'entra_check', text: `select ${index} as client` });
      if (answer?.rows[0]?.client !== index) throw new DatabaseSetupError([NOT_KEPT]);
    }
  } catch (error) {
    if (error instanceof DatabaseSetupError) throw error;
    throw isOfStaleConnection(error) ? new DatabaseSetupError([NOT_KEPT]) : toDatabaseError(error);
  } finally {
    for (const client of clients) await client.end();
  }
}

/**
 * The clients in the order in which they ask. A pooler may hand out its connections in a circle, or other clients may take some
 * meanwhile. In an order without a rhythm, that does not give each client its own connection every time.
 */
const ORDER = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0];

const NOT_KEPT =
  'Prepared statements are lost or mixed up on the way to the database. Is a connection pooler such as PgBouncer in transaction mode in between? Give it max_prepared_statements (PgBouncer 1.21 and newer), or set DATABASE_PREPARED_STATEMENTS=off.';
