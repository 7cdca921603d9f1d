import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../authentication/caller.js';
import { CapacityError } from '../../database/database-errors.js';
import { callerSettings } from '../../database/transactions/caller-settings.js';
import type { OpenEventDatabase } from '../../database/transactions/event-database.js';
import { requireDecided } from '../../database/transactions/transaction.js';
import { isObject } from '../../values/is-object.js';
import { EXPENSES_LIMITS } from '../limits.js';
import { createLoaders, type Loaders } from '../loaders.js';
import { noteAuthor, type ReportWithAuthor } from '../pages/report-authors.js';
import type { ExpenseReportRow } from '../rows.js';
import type { ExpensesDatabase, ExpensesTables } from '../tables.js';
import { readForEachCaller } from './reports-for-each-caller.js';

/** The reads for one event, shared by the subscriptions of one caller. */
export interface EventReads {
  readonly database: ExpensesDatabase;
  /** Returns the same ones each time. They are made when they are first asked for. */
  loaders(): Loaders;
}

/**
 * Reads of changed reports. Subscriptions with the same database settings see the same rows, so they share the read of a
 * report and everything that is read below it. The settings hold tenant, caller, kind, roles and chosen claims. So two
 * callers never share a read, and neither do two tokens of one caller that show different rows. Callers for whom one
 * statement has found the same row share the object, which cannot be changed.
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
  /** Returns whether the event is one of `read`. Each of them is of one change and never changes. */
  has(event: unknown): boolean;
}

/** A report whose change is sent to callers with these settings. */
interface AskedReport {
  readonly settings: string;
  readonly id: string;
}

type ReadRow = Promise<ExpenseReportRow | undefined>;

/** A row that was read, and what is read below it, by the settings of those who see it. Undefined: nothing was asked yet. */
interface SeenRow {
  readonly row: ReportWithAuthor;
  readonly readsBySettings: Map<string, EventReads | undefined>;
}

/** Reads of one report, by the database settings of the callers who asked. */
interface RememberedReads {
  readonly rows: Map<string, ReadRow>;
}

/** Time for the subscriptions of one caller to take up an event. A later one reads the report again. */
const MAX_AGE_MS = EXPENSES_LIMITS.eventReadMilliseconds.default;
/** Reads that are remembered at once. */
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
  /** By id. The reads of a report expire together. */
  const remembered = new LRUCache<string, RememberedReads>({
    maxSize: MAX_READS,
    sizeCalculation: ({ rows }) => rows.size,
    ttl: MAX_AGE_MS - 1, // An entry expires when it is older than this.
    ttlAutopurge: true,
    ttlResolution: 0, // A clock that is read less often leaves expired entries in memory.
  });
  const seenRows = new WeakMap<object, SeenRow>();
  const databases = new WeakMap<Caller, ExpensesDatabase>();
  const settingsByCaller = new WeakMap<Caller, string>();
  /** Returns the settings that the database gets for a caller, as JSON. */
  const settingsOf = (caller: Caller) => {
    const known = settingsByCaller.get(caller);
    if (known !== undefined) return known;
    const settings = JSON.stringify(callerSettings(caller, claims));
    settingsByCaller.set(caller, settings);
    return settings;
  };

  const databaseOf = (caller: Caller) => {
    const database = databases.get(caller) ?? openDatabase(caller);
    databases.set(caller, database);
    return database;
  };

  /** Decides in one statement for all callers that ask at the same time. */
  const together = new DataLoader(
    async (asked: readonly AskedReport[]) => {
      const found = await readForEachCaller(
        openDatabase(undefined),
        asked.map(({ settings }) => settings),
        asked.map(({ id }) => id),
      );
      const rows = asked.map((): ExpenseReportRow | undefined => undefined);
      for (const row of found) {
        const seen: SeenRow = { row, readsBySettings: new Map() };
        for (const place of row.places) {
          rows[place - 1] = row;
          seen.readsBySettings.set(asked[place - 1]?.settings ?? '', undefined);
        }
        seenRows.set(row, seen);
      }
      return rows;
    },
    { cache: false, maxBatchSize: batch },
  );

  /** Reads a report that could not be read together with others. */
  async function readAlone(caller: Caller, id: string): ReadRow {
    const row = await createLoaders(databaseOf(caller)).expenseReport.load(id);
    if (row) seenRows.set(row, { row, readsBySettings: new Map([[settingsOf(caller), undefined]]) });
    return row;
  }

  function readNow(caller: Caller, id: string, settings: string): ReadRow {
    const row: ReadRow = together.load({ settings, id }).catch(async (error: unknown) => {
      try {
        if (error instanceof CapacityError) throw error;
        // One caller or id may be to blame. The others are not to lose their events.
        return await readAlone(caller, id);
      } catch (failure) {
        const rows = remembered.peek(id)?.rows;
        if (rows?.get(settings) === row) rows.delete(settings);
        throw failure;
      }
    });
    return row;
  }

  function remember(id: string, settings: string, row: ReadRow): void {
    const known = remembered.peek(id);
    const rows = (known?.rows ?? new Map<string, ReadRow>()).set(settings, row);
    // A new object each time, because the cache takes the size of the same one only once.
    remembered.set(id, { rows }, { noUpdateTTL: known !== undefined });
  }

  /** Makes the reads below a row for callers with the settings of this one. */
  function readsBelow(row: ReportWithAuthor, caller: Caller): EventReads {
    const database = databaseOf(caller);
    const create = () => {
      const loaders = createLoaders(database);
      noteAuthor(row, loaders.knownEmployees);
      return loaders;
    };
    let loaders: Loaders | undefined;
    return {
      database,
      loaders() {
        loaders ??= create();
        return loaders;
      },
    };
  }

  const seen = (event: unknown) => (isObject(event) ? seenRows.get(event) : undefined);

  const reads: ReportReads = {
    // Not an async function, which would make two more promises for each subscriber and change.
    read(caller, id) {
      try {
        requireDecided(caller);
      } catch (error) {
        return Promise.reject(error);
      }
      const settings = settingsOf(caller);
      const known = remembered.peek(id)?.rows.get(settings);
      if (known) return known;
      const row = readNow(caller, id, settings);
      remember(id, settings, row);
      return row;
    },
    begin: (caller, id) => void reads.read(caller, id).catch(() => undefined),
    forget: (id) => void remembered.delete(id),
    of(event, caller) {
      const found = seen(event);
      if (!found || !caller) return undefined;
      const { row, readsBySettings } = found;
      const settings = settingsOf(caller);
      if (!readsBySettings.has(settings)) return undefined;
      const known = readsBySettings.get(settings) ?? readsBelow(row, caller);
      readsBySettings.set(settings, known);
      return known;
    },
    has: (event) => seen(event) !== undefined,
  };
  return reads;
}
