import type { Caller } from '../../authentication/caller.js';
import type { OperationRecord } from '../operation-record.js';

/** Counts by label. Adding is all that a request pays for it; `/metrics` reads the sums when it is asked. */
export class LabelledCounter<Label extends string | number> {
  readonly #sums = new Map<Label, number>();

  /** @param labels that are there from the beginning with 0, so that the first event is a rise and not a new series */
  constructor(labels: readonly Label[] = []) {
    for (const label of labels) this.#sums.set(label, 0);
  }

  add(label: Label): void {
    this.#sums.set(label, (this.#sums.get(label) ?? 0) + 1);
  }

  /** Sums by label, in the order in which labels were first seen. */
  sums(): ReadonlyMap<Label, number> {
    return this.#sums;
  }
}

/** Tells everybody who listens about each occurrence. Nothing is kept. */
class Listeners<Occurrence> {
  readonly #listeners: ((occurrence: Occurrence) => void)[] = [];

  listen(listener: (occurrence: Occurrence) => void): void {
    this.#listeners.push(listener);
  }

  /** Bound: may be passed on as a function. */
  readonly notify = (occurrence: Occurrence): void => {
    for (const listener of this.#listeners) listener(occurrence);
  };
}

/** A number that is read when metrics are asked for, such as the size of a queue. */
export interface Gauge {
  /** Without the prefix of the server, such as `database_waiting`. */
  readonly name: string;
  readonly help: string;
  /** Name of the one label, if it has one. */
  readonly label?: string;
  /** Values by label. The label is empty where the gauge has none. */
  read(): Iterable<readonly [label: string, value: number]>;
}

/** How often a cache was asked, and had an answer or not. */
export interface CacheLookups {
  readonly hits: number;
  readonly misses: number;
}

const DENIAL_CODES = ['UNAUTHENTICATED', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS'];

export type ServerCounts = Readonly<ReturnType<typeof createServerCounts>>;

/**
 * Creates the counters of a server, all at zero. Labels are statuses and codes of the server itself, so clients cannot make
 * their number grow. The log has the field and the caller.
 */
export function createServerCounts() {
  return {
    /** Answered HTTP requests by status; those of probes and of `/metrics` are left out. */
    requests: new LabelledCounter<number>(),
    /** GraphQL requests that were admitted, by kind of caller. Requests without a token count as `anonymous`. */
    admittedRequests: new LabelledCounter<Caller['kind'] | 'anonymous'>(['delegated', 'app-only', 'anonymous']),
    /** By code: requests and connections whose access token was refused or could not be judged. */
    refusedTokens: new LabelledCounter<string>(),
    /** Operations that were refused before they ran, by code. */
    refusedOperations: new LabelledCounter<string>(DENIAL_CODES),
    /** Denied places in queries, by code. A list counts once. In report mode these are those that would have been denied. */
    deniedFields: new LabelledCounter<string>(DENIAL_CODES),
    /** By code of PostgreSQL or of the system: what the database could not do. */
    databaseFailures: new LabelledCounter<string>(['ECONNREFUSED']),
    /** Requests beyond a bound, connections closed and lines of the log left out because of one, by the name of the bound. */
    limitsHit: new LabelledCounter<string>(),
    /** Denied places by coordinate of the schema. Counted only when `METRICS_DENIED_COORDINATES` is on. */
    deniedCoordinates: new LabelledCounter<string>(),
    /** Events of subscriptions that were answered. */
    events: new LabelledCounter<'answered'>(['answered']),
    /** Each operation, when its answer is known. */
    operations: new Listeners<OperationRecord>(),
    /** Seconds for which each transaction waited for its connection. */
    connectionWaits: new Listeners<number>(),
    gauges: [] as Gauge[],
    /** Reads the lookups of each cache by its name. */
    caches: new Map<string, () => CacheLookups>(),
  };
}
