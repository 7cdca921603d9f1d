import type { Caller } from '../authentication/caller.js';
import { createDescribeLimit, type DescribeLimit } from '../config/limit-error.js';
import { defaultLimits, type Limits } from '../config/limits.js';
import { createCallerDatabase } from '../database/caller-database.js';
import { checkRuntimeLogin } from '../database/check-runtime-login.js';
import { createEventDatabases } from '../database/event-database.js';
import { createNotifications } from '../database/notifications.js';
import { createPool, type DatabaseLogger, pingDatabase } from '../database/pool.js';
import { createExpensesContext } from './context.js';
import { createReportReads } from './event-reads.js';
import { expensesMigrations } from './migration-folder.js';
import { withMutationTransactions } from './mutation-transactions.js';
import { policies } from './policies.js';
import { createReportEvents, REPORT_CHANNEL } from './report-events.js';
import { resolvers } from './resolvers.js';
import type { ExpensesTables } from './tables.js';
import { welcomeDocument } from './welcome-document.js';

/** What the resource needs of its surroundings. */
export interface ExpensesOptions {
  /** As `DATABASE_URL`: the run-time login. */
  readonly url: string;
  /** Default: those of the table. */
  readonly limits?: Limits;
  /** Makes the errors of bounds. Default: without the names of settings. */
  readonly describeLimit?: DescribeLimit;
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
export async function createExpenses({ now = () => new Date(), limits = defaultLimits, ...options }: ExpensesOptions) {
  const { describeLimit = createDescribeLimit(limits, false) } = options;
  const pool = createPool(options);
  try {
    await checkRuntimeLogin(pool, [expensesMigrations]);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const notifications = createNotifications({ ...options, channel: REPORT_CHANNEL });
  const reads = createReportReads(createEventDatabases<ExpensesTables>(pool, limits.eventConnections));
  const subscribeToReports = createReportEvents(notifications, reads, {
    maximum: limits.subscriptionEvents,
    describe: () => describeLimit('subscriptionEvents', undefined, 'RATE_LIMITED'),
  });
  const createContext = (caller: Caller | undefined, event?: unknown) => {
    const shared = reads.of(event, caller) ?? { database: createCallerDatabase<ExpensesTables>(pool, caller) };
    return createExpensesContext({ caller, ...shared, subscribeToReports, now });
  };
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
