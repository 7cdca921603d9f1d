import type { Caller } from '../authentication/caller.js';
import type { CapacityError, Changes } from '../database/database-errors.js';
import { contextMembers } from '../database/transactions/context-members.js';
import type { CallerDownstream } from '../downstream/downstream.js';
import type { SubscribeToReports } from './events/report-events.js';
import { createLoaders, type Loaders } from './loaders.js';
import { createProfileLoader, type ProfileLoader } from './profiles.js';
import type { ExpensesDatabase } from './tables.js';

/** The parts that resolvers and policies of one request share. */
export interface ExpensesContext {
  /** Undefined: anonymous. */
  readonly caller: Caller | undefined;
  readonly database: ExpensesDatabase;
  /** `database` is the transaction of a change. */
  readonly isInChange?: boolean;
  /** The payload of the change may need the report's author. */
  readonly asksForAuthor?: boolean;
  readonly loaders: Loaders;
  /** Loader for this caller alone, because Microsoft Graph decides for each caller. Subscriptions share only `loaders`. */
  readonly profiles: ProfileLoader;
  /** Subscribes to changed reports. It is not bound to the request and goes on when the request is over. */
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
 * Creates the context of one request or event, over a database opened for the same caller.
 *
 * @param given.loaders returns those that subscriptions to an event share. Default: loaders of this context alone
 * @param given.downstream other APIs for the caller. Default: none
 */
export function createExpensesContext({
  downstream,
  loaders: shared,
  ...given
}: Pick<ExpensesContext, 'caller' | 'database' | 'subscribeToReports' | 'now'> & {
  readonly loaders?: () => Loaders;
  readonly downstream?: CallerDownstream | undefined;
}): ExpensesContext {
  const { database } = given;
  let loaders: Loaders | undefined;
  let profiles: ProfileLoader | undefined;
  return {
    ...given,
    // Most answers to events need none, and to make them takes a twentieth of such an answer.
    get loaders() {
      loaders ??= shared?.() ?? createLoaders(database);
      return loaders;
    },
    get profiles() {
      profiles ??= createProfileLoader({ downstream, onWait: () => database.pause() });
      return profiles;
    },
    ...contextMembers(database),
  };
}
