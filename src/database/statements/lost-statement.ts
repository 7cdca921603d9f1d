import pg from 'pg';
import { DatabaseUnavailableError } from '../database-errors.js';

/** The statement was not run because another one of its transaction failed. In another transaction it can be. */
export class LostStatementError extends DatabaseUnavailableError {}

/** The connection has other prepared statements than it is thought to have. On a new one the statement can be run. */
export class StaleConnectionError extends LostStatementError {}

/** PostgreSQL's code for a statement in a transaction in which another one has failed. */
const FAILED_TRANSACTION = '25P02';
/** Its codes for a name that is not there (after DISCARD ALL), and for one that is there already. */
const NAMES: ReadonlySet<string> = new Set(['26000', '42P05']);
/** The function of PostgreSQL that rejects an outdated plan. After a migration the statement returns other types. */
const REVALIDATES_PLANS = 'RevalidateCachedQuery';

/** Tells whether PostgreSQL did not run a statement because another one had failed before it. */
export function isOfFailedTransaction(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.code === FAILED_TRANSACTION;
}

/** Tells whether PostgreSQL refuses a statement for what is prepared on the connection. */
export function isOfStaleConnection(cause: unknown): boolean {
  if (!(cause instanceof pg.DatabaseError)) return false;
  return NAMES.has(cause.code ?? '') || (cause.code === '0A000' && cause.routine === REVALIDATES_PLANS);
}
