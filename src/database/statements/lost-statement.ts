import pg from 'pg';
import { DatabaseUnavailableError } from '../database-errors.js';

/** The statement was not run because another one of its transaction failed. It can be run in another transaction. */
export class LostStatementError extends DatabaseUnavailableError {}

/**
 * The connection does not have the prepared statements that the server expects, or PostgreSQL has not begun the transaction and the
 * connection is dead. The statement can be run on a new one.
 */
export class StaleConnectionError extends LostStatementError {}

/** PostgreSQL's code for a statement in a transaction in which another one has failed. */
const FAILED_TRANSACTION = '25P02';
/** PostgreSQL's codes for an unknown name (after DISCARD ALL) and for a name that is already taken. */
const NAMES: ReadonlySet<string> = new Set(['26000', '42P05']);
/** The function of PostgreSQL that rejects an outdated plan. After a migration the statement returns other types. */
const REVALIDATES_PLANS = 'RevalidateCachedQuery';

/** Returns whether PostgreSQL did not run a statement because another one had failed before it. */
export function isOfFailedTransaction(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.code === FAILED_TRANSACTION;
}

/** Returns whether PostgreSQL refused a statement because of the prepared statements of the connection. */
export function isOfStaleConnection(cause: unknown): boolean {
  if (!(cause instanceof pg.DatabaseError)) return false;
  return NAMES.has(cause.code ?? '') || (cause.code === '0A000' && cause.routine === REVALIDATES_PLANS);
}
