import type pg from 'pg';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import type { AppliedMigration } from './migrate.js';
import { type MigrationFolder, readMigrations } from './migration-files.js';
import { openConnection } from './open-connection.js';

/**
 * Makes sure that row-level security holds for the login of `DATABASE_URL`. PostgreSQL silently skips it for superusers,
 * for logins with BYPASSRLS and for owners of tables. A table without it shows everything to every caller.
 *
 * @throws DatabaseSetupError with a line for each problem. DatabaseUnavailableError
 */
export async function checkRuntimeLogin(pool: pg.Pool, folders: readonly MigrationFolder[]): Promise<void> {
  await (await openConnection(pool.options)).end();
  try {
    const problems = [...(await findExcessiveRights(pool)), ...(await findMissingMigrations(pool, folders))];
    if (problems.length > 0) throw new DatabaseSetupError(problems);
  } catch (error) {
    throw toDatabaseError(error);
  }
}

async function findExcessiveRights(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<Finding>(FIND_EXCESSIVE_RIGHTS);
  // A superuser has every other right as well and an owner most of them. One line is enough.
  const telling = ALL_RIGHTS.find((kind) => rows.some((row) => row.kind === kind));
  const kinds = telling === undefined ? new Set(rows.map(({ kind }) => kind)) : [telling];
  return [...kinds].map((kind) => {
    const [login = ''] = rows.map((row) => row.login);
    const names = rows.filter((row) => row.kind === kind).map(({ name }) => name);
    return PROBLEMS[kind](`The login ${login} of DATABASE_URL`, names.join(', '), names.length > 1);
  });
}

interface Finding {
  readonly kind: keyof typeof PROBLEMS;
  readonly login: string;
  /** The role, table or database it is about. */
  readonly name: string;
}

const ALL_RIGHTS = ['superuser', 'bypass', 'owner'] as const;

/** A line for each kind of problem, whatever the number of roles or tables. */
const PROBLEMS = {
  superuser: (login: string, role: string) =>
    `${login} is a superuser (${role}), for whom row-level security does not hold. Use a login of its own.`,
  bypass: (login: string, role: string) =>
    `${login} has BYPASSRLS (${role}), so row-level security does not hold for it. Take that away: ALTER ROLE … NOBYPASSRLS.`,
  owner: (login: string, tables: string, areMany: boolean) =>
    `${login} owns the ${areMany ? 'tables' : 'table'} ${tables} and could switch row-level security off. Name a login in DATABASE_URL that owns nothing ("npm run migrate" creates it), and the owner in DATABASE_MIGRATION_URL.`,
  unprotected: (login: string, tables: string) =>
    `${login} can use ${tables} without forced row-level security (a view: without security_invoker). Add it in a migration.`,
  temporary: (login: string, database: string) =>
    `${login} may create temporary tables in ${database}, which could hide the real ones. Run "npm run migrate" as the owner of the database, or take the right away: REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC.`,
  truncate: (login: string, tables: string) =>
    `${login} may TRUNCATE ${tables}, which row-level security does not stop. Take that away: REVOKE TRUNCATE ON ${tables}.`,
} satisfies Record<string, (login: string, names: string, areMany: boolean) => string>;

/** Roles that the login can take with SET ROLE count like the login itself. */
const FIND_EXCESSIVE_RIGHTS = `
  with powers as (
    select rolname as name, rolsuper, rolbypassrls
    from pg_roles
    where pg_has_role(current_user, oid, 'MEMBER')
  ), relations as (
    select relation.oid, relname as name, relowner,
      case when relkind in ('r', 'p') then relrowsecurity and relforcerowsecurity
        else relkind = 'v' and coalesce(reloptions, '{}') && '{security_invoker=true,security_invoker=on}'
      end as is_protected
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f')
      and nspname <> 'information_schema' and nspname !~ '^pg_'
      and relname <> 'entra_migrations'
  ), findings as (
    select 'superuser' as kind, name from powers where rolsuper
    union all
    select 'bypass', name from powers where rolbypassrls
    union all
    select 'owner', name from relations where pg_has_role(current_user, relowner, 'MEMBER')
    union all
    select 'unprotected', name from relations
    where not is_protected and has_any_column_privilege(current_user, oid, 'SELECT, INSERT, UPDATE')
    union all
    select 'temporary', current_database() where has_database_privilege(current_user, current_database(), 'TEMPORARY')
    union all
    select 'truncate', name from relations where has_table_privilege(current_user, oid, 'TRUNCATE')
  )
  select kind, quote_ident(current_user) as login, quote_ident(name) as name from findings order by kind, name
`;

async function findMissingMigrations(pool: pg.Pool, folders: readonly MigrationFolder[]): Promise<string[]> {
  const applied = await readAppliedMigrations(pool);
  if (applied === 'permission denied') return [NO_RIGHTS];
  const missing = (await readMigrations(folders)).filter(({ name, checksum }) => applied.get(name) !== checksum);
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name).join(', ');
  return [`The database is not up to date (missing or edited: ${names}). Run "npm run migrate".`];
}

const NO_RIGHTS =
  'DATABASE_URL: permission denied for the table entra_migrations. Run "npm run migrate" with this DATABASE_URL: it gives the login the rights it needs.';

/** Returns checksums by name. The map is empty if no migration was ever applied. */
async function readAppliedMigrations(pool: pg.Pool): Promise<ReadonlyMap<string, string> | 'permission denied'> {
  // Null when the table does not exist.
  const { rows: found } = await pool.query<{ is_readable: boolean | null }>(
    `select has_table_privilege(to_regclass('entra_migrations')::oid, 'SELECT') as is_readable`,
  );
  if (found[0]?.is_readable === false) return 'permission denied';
  if (!found[0]?.is_readable) return new Map();
  const { rows } = await pool.query<AppliedMigration>('select name, checksum from entra_migrations');
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}
