/** Series in the notation of promtool, a value a minute: two hours without a fault and half an hour with one. */
interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  /** Labels of the alert beside those of its rule. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The last minute without a fault, and the last one with it. */
export const QUIET_TIME = '120m';
export const FAULT_TIME = '150m';

const SERVER = { job: 'entra-graphql', instance: 'api-1' };
const JOB = { job: SERVER.job };
const DURATION = 'entra_graphql_operation_duration_seconds';

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  EntraGraphqlDown: { series: { [named('up', SERVER)]: gauge(1, 0) }, labels: SERVER },
  EntraGraphqlSigningKeysMissing: {
    series: { [named('entra_graphql_signing_keys_ready', SERVER)]: gauge(1, 0) },
    labels: SERVER,
  },
  EntraGraphqlSigningKeysOld: {
    series: { [named('entra_graphql_signing_keys_age_seconds', { ...SERVER, version: '2.0' })]: gauge(3600, 4 * 3600) },
    labels: { instance: SERVER.instance, version: '2.0' },
  },
  EntraGraphqlDatabaseMissing: {
    series: {
      [named('entra_graphql_dependency_ready', { ...SERVER, dependency: 'database' })]: gauge(1, 0),
      // Has an alert of its own.
      [named('entra_graphql_dependency_ready', { ...SERVER, dependency: 'signingKeys' })]: gauge(0, 0),
    },
    labels: { ...SERVER, dependency: 'database' },
  },
  EntraGraphqlRevocationsUnknown: {
    series: { [named('entra_graphql_revocations_known', SERVER)]: gauge(1, 0) },
    labels: SERVER,
  },
  EntraGraphqlServerErrors: {
    series: {
      [named(`${DURATION}_count`, { ...JOB, outcome: 'ok' })]: counter(5000, 5000),
      [named(`${DURATION}_count`, { ...JOB, outcome: 'server_error' })]: counter(25, 100),
    },
    labels: JOB,
  },
  EntraGraphqlSlow: {
    series: {
      [named(`${DURATION}_bucket`, { ...JOB, outcome: 'ok', le: '1' })]: counter(1000, 980),
      [named(`${DURATION}_bucket`, { ...JOB, outcome: 'ok', le: '5' })]: counter(1000, 1000),
      [named(`${DURATION}_bucket`, { ...JOB, outcome: 'ok', le: '+Inf' })]: counter(1000, 1000),
    },
    labels: JOB,
  },
  EntraGraphqlDatabaseFailing: {
    series: { [named('entra_graphql_database_failures_total', { ...JOB, code: 'ECONNREFUSED' })]: counter(3, 12) },
    labels: { ...JOB, code: 'ECONNREFUSED' },
  },
  EntraGraphqlPoolFull: {
    series: { [named('entra_graphql_database_waiting', SERVER)]: gauge(0, 1) },
    labels: SERVER,
  },
  EntraGraphqlEventLoopBusy: {
    series: { [named('nodejs_eventloop_lag_p99_seconds', SERVER)]: gauge(0.2, 0.6) },
    labels: SERVER,
  },
  EntraGraphqlTokenFlood: {
    series: {
      [named('entra_graphql_refused_tokens_total', { ...JOB, code: 'SIGNATURE_INVALID' })]: counter(600, 1800),
      // A fault of the provider and no flood.
      [named('entra_graphql_refused_tokens_total', { ...JOB, code: 'SIGNING_KEYS_UNAVAILABLE' })]: counter(1800, 0),
    },
    labels: JOB,
  },
  EntraGraphqlDenialsRise: {
    series: { [named('entra_graphql_denied_fields_total', { ...JOB, code: 'FORBIDDEN' })]: counter(60, 600) },
    labels: JOB,
  },
  EntraGraphqlLimitsHit: {
    series: { [named('entra_graphql_limits_hit_total', { ...JOB, limit: 'operationCost' })]: counter(30, 120) },
    labels: { ...JOB, limit: 'operationCost' },
  },
};

function named(metric: string, labels: Readonly<Record<string, string>>): string {
  return `${metric}{${Object.entries(labels).map(([name, value]) => `${name}="${value}"`)}}`;
}

function gauge(without: number, withFault: number): string {
  return `${without}+0x120 ${withFault}+0x29`;
}

/** Rises by so much a minute. */
function counter(without: number, withFault: number): string {
  return `0+${without}x120 ${without * 120 + withFault}+${withFault}x29`;
}
