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
export interface Listeners<Occurrence> {
  listen(listener: (occurrence: Occurrence) => void): void;
  /** Bound: may be passed on as a function. */
  readonly notify: (occurrence: Occurrence) => void;
}

function createListeners<Occurrence>(): Listeners<Occurrence> {
  const listeners: ((occurrence: Occurrence) => void)[] = [];
  return {
    listen: (listener) => void listeners.push(listener),
    notify(occurrence) {
      for (const listener of listeners) listener(occurrence);
    },
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

/**
 * Counters of this server since its start. Labels are statuses and codes of the server itself, so clients cannot make their
 * number grow. The log has the field and the caller.
 */
export interface ServerCounts {
  /** Answered HTTP requests by status; those of probes and of `/metrics` are left out. */
  readonly requests: LabelledCounter<number>;
  /** GraphQL requests that were admitted, by kind of caller. Requests without a token count as `anonymous`. */
  readonly admittedRequests: LabelledCounter<Caller['kind'] | 'anonymous'>;
  /** By code: requests and connections whose access token was refused or could not be judged. */
  readonly refusedTokens: LabelledCounter<string>;
  /** Operations that were refused before they ran, by code. */
  readonly refusedOperations: LabelledCounter<string>;
  /**
   * Denied places in queries, by code. A list counts once. In report mode these are the places that would have been denied.
   */
  readonly deniedFields: LabelledCounter<string>;
  /** By code of PostgreSQL or of the system: what the database could not do. */
  readonly databaseFailures: LabelledCounter<string>;
  /** Requests beyond a bound and connections closed because of one, by the name of the bound. */
  readonly limitsHit: LabelledCounter<string>;
  /** Denied places by coordinate of the schema. Counted only when `METRICS_DENIED_COORDINATES` is on. */
  readonly deniedCoordinates: LabelledCounter<string>;
  /** Events of subscriptions that were answered. */
  readonly events: LabelledCounter<'answered'>;
  /** Each operation, when its answer is known. */
  readonly operations: Listeners<OperationRecord>;
  /** Seconds for which each transaction waited for its connection. */
  readonly connectionWaits: Listeners<number>;
  readonly gauges: Gauge[];
  /** Reads the lookups of each cache by its name. */
  readonly caches: Map<string, () => CacheLookups>;
}

const DENIAL_CODES = ['UNAUTHENTICATED', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS'];

/** All at zero. */
export function createServerCounts(): ServerCounts {
  return {
    requests: new LabelledCounter(),
    admittedRequests: new LabelledCounter(['delegated', 'app-only', 'anonymous']),
    refusedTokens: new LabelledCounter(),
    refusedOperations: new LabelledCounter(DENIAL_CODES),
    deniedFields: new LabelledCounter(DENIAL_CODES),
    databaseFailures: new LabelledCounter(['ECONNREFUSED']),
    limitsHit: new LabelledCounter(),
    deniedCoordinates: new LabelledCounter(),
    events: new LabelledCounter(['answered']),
    operations: createListeners(),
    connectionWaits: createListeners(),
    gauges: [],
    caches: new Map(),
  };
}
