import type { Caller } from '../authentication/caller.js';
import type { CapacityError, Changes } from '../database/database-errors.js';
import type { SubscribeToReports } from './events/report-events.js';
import { createLoaders, type Loaders } from './loaders.js';
import type { ExpensesDatabase } from './tables.js';

/** The parts that resolvers and policies of one request share. */
export interface ExpensesContext {
  /** Undefined: anonymous. */
  readonly caller: Caller | undefined;
  readonly database: ExpensesDatabase;
  /** `database` is the transaction of a change. */
  readonly isInChange?: boolean;
  readonly loaders: Loaders;
  /** Not bound to the request: it goes on when the request is over. */
  readonly subscribeToReports: SubscribeToReports;
  /** The server's clock. */
  now(): Date;
  /** The reason for which the request got nothing from the database. Undefined: it got something or asked for nothing. */
  refusal(): CapacityError | undefined;
  /** Milliseconds in which the request has waited for the database. */
  databaseMs(): number;
  /** The changes of a mutation so far. */
  changes(): Changes | undefined;
  /** Ends the request before its answer. Never rejects. */
  abandon(): void;
  /** Ends the request's transaction. Never rejects; safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * The context of one request or event, over a database opened for the same caller.
 *
 * @param given.loaders those that several events share. Default: loaders of this context alone
 */
export function createExpensesContext(
  given: Pick<ExpensesContext, 'caller' | 'database' | 'subscribeToReports' | 'now'> & { readonly loaders?: Loaders },
): ExpensesContext {
  const { database, loaders = createLoaders(database) } = given;
  return {
    ...given,
    loaders,
    refusal: () => database.refusal(),
    databaseMs: () => database.waitedMs(),
    changes: () => database.changes(),
    abandon: () => database.abandon(),
    dispose: () => database.dispose(),
  };
}
