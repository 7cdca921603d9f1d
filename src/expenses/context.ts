import type { Caller } from '../authentication/caller.js';
import { createLoaders, type Loaders } from './loaders.js';
import type { SubscribeToReports } from './report-events.js';
import type { ExpensesDatabase } from './tables.js';

/** What the resolvers and policies of one request share. */
export interface ExpensesContext {
  /** Undefined: anonymous. */
  readonly caller: Caller | undefined;
  readonly database: ExpensesDatabase;
  readonly loaders: Loaders;
  /** Not bound to the request: it goes on when the request is over. */
  readonly subscribeToReports: SubscribeToReports;
  /** The server's clock. */
  now(): Date;
  /** Ends the request's transaction. Never rejects; safe to call twice. */
  dispose(): Promise<void>;
}

/** The context of one request, over a database opened for the same caller. */
export function createExpensesContext(
  given: Pick<ExpensesContext, 'caller' | 'database' | 'subscribeToReports' | 'now'>,
): ExpensesContext {
  const { database } = given;
  return { ...given, loaders: createLoaders(database), dispose: () => database.dispose() };
}
