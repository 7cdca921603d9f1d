import type pg from 'pg';
import type { Caller } from '../../authentication/caller.js';
import { createDescribeLimit, type DescribeLimit } from '../../config/limit-error.js';
import { defaultLimits, type Limits } from '../../config/limits.js';
import { DatabaseUnavailableError } from '../database-errors.js';
import { toLimitError } from '../limit-errors.js';
import { createQueryShapes, type QueryShapes } from '../statements/query-shapes.js';
import { createKnownColumns, type KnownColumns } from '../statements/statement-query.js';
import { createCallerShares } from './caller-shares.js';
import { createControlConnection } from './control-connection.js';
import {
  createDatabasePassword,
  type DatabaseAuth,
  type DatabasePassword,
  type EntraPasswordOptions,
} from './entra-password.js';
import { createDatabaseFailureReport, type DatabaseFailureReport, type DatabaseLogger } from './failure-report.js';
import { createGenerations, type Generations } from './generations.js';
import { createPlaces } from './places.js';
import { createPool, DEFAULT_POOL_SIZE } from './pool.js';
import { createDatabaseReadiness } from './readiness.js';
import { createStatementNames, NO_STATEMENT_NAMES, type StatementNames } from './statement-names.js';

/** A connection that one transaction holds. */
export interface Lease {
  readonly client: pg.PoolClient;
  /** Gives the connection back or closes it. Call it once. */
  release(close: boolean): void;
  /** Closes the connection. Works even if it was given back and another transaction holds it now. */
  destroy(): void;
}

/** The connections of the server to its database and the limits on holding them. */
export interface Connections {
  readonly pool: pg.Pool;
  /** Password of each connection. Undefined: the one in the address. */
  readonly password: DatabasePassword | undefined;
  readonly limits: Limits;
  /** Names of the claims that row-level security may read. */
  readonly claims: readonly string[];
  readonly describeLimit: DescribeLimit;
  readonly failures: DatabaseFailureReport;
  readonly names: StatementNames;
  readonly columns: KnownColumns;
  readonly shapes: QueryShapes;
  /**
   * Takes a connection for a caller or for work that many callers share. A caller may hold only a share of the connections
   * at once, and so may all anonymous clients together.
   *
   * @param address of an anonymous client
   * @throws CapacityError, or the reason of `signal`
   */
  take(caller: Caller | 'shared' | undefined, signal: AbortSignal, address?: string): Promise<Lease>;
  /** Has PostgreSQL cancel the statement of a backend. Never rejects. */
  cancel(backend: number): Promise<void>;
  /** Returns whether the backend works on a statement. Rejects when the database cannot be asked. */
  isBusy(backend: number): Promise<boolean>;
  /**
   * Resolves when the database answers and takes writes.
   *
   * @throws DatabaseUnavailableError
   */
  ping(): Promise<void>;
  /** Marks all idle connections of the shared generations as possibly dead. They are not used again. */
  distrustIdle(): void;
  readonly expectAnswer: Generations['expectAnswer'];
  close(): Promise<void>;
}

export interface ConnectionsOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  /** As `DATABASE_AUTH`. Default `password`. */
  readonly auth?: DatabaseAuth | undefined;
  /** For `auth: 'entra'`. Default: that of this host. */
  readonly loadIdentity?: EntraPasswordOptions['loadIdentity'];
  /** As `DATABASE_POOL_SIZE`. */
  readonly poolSize?: number | undefined;
  /** As `DATABASE_PREPARED_STATEMENTS`. */
  readonly prepares?: boolean | undefined;
  /** As `ENTRA_DATABASE_CLAIMS`. Default: none. */
  readonly claims?: readonly string[] | undefined;
  readonly limits?: Limits | undefined;
  readonly describeLimit?: DescribeLimit | undefined;
  readonly logger?: DatabaseLogger | undefined;
  /** Called for each failure of the database, with its code. */
  readonly onFailure?: ((code: string) => void) | undefined;
  /** Called with the seconds for which a transaction waited for its connection. */
  readonly onConnectionWait?: ((seconds: number) => void) | undefined;
  /** Takes what can be measured at any time. */
  readonly measure?: ((gauge: DatabaseGauge) => void) | undefined;
}

/** A number that `/metrics` reads, by label if it has one. */
export interface DatabaseGauge {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  read(): Iterable<readonly [label: string, value: number]>;
}

/**
 * Creates the connections. Opens nothing yet.
 *
 * @param generations shared with other connections to the same database. Default: its own
 */
