import pg from 'pg';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import { type Migration, type MigrationFolder, readMigrations } from './migration-files.js';
import { type DatabaseOwner, inOwnerTransaction } from './owner-transaction.js';
import { chooseRuntimeRole, createRuntimeLogin, RUNTIME_ROLE, settleDatabaseRights } from './runtime-login.js';
import { toMigrationError } from './sql-mistakes.js';

/**
 * The database to bring up to date and the migrations for it. Its owner needs CREATEROLE only while the run-time login is
 * missing. With `auth: 'entra'`, both logins have access tokens as passwords.
 */
export interface MigrateOptions extends DatabaseOwner {
  /** Login of the server, as `DATABASE_URL`. A missing login is created with its password. */
  readonly runtimeUrl: string;
  /** The resource's own SQL files. */
  readonly folders: readonly MigrationFolder[];
}

/** Any number that no other program locks. Two replicas that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_236_113_001;

/**
 * Brings the database up to date in one transaction. It applies everything or nothing. Doing it again changes nothing.
 *
 * @returns names of the migrations that were applied
 * @throws DatabaseSetupError when the database cannot be used, or an applied migration was edited or is unknown
 */
export async function migrate({ runtimeUrl, folders, ...owner }: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(folders);
  return inOwnerTransaction(owner, toPlainError, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const role = await chooseRuntimeRole(client, runtimeUrl);
    const applied = await applyMigrations(client, migrations, role);
    await createRuntimeLogin(client, { runtimeUrl, auth: owner.auth, role });
    await settleDatabaseRights(client, role);
    return applied;
  });
}

/** Leaves errors of PostgreSQL unchanged, because values in a migration are a mistake of its author and not of a client. */
function toPlainError(error: unknown): unknown {
  return error instanceof pg.DatabaseError ? error : toDatabaseError(error);
}

/** @param role gets the rights that the files grant to another role */
async function applyMigrations(client: pg.Client, migrations: readonly Migration[], role: string): Promise<string[]> {
  const forRole = (sql: string) =>
    role === RUNTIME_ROLE ? sql : sql.replaceAll(RUNTIME_ROLE, pg.escapeIdentifier(role));
  await client.query(forRole(CREATE_MIGRATION_TABLE));
  const { rows } = await client.query<AppliedMigration>('select name, checksum from entra_migrations');
  requireSameHistory(rows, migrations);
  const known = new Set(rows.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !known.has(name));
  for (const { name, sql, checksum } of missing) {
    await client.query(forRole(sql)).catch((error: unknown) => {
      throw toMigrationError(name, forRole(sql), error);
    });
    await client.query('insert into entra_migrations (name, checksum) values ($1, $2)', [name, checksum]);
  }
  return missing.map(({ name }) => name);
}

const CREATE_MIGRATION_TABLE = `
  create table if not exists entra_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  );
  grant select on entra_migrations to entra_graphql_runtime;
`;

const FRESH = 'In development, "npm run dev -- --fresh" begins with an empty database.';
const UNKNOWN_MIGRATION = `run the version that has it, or bring the file back. ${FRESH}`;

/** A row of the table of applied migrations. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

/**
 * Throws if the applied migrations differ from the known ones. An edited file would leave databases that differ from it and
 * look up to date. An unknown migration means that newer code was here.
 */
function requireSameHistory(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const problems = applied.flatMap(({ name, checksum }) => {
    if (!checksums.has(name))
      return [`The database has the migration ${name}, whose file is missing: ${UNKNOWN_MIGRATION}`];
    if (checksums.get(name) === checksum) return [];
    return [`The migration ${name} was edited after it was applied: undo the edit and write a new migration. ${FRESH}`];
  });
  if (problems.length > 0) throw new DatabaseSetupError(problems);
}
