import { checkRuntimeLogin } from '../../database/check-runtime-login.js';
import { DatabaseSetupError, DatabaseUnavailableError } from '../../database/database-errors.js';
import type { MigrationFolder } from '../../database/migration-files.js';
import { createPool, pingDatabase } from '../../database/pool.js';
import type { Finding } from './finding.js';

/**
 * Whether the database is there, the run-time login has no more rights than it should, and all migrations are applied.
 *
 * @param url as `DATABASE_URL`; its password is not shown
 */
export async function checkDatabase(url: string, folders: readonly MigrationFolder[]): Promise<Finding[]> {
  const pool = createPool({ url, maxConnections: 1 });
  const { username, host, pathname } = new URL(url);
  const database = `${host}${pathname} as ${username}`;
  try {
    await pingDatabase(pool);
    await checkRuntimeLogin(pool, folders);
    return [
      { check: 'database', status: 'ok', seen: `${database} answers` },
      { check: 'database login', status: 'ok', seen: 'owns nothing and is bound by row-level security' },
      { check: 'migrations', status: 'ok', seen: 'all applied' },
    ];
  } catch (error) {
    return problemsOf(error, database);
  } finally {
    await pool.end();
  }
}

const SETUP_ADVICE =
  'Run "npm run migrate" with DATABASE_MIGRATION_URL: it applies what is missing, and gives the login of DATABASE_URL the rights it needs, if that is one of its own which owns nothing and is no superuser.';

function problemsOf(error: unknown, database: string): Finding[] {
  if (error instanceof DatabaseSetupError) {
    return error.problems.map((problem) => ({
      check: 'database',
      status: 'fail',
      seen: problem,
      advice: SETUP_ADVICE,
    }));
  }
  const cause = error instanceof DatabaseUnavailableError ? error.cause : error;
  return [{ check: 'database', status: 'fail', seen: `${database}: ${messageOf(cause)}`, advice: adviceFor(cause) }];
}

/** PostgreSQL error codes: 28 authorization, 3D000 no such database. */
function adviceFor(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('28')) {
    return 'Check login and password in DATABASE_URL. "npm run migrate" creates the login if it is missing.';
  }
  if (code === '3D000') return 'Create the database, then "npm run migrate" with DATABASE_MIGRATION_URL.';
  return 'Check host and port in DATABASE_URL, that PostgreSQL runs, and that a firewall lets this host through.';
}

/** When a name has several addresses, Node says nothing in the message of the error that holds theirs. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
