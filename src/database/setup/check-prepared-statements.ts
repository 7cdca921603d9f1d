import type pg from 'pg';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import { isOfStaleConnection } from '../statements/lost-statement.js';
import { openConnection } from './open-connection.js';

/**
 * Prepares one statement on two connections in turn. A pooler in transaction mode may not support prepared statements. It
 * then gives both the same connection of PostgreSQL, or each another one every time. The name is therefore already taken or
 * missing.
 *
 * @throws DatabaseSetupError when statements are lost or mixed up. DatabaseUnavailableError
 */
export async function checkPreparedStatements(options: pg.PoolConfig): Promise<void> {
  const clients: pg.Client[] = [];
  try {
    clients.push(await openConnection(options), await openConnection(options));
    for (const client of [...clients, ...clients, ...clients]) await client.query(STATEMENT);
  } catch (error) {
    throw isOfStaleConnection(error) ? new DatabaseSetupError([NOT_KEPT]) : toDatabaseError(error);
  } finally {
    for (const client of clients) await client.end();
  }
}

const STATEMENT = { name: 'entra_check', text: 'select 1' };

const NOT_KEPT =
  'Prepared statements are lost or mixed up on the way to the database. Is a connection pooler such as PgBouncer in transaction mode in between? Give it max_prepared_statements (PgBouncer 1.21 and newer), or set DATABASE_PREPARED_STATEMENTS=off.';
