import type { Caller } from '../authentication/caller.js';
import { createLoaders, type Loaders } from './loaders.js';
import type { ExpensesDatabase } from './tables.js';

/** What the resolvers and policies of one request share. */
export interface ExpensesContext {
  /** Undefined: anonymous. */
  readonly caller: Caller | undefined;
  readonly database: ExpensesDatabase;
  readonly loaders: Loaders;
  /** The server's clock. */
  now(): Date;
  /** Ends the request's transaction. Never rejects; safe to call twice. */
  dispose(): Promise<void>;
}

/** The context of one request of this caller, over a database opened for the same caller. */
export function createExpensesContext(
  caller: Caller | undefined,
  database: ExpensesDatabase,
  now: () => Date,
): ExpensesContext {
  return { caller, database, loaders: createLoaders(database), now, dispose: () => database.dispose() };
}
