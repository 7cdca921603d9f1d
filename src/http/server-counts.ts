import type { Caller } from '../authentication/caller.js';

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

/**
 * What this server counts since its start. Labels are statuses and codes that the server itself gives, so they are few,
 * whatever clients send; which fields and whose token is in the log.
 */
export interface ServerCounts {
  /** Answered HTTP requests by status; those of probes and of `/metrics` are left out. */
  readonly requests: LabelledCounter<number>;
  /** By kind of caller: GraphQL requests that were let in, those without a token as `anonymous`. */
  readonly admittedRequests: LabelledCounter<Caller['kind'] | 'anonymous'>;
  /** By code: requests and connections whose access token was refused or could not be judged. */
  readonly refusedTokens: LabelledCounter<string>;
  /** By code: operations of which nothing ran. */
  readonly refusedOperations: LabelledCounter<string>;
  /** By code: denied places in queries, whatever the length of lists; in report mode, those that would have been denied. */
  readonly deniedFields: LabelledCounter<string>;
  /** By code of PostgreSQL or of the system: what the database could not do. */
  readonly databaseFailures: LabelledCounter<string>;
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
  };
}
