import type { Caller } from '../authentication/caller.js';
import { createCallerDatabase } from '../database/caller-database.js';
import { checkRuntimeLogin } from '../database/check-runtime-login.js';
import { createNotifications } from '../database/notifications.js';
import { createPool, type DatabaseLogger, pingDatabase } from '../database/pool.js';
import { createExpensesContext } from './context.js';
import { expensesMigrations } from './migration-folder.js';
import { withMutationTransactions } from './mutation-transactions.js';
import { policies } from './policies.js';
import { createReportEvents, REPORT_CHANNEL } from './report-events.js';
import { resolvers } from './resolvers.js';
import { welcomeDocument } from './welcome-document.js';

/** What the resource needs of its surroundings. */
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
  const notifications = createNotifications({ ...options, channel: REPORT_CHANNEL });
  const createContext = (caller: Caller | undefined) =>
    createExpensesContext({ caller, database: createCallerDatabase(pool, caller), subscribeToReports, now });
  const subscribeToReports = createReportEvents(notifications, async (caller, id) => {
    const { loaders, dispose } = createContext(caller);
    return loaders.expenseReport.load(id).finally(dispose);
  });
  return {
    welcomeDocument,
    schemaFolder: new URL('../../schema/expenses/', import.meta.url),
    resolvers,
    policies,
    createContext,
    wrapSchema: withMutationTransactions,
    ping: () => pingDatabase(pool),
    async close() {
      await notifications.close();
      await pool.end();
    },
  };
}
