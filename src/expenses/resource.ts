import type { Caller } from '../authentication/caller.js';
import { createCallerDatabase } from '../database/caller-database.js';
import { checkRuntimeLogin } from '../database/check-runtime-login.js';
import { createPool, type DatabaseLogger, pingDatabase } from '../database/pool.js';
import { createExpensesContext } from './context.js';
import { expensesMigrations } from './migration-folder.js';
import { withMutationTransactions } from './mutation-transactions.js';
import { policies } from './policies.js';
import { resolvers } from './resolvers.js';
import type { ExpensesTables } from './tables.js';
import { welcomeDocument } from './welcome-document.js';

export interface ExpensesOptions {
  /** As `DATABASE_URL`: the run-time login. */
  readonly url: string;
  readonly logger?: DatabaseLogger;
  /** The clock. Default: the machine's. */
  readonly now?: () => Date;
}

/**
 * The sample resource: everything the server needs to serve expense reports. It opens the database and checks that
 * row-level security holds for the login.
 *
 * @throws DatabaseSetupError with a line for each problem; DatabaseUnavailableError
 */
export async function createExpenses({ now = () => new Date(), ...options }: ExpensesOptions) {
  const pool = createPool(options);
  try {
    await checkRuntimeLogin(pool, [expensesMigrations]);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    welcomeDocument,
    schemaFolder: new URL('../../schema/expenses/', import.meta.url),
    resolvers,
    policies,
    createContext: (caller: Caller | undefined) =>
      createExpensesContext(caller, createCallerDatabase<ExpensesTables>(pool, caller), now),
    wrapSchema: withMutationTransactions,
    ping: () => pingDatabase(pool),
    close: () => pool.end(),
  };
}
