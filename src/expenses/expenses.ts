import type { Caller } from '../authentication/caller.js';
import { checkNotifications } from '../database/notifications/check-notifications.js';
import { createNotifications } from '../database/notifications/notifications.js';
import { createResourceDatabase, inWords, type ResourceDatabaseOptions } from '../database/resource-database.js';
import { createCallerDatabase } from '../database/transactions/caller-database.js';
import { createEventDatabases } from '../database/transactions/event-database.js';
import type { CallerDownstream } from '../downstream/downstream.js';
import { createExpensesContext } from './context.js';
import { createReportReads } from './events/event-reads.js';
import { createReportEvents, REPORT_CHANNEL } from './events/report-events.js';
import { expensesMigrations } from './migration-folder.js';
import { withExpenseTransactions } from './mutation-transactions.js';
import { policies } from './policies.js';
import { resolvers } from './resolvers.js';
import type { ExpensesTables } from './tables.js';
import { welcomeDocument } from './welcome-document.js';

/** Functions that the server adds for the caller of a request. */
interface RequestParts {
  readonly downstream?: CallerDownstream | undefined;
  /** Looks up groups that the token leaves out, whose roles row-level security reads. */
  readonly decideCaller?: (() => Promise<Caller>) | undefined;
  /** Address of an anonymous client. */
  readonly address?: string | undefined;
}

/** Options of the sample resource. */
export interface ExpensesOptions extends Omit<ResourceDatabaseOptions, 'folders'> {
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
  const database = createResourceDatabase({ ...options, folders: [expensesMigrations] });
  const { connections } = database;
  const { pool, password, failures, limits, describeLimit } = connections;
  const { url, listenUrl = url } = options;
  const notifications = createNotifications({ url: listenUrl, password, channel: REPORT_CHANNEL, failures, limits });
  const close = async () => {
    await notifications.close();
    await database.close();
  };
  const checkListening = () =>
    checkNotifications(pool, notifications, REPORT_CHANNEL, limits).catch(
      inWords(listenUrl === url ? 'DATABASE_URL' : 'DATABASE_LISTEN_URL', listenUrl),
    );
  const revocations = await database.open(checkListening).catch(async (error) => {
    await close();
    throw error;
  });
  const reads = createReportReads(createEventDatabases<ExpensesTables>(connections, limits.eventConnections), {
    claims: connections.claims,
    batch: limits.eventBatch,
  });
  const subscribeToReports = createReportEvents(notifications, reads, {
    maximum: limits.subscriptionEvents,
    describe: () => describeLimit('subscriptionEvents', undefined, 'RATE_LIMITED'),
  });
  const createContext = (caller: Caller | undefined, event?: unknown, parts: RequestParts = {}) => {
    const shared = reads.of(event, caller) ?? {
      database: createCallerDatabase<ExpensesTables>(connections, caller, parts),
    };
    const { downstream } = parts;
    return createExpensesContext({
      caller,
      ...shared,
      downstream,
      subscribeToReports,
      now,
    });
  };
  return {
    welcomeDocument,
    schemaFolder: new URL('../../schema/expenses/', import.meta.url),
    resolvers,
    policies,
    createContext,
    sharesAnswers: reads.has,
    recordAccess: database.recordAccess,
    wrapSchema: withExpenseTransactions,
    revocations,
    ping: connections.ping,
    close,
  };
}
