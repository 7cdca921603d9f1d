import type { Caller } from '../authentication/caller.js';
import type { RevocationSource } from '../authentication/revocations/revocation-source.js';
import { type AccessRecordLogger, createAccessRecord, type RecordedAccess } from './access-record.js';
import { startCleanUp } from './clean-up.js';
import { type AddressSetting, toSetupError } from './connections/connection-advice.js';
import { type Connections, type ConnectionsOptions, createConnections } from './connections/connections.js';
import { createGenerations } from './connections/generations.js';
import { type RevocationLogger, type WatchedRevocations, watchRevocations } from './revocations/watch-revocations.js';
import { checkAll } from './setup/check-all.js';
import { checkPreparedStatements } from './setup/check-prepared-statements.js';
import { checkRuntimeLogin } from './setup/check-runtime-login.js';
import type { MigrationFolder } from './setup/migration-files.js';
import type { Queries } from './statements/queries.js';

/** Options of {@link createResourceDatabase}. */
export interface ResourceDatabaseOptions extends ConnectionsOptions {
  /** As `DATABASE_LISTEN_URL`: to the same database, without a pooler in between. Default: `url`. */
  readonly listenUrl?: string | undefined;
  /** As `ACCESS_RECORD_READS`. Default: `required`. */
  readonly accessRecordReads?: 'required' | 'buffered' | undefined;
  readonly logger?: AccessRecordLogger & RevocationLogger;
  /** The resource's own SQL files. */
  readonly folders: readonly MigrationFolder[];
}

/** The part of a request's context that the access record reads. */
export interface RecordedContext {
  readonly caller: Caller | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: any tables
  readonly database: Pick<Queries<any>, 'run'>;
  /** `database` is the transaction of a change. */
  readonly isInChange?: boolean;
}

/** The database of a resource: its connections and the parts that every resource with tables needs. */
export interface ResourceDatabase {
  readonly connections: Connections;
  /**
   * Checks that the database is as it has to be, with checks of the resource's own. Call it once, before anything is read.
   *
   * @returns the revocations of access tokens
   * @throws DatabaseSetupError with a line for each problem; DatabaseUnavailableError
   */
  open(...checks: readonly (() => Promise<void>)[]): Promise<RevocationSource>;
  /** As `Resource.recordAccess`. */
  recordAccess(access: RecordedAccess, context: RecordedContext): Promise<void>;
  close(): Promise<void>;
}

/** Creates it. Opens nothing yet. */
export function createResourceDatabase(options: ResourceDatabaseOptions): ResourceDatabase {
  const { url, folders } = options;
  const generations = createGenerations();
  const connections = createConnections(options, generations);
  const { pool, password, limits } = connections;
  const accessRecord = createAccessRecord({
    connections: createConnections(
      { ...options, poolSize: 1, measure: undefined, onConnectionWait: undefined },
      generations,
    ),
    reads: options.accessRecordReads ?? 'required',
    logger: options.logger,
  });
  const cleanUp = startCleanUp(connections, ['idempotency_keys']);
  let revocations: WatchedRevocations | undefined;
  return {
    connections,
    async open(...checks) {
      // Before the first connection, whose own time is shorter.
      await password?.().catch(inWords('DATABASE_URL', url));
      await checkRuntimeLogin(pool, folders).catch(inWords('DATABASE_URL', url));
      const prepares = options.prepares === false ? undefined : checkPreparedStatements(pool.options);
      await checkAll([
        ...checks.map((check) => check()),
        prepares?.catch(inWords('DATABASE_URL', url)) ?? Promise.resolve(),
      ]);
      revocations = await watchRevocations({ ...options, password, limits });
      return revocations.source;
    },
    async recordAccess(access, { caller, database, isInChange }) {
      if (!caller) return;
      // What is denied or fails is rolled back, and its entry would be too.
      if (isInChange && access.outcome === 'GRANTED') await accessRecord.writeWith(database, access, caller);
      else await accessRecord.write(access, caller);
    },
    async close() {
      cleanUp.stop();
      await accessRecord.close();
      await revocations?.close();
      await connections.close();
    },
  };
}

/** Rejects with what the operator is to do about it. */
export function inWords(setting: AddressSetting, url: string): (error: unknown) => never {
  return (error) => {
    throw toSetupError(error, setting, url);
  };
}
