import DataLoader from 'dataloader';
import type { Caller } from '../../authentication/caller.js';
import { CapacityError } from '../../database/database-errors.js';
import { callerSettings } from '../../database/transactions/caller-settings.js';
import type { OpenEventDatabase } from '../../database/transactions/event-database.js';
import { requireDecided } from '../../database/transactions/transaction.js';
import { EXPENSES_LIMITS } from '../limits.js';
import { createLoaders, type Loaders } from '../loaders.js';
import { noteAuthor, type ReportWithAuthor } from '../pages/report-authors.js';
import type { ExpenseReportRow } from '../rows.js';
import type { ExpensesDatabase, ExpensesTables } from '../tables.js';
import { readForEachCaller } from './reports-for-each-caller.js';

/** The reads for one event, shared by the subscriptions of one caller. */
export interface EventReads {
  readonly database: ExpensesDatabase;
  readonly loaders: Loaders;
}

/**
 * Reads of changed reports. Subscriptions with the same database settings see the same rows, so they share the read of a
 * report and everything that is read below it. The settings hold tenant, caller, kind, roles and chosen claims. So two
 * callers never share a read, and neither do two tokens of one caller that show different rows.
 */
export interface ReportReads {
  /** Reads a changed report under the caller's own rights. Undefined when it is hidden from the caller. */
  read(caller: Caller, id: string): Promise<ExpenseReportRow | undefined>;
  /** Begins a read that `read` will return. Its failure is reported there. */
  begin(caller: Caller, id: string): void;
  /** Forgets what was read of a report, because it has changed since. */
  forget(id: string): void;
  /** Returns the reads that belong to an event. Undefined when the event is not one of `read`, or not for this caller. */
  of(event: unknown, caller: Caller | undefined): EventReads | undefined;
  /** Returns whether the event is one of `read`. Each of them is an object of its own and never changes. */
  has(event: unknown): boolean;
}

/** A report whose change is sent to one caller. */
interface AskedReport {
  readonly caller: Caller;
  readonly id: string;
}

/** Time for the subscriptions of one caller to take up an event. A later one reads the report again. */
const MAX_AGE_MS = EXPENSES_LIMITS.eventReadMilliseconds.default;
/** Reads that are remembered at once. Beyond it all are forgotten, which costs reads and loses nothing. */
const MAX_READS = EXPENSES_LIMITS.eventReads.default;

/**
 * Creates the reads of all subscriptions.
 *
 * @param openDatabase must bound its connections: each caller that an event concerns reads what is below the report
 * @param options.claims names of the claims that row-level security may read
 * @param options.batch most callers in one statement
 */
export function createReportReads(
  openDatabase: OpenEventDatabase<ExpensesTables>,
  { claims, batch }: { readonly claims: readonly string[]; readonly batch: number },
): ReportReads {
  const rowsById = new Map<string, Map<string, Promise<ExpenseReportRow | undefined>>>();
  const readsByRow = new WeakMap<object, EventReads & { readonly settings: string }>();
  let count = 0;
  const settingsByCaller = new WeakMap<Caller, string>();
  /** Returns the settings that the database gets for a caller, as one text. */
  const settingsOf = (caller: Caller) => {
    const settings = settingsByCaller.get(caller) ?? JSON.stringify(callerSettings(caller, claims));
    settingsByCaller.set(caller, settings);
    return settings;
  };

  /** Decides in one statement for all callers that ask at the same time. */
  const together = new DataLoader(
    (asked: readonly AskedReport[]) =>
      readForEachCaller(
        openDatabase(undefined),
        asked.map(({ caller }) => callerSettings(caller, claims)),
        asked.map(({ id }) => id),
      ),
    { cache: false, maxBatchSize: batch },
  );

  async function readNow(caller: Caller, id: string, settings: string): Promise<ExpenseReportRow | undefined> {
    const database = openDatabase(caller);
    const loaders = createLoaders(database);
    const row: ReportWithAuthor | undefined = await together.load({ caller, id }).catch((error: unknown) => {
      if (error instanceof CapacityError) throw error;
      // One caller or id may be to blame. The others are not to lose their events.
      return loaders.expenseReport.load(id);
    });
    if (!row) return undefined;
    noteAuthor(row, loaders.knownEmployees);
    readsByRow.set(row, { database, loaders, settings });
    return row;
  }

  function forget(id: string): void {
    count -= rowsById.get(id)?.size ?? 0;
    rowsById.delete(id);
  }

  function remember(id: string, settings: string, row: Promise<ExpenseReportRow | undefined>): void {
    if (count >= MAX_READS) {
      rowsById.clear();
      count = 0;
    }
    const rows = rowsById.get(id) ?? new Map<string, Promise<ExpenseReportRow | undefined>>();
    rowsById.set(id, rows.set(settings, row));
    count += 1;
    const forgetThis = () => {
      if (rowsById.get(id) !== rows || rows.get(settings) !== row) return;
      rows.delete(settings);
      count -= 1;
      if (rows.size === 0) rowsById.delete(id);
    };
    setTimeout(forgetThis, MAX_AGE_MS).unref();
    row.catch(forgetThis);
  }

  const readsOf = (event: unknown) => (typeof event === 'object' && event !== null ? readsByRow.get(event) : undefined);

  const reads: ReportReads = {
    async read(caller, id) {
      requireDecided(caller);
      const settings = settingsOf(caller);
      const known = rowsById.get(id)?.get(settings);
      if (known) return known;
      const row = readNow(caller, id, settings);
      remember(id, settings, row);
      return row;
    },
    begin: (caller, id) => void reads.read(caller, id).catch(() => undefined),
    forget,
    of(event, caller) {
      const reads = readsOf(event);
      return caller && reads?.settings === settingsOf(caller) ? reads : undefined;
    },
    has: (event) => readsOf(event) !== undefined,
  };
  return reads;
}