export function createConnections(
  options: ConnectionsOptions,
  generations: Generations = createGenerations(),
): Connections {
  const { url, poolSize = DEFAULT_POOL_SIZE, limits = defaultLimits, prepares = true, claims = [] } = options;
  const { describeLimit = createDescribeLimit(limits, false) } = options;
  const failures = createDatabaseFailureReport({ url, logger: options.logger, count: options.onFailure });
  const { auth, loadIdentity } = options;
  const onFailure = (error: unknown) => failures.note(error);
  const password = createDatabasePassword({ auth, url, limits, loadIdentity, onFailure });
  const pool = createPool({ url, password, maxConnections: poolSize, limits, failures });
  const control = createControlConnection({
    url,
    password,
    answerMs: limits.databaseAnswerSeconds * 1000,
    onLost: () => readiness.forget(),
  });
  const readiness = createDatabaseReadiness(control);
  const { shares, places } = createWaiting(poolSize, limits, describeLimit);
  measureConnections({ pool, places, poolSize, measure: options.measure });
  const names = prepares
    ? createStatementNames({
        limit: limits.preparedStatements,
        maxBytes: limits.queryShapeBytes,
        lifeMs: limits.preparedStatementsSeconds * 1000,
      })
    : NO_STATEMENT_NAMES;

  return {
    pool,
    password,
    limits,
    claims,
    describeLimit,
    failures,
    names,
    columns: createKnownColumns({ max: limits.preparedStatements, maxBytes: limits.queryShapeBytes }),
    shapes: createQueryShapes({ max: limits.queryShapes, maxBytes: limits.queryShapeBytes }),
    async take(caller, signal, address) {
      const askedAt = performance.now();
      const leaveShare = caller === 'shared' ? () => undefined : await shares.take(caller, signal, address);
      const leavePlace = await places.take(signal).catch((error: unknown) => {
        leaveShare();
        throw error;
      });
      const leave = () => {
        leavePlace();
        leaveShare();
      };
      try {
        const client = await generations.open(pool);
        options.onConnectionWait?.((performance.now() - askedAt) / 1000);
        return {
          client,
          release(close) {
            client.release(close || names.isOutdated(client));
            leave();
          },
          destroy: () => void client.connection.stream.destroy(),
        };
      } catch (error) {
        leave();
        failures.note(error);
        // The request is never the reason why a connection cannot be made (a wrong password, a certificate).
        throw new DatabaseUnavailableError(error);
      }
    },
    async cancel(backend) {
      await control.ask('select pg_cancel_backend($1)', [backend]).catch((error: unknown) => failures.note(error));
    },
    async isBusy(backend) {
      const rows = await control.ask<{ state: string | null }>(ASK_STATE, [backend], limits.statementLookMs);
      // Null means that PostgreSQL does not say.
      return rows.length > 0 && (rows[0]?.state === 'active' || rows[0]?.state === null);
    },
    async ping() {
      try {
        await readiness.check();
      } catch (error) {
        failures.note(error);
        throw error;
      }
    },
    distrustIdle: generations.distrust,
    expectAnswer: generations.expectAnswer,
    async close() {
      readiness.forget();
      await control.close();
      await pool.end();
    },
  };
}

/** Creates the two queues of a request: first for a place in the caller's share, then for a connection of the pool. */
function createWaiting(poolSize: number, limits: Limits, describeLimit: DescribeLimit) {
  const expectedMs = limits.databaseWaitMs;
  // If there is more than one connection, some are always left to other callers.
  const part = (count: number) => Math.max(1, Math.min(count, poolSize - 1));
  const queue = {
    maxWaiting: limits.databaseQueue,
    waitMs: limits.databaseQueueSeconds * 1000,
    expectedMs,
    full: () => toLimitError(describeLimit, 'databaseQueue', 'SERVICE_UNAVAILABLE'),
    slow: () => toLimitError(describeLimit, 'databaseWaitMs', 'SERVICE_UNAVAILABLE'),
    late: () => toLimitError(describeLimit, 'databaseQueueSeconds', 'SERVICE_UNAVAILABLE'),
  };
  const shares = createCallerShares({
    share: {
      count: part(limits.callerConnections),
      queue: {
        maxWaiting: limits.callerQueue,
        waitMs: limits.callerQueueSeconds * 1000,
        expectedMs,
        full: () => toLimitError(describeLimit, 'callerQueue', 'RATE_LIMITED'),
        slow: () => toLimitError(describeLimit, 'databaseWaitMs', 'RATE_LIMITED'),
        late: () => toLimitError(describeLimit, 'callerQueueSeconds', 'RATE_LIMITED'),
      },
    },
    anonymous: { count: part(limits.anonymousConnections), queue },
  });
  const places = createPlaces({ count: poolSize, queue });
  return { shares, places };
}

function measureConnections(options: {
  readonly pool: pg.Pool;
  readonly places: ReturnType<typeof createPlaces>;
  readonly poolSize: number;
  readonly measure: ConnectionsOptions['measure'];
}): void {
  const { pool, places, poolSize, measure } = options;
  measure?.({
    name: 'database_connections',
    help: 'Connections of the pool, by state.',
    label: 'state',
    read: () => [
      ['idle', pool.idleCount],
      ['used', pool.totalCount - pool.idleCount],
    ],
  });
  measure?.({
    name: 'database_connections_max',
    help: 'Most connections of the pool, as DATABASE_POOL_SIZE.',
    read: () => [['', poolSize]],
  });
  measure?.({
    name: 'database_waiting',
    help: 'Transactions that wait for a connection.',
    read: () => [['', places.waiting()]],
  });
}

const ASK_STATE = 'select state from pg_stat_activity where pid = $1';
