import { ownText } from '../../values/own-text.js';
import type { OperationRecord } from '../operation-record.js';
import type { ServerCounts } from './server-counts.js';

/** A count that Prometheus and OpenTelemetry both show. */
export interface Counter {
  /** Without the prefix of the server and without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly label: string;
  sums(): Iterable<readonly [label: string | number, sum: number]>;
}

/** Upper bounds in seconds. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export function countersOf(counts: ServerCounts, mode: 'enforce' | 'report'): Counter[] {
  const denied = mode === 'report' ? 'denied to the anonymous, or that would have been denied' : 'denied';
  const counter = (name: string, help: string, label: string, from: Pick<Counter, 'sums'>): Counter => ({
    name,
    help,
    label,
    sums: () => from.sums(),
  });
  return [
    counter('http_requests', 'Answered HTTP requests, without probes.', 'status', counts.requests),
    counter('admitted_requests', 'GraphQL requests by kind of caller.', 'kind', counts.admittedRequests),
    counter('refused_tokens', 'Access tokens refused or not verifiable.', 'code', counts.refusedTokens),
    counter('refused_operations', 'Operations that were refused before they ran.', 'code', counts.refusedOperations),
    counter('denied_fields', `Fields and arguments ${denied}.`, 'code', counts.deniedFields),
    counter(
      'denied_coordinates',
      `Fields and arguments ${denied}, by coordinate. Empty unless METRICS_DENIED_COORDINATES is on.`,
      'coordinate',
      counts.deniedCoordinates,
    ),
    counter('database_failures', 'What the database could not do.', 'code', counts.databaseFailures),
    counter(
      'limits_hit',
      'Requests beyond a bound, connections closed by one, log lines left out.',
      'limit',
      counts.limitsHit,
    ),
    counter('cache_hits', 'Lookups that a cache answered.', 'cache', lookupsOf(counts, 'hits')),
    counter('cache_misses', 'Lookups that a cache could not answer.', 'cache', lookupsOf(counts, 'misses')),
    counter('subscription_events', 'Events of subscriptions.', 'outcome', counts.events),
  ];
}

function lookupsOf({ caches }: ServerCounts, kind: 'hits' | 'misses'): Pick<Counter, 'sums'> {
  return { sums: () => [...caches].map(([name, read]) => [name, read()[kind]] as const) };
}

export interface OperationLabels {
  /** The name, `(none)` without a name, or `(other)` if it is not among the first names. */
  readonly operation: string;
  readonly type: string;
  readonly outcome: string;
}

/**
 * Creates the labels of operations. Clients choose the names, so only the first names that a verified caller used with
 * success have a series of their own.
 *
 * @param maximum number of names
 */
export function createOperationLabels(maximum: number): (record: OperationRecord) => OperationLabels {
  // Texts of their own: a name is a part of its document, which would stay in memory with it.
  const names = new Map<string, string>();
  return ({ name, type = 'unknown', outcome = 'ok', isVerified }) => {
    if (name !== undefined && isVerified && outcome === 'ok' && names.size < maximum && !names.has(name)) {
      const own = ownText(name);
      names.set(own, own);
    }
    const operation = name === undefined ? '(none)' : (names.get(name) ?? '(other)');
    return { operation, type, outcome };
  };
}
