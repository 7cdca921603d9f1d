import type { Caller } from '../authentication/caller.js';
import { type AccessRecordLogger, createAccessRecord, type RecordedAccess } from '../database/access-record.js';
import { startCleanUp } from '../database/clean-up.js';
import { type AddressSetting, toSetupError } from '../database/connections/connection-advice.js';
import { type ConnectionsOptions, createConnections } from '../database/connections/connections.js';
import type { DatabaseLogger } from '../database/connections/failure-report.js';
import { checkNotifications } from '../database/notifications/check-notifications.js';
import { createNotifications } from '../database/notifications/notifications.js';
import { type WatchedRevocations, watchRevocations } from '../database/revocations/watch-revocations.js';
import { checkAll } from '../database/setup/check-all.js';
import { checkPreparedStatements } from '../database/setup/check-prepared-statements.js';
import { checkRuntimeLogin } from '../database/setup/check-runtime-login.js';
import { createCallerDatabase } from '../database/transactions/caller-database.js';
import { createEventDatabases } from '../database/transactions/event-database.js';
import type { CallerDownstream } from '../downstream/downstream.js';
import { createExpensesContext, type ExpensesContext } from './context.js';
import { createReportReads } from './events/event-reads.js';
import { createReportEvents, REPORT_CHANNEL } from './events/report-events.js';
import { expensesMigrations } from './migration-folder.js';
import { withMutationTransactions } from './mutation-transactions.js';
import { policies } from './policies.js';
import { resolvers } from './resolvers.js';
import type { ExpensesTables } from './tables.js';
import { welcomeDocument } from './welcome-document.js';

/** What the server adds for the caller of a request. */
interface RequestParts {
  readonly downstream?: CallerDownstream | undefined;
  /** Looks up groups that the token leaves out, whose roles row-level security reads. */
  readonly decideCaller?: (() => Promise<Caller>) | undefined;
}

/** Options of the sample resource. */
export interface ExpensesOptions extends ConnectionsOptions {
  /** As `DATABASE_LISTEN_URL`: to the same database, without a pooler in between. Default: `url`. */
  readonly listenUrl?: string | undefined;
  /** As `ACCESS_RECORD_READS`. Default: `required`. */
  readonly accessRecordReads?: 'required' | 'buffered' | undefined;
  /** As `DOWNSTREAM_GRAPH_URL`. Default: Microsoft Graph of the public cloud. */
  readonly graphUrl?: string | undefined;
  readonly logger?: AccessRecordLogger & DatabaseLogger;
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
  const connections = createConnections(options);
  const { pool, password, failures, limits, describeLimit } = connections;
  const { url, listenUrl = url } = options;
  const notifications = createNotifications({ url: listenUrl, password, channel: REPORT_CHANNEL, failures, limits });
  let revocations: WatchedRevocations | undefined;
  const accessRecord = createAccessRecord({
    connections: createConnections({ ...options, poolSize: 1, measure: undefined, onConnectionWait: undefined }),
    reads: options.accessRecordReads ?? 'required',
    logger: options.logger,
  });
  const cleanUp = startCleanUp(connections, ['idempotency_keys']);
  const close = async () => {
    cleanUp.stop();
    await accessRecord.close();
    await revocations?.close();
    await notifications.close();
    await connections.close();
  };
  try {
    // Before the first connection, whose own time is shorter.
    await password?.().catch(inWords('DATABASE_URL', url));
    await checkRuntimeLogin(pool, [expensesMigrations]).catch(inWords('DATABASE_URL', url));
    const listens = checkNotifications(pool, notifications, REPORT_CHANNEL, limits);
    const prepares = options.prepares === false ? undefined : checkPreparedStatements(pool.options);
    await checkAll([
      listens.catch(inWords(listenUrl === url ? 'DATABASE_URL' : 'DATABASE_LISTEN_URL', listenUrl)),
      prepares?.catch(inWords('DATABASE_URL', url)) ?? Promise.resolve(),
    ]);
    revocations = await watchRevocations({ ...options, password, limits });
  } catch (error) {
    await close();
    throw error;
  }
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
      database: createCallerDatabase<ExpensesTables>(connections, caller, parts.decideCaller),
    };
    const { downstream } = parts;
    return createExpensesContext({
      caller,
      ...shared,
      downstream,
      graphUrl: options.graphUrl,
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
    async recordAccess(access: RecordedAccess, { caller, database, isInChange }: ExpensesContext) {
      if (!caller) return;
      // What is denied or fails is rolled back, and its entry would be too.
      if (isInChange && access.outcome === 'GRANTED') await accessRecord.writeWith(database, access, caller);
      else await accessRecord.write(access, caller);
    },
    wrapSchema: withMutationTransactions,
    revocations: revocations.source,
    ping: connections.ping,
    close,
  };
}

/** Rejects with what the operator is to do about it. */
function inWords(setting: AddressSetting, url: string): (error: unknown) => never {
  return (error) => {
    throw toSetupError(error, setting, url);
  };
}
