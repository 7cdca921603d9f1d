import { connectionAdvice, describeAddress } from '../../database/connections/connection-advice.js';
import { createDatabasePassword, type DatabaseAuth } from '../../database/connections/entra-password.js';
import { createPool } from '../../database/connections/pool.js';
import { askWhetherReady } from '../../database/connections/readiness.js';
import { DatabaseSetupError, toDatabaseFailure } from '../../database/database-errors.js';
import { checkRuntimeLogin } from '../../database/setup/check-runtime-login.js';
import type { MigrationFolder } from '../../database/setup/migration-files.js';
import type { Finding } from './finding.js';

/**
 * Checks that the database is there and takes writes, that the run-time login has no more rights than it should, and that all
 * migrations are applied.
 *
 * @param url as `DATABASE_URL`; its password is not shown
 * @param auth as `DATABASE_AUTH`
 */
export async function checkDatabase(
  { url, auth }: { readonly url: string; readonly auth: DatabaseAuth },
  folders: readonly MigrationFolder[],
): Promise<Finding[]> {
  const password = createDatabasePassword({ auth, url });
  const pool = createPool({ url, password, maxConnections: 1 });
  const database = describeAddress(url);
  try {
    await password?.();
    await checkRuntimeLogin(pool, folders);
    await askWhetherReady({ ask: async (sql) => (await pool.query(sql)).rows });
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
  'Run "npm run migrate" with DATABASE_MIGRATION_URL: it applies missing migrations and grants the login in DATABASE_URL the rights it needs. Use a dedicated login that is not a superuser and owns no tables.';

function problemsOf(error: unknown, database: string): Finding[] {
  if (error instanceof DatabaseSetupError) {
    return error.problems.map((problem) => ({
      check: 'database',
      status: 'fail',
      seen: problem,
      advice: SETUP_ADVICE,
    }));
  }
  const failure = toDatabaseFailure(error);
  const advice = connectionAdvice(failure, 'DATABASE_URL');
  return [{ check: 'database', status: 'fail', seen: `${database}: ${failure.message}`, advice }];
}
