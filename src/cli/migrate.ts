import { loadMigrationConfig } from '../config/config.js';
import { toSetupError } from '../database/connections/connection-advice.js';
import { createPool } from '../database/connections/pool.js';
import { DatabaseSetupError } from '../database/database-errors.js';
import { checkRuntimeLogin } from '../database/setup/check-runtime-login.js';
import { migrate } from '../database/setup/migrate.js';
import type { MigrationFolder } from '../database/setup/migration-files.js';
import type { Terminal } from './terminal/terminal.js';

/** `entra-graphql migrate`: applies missing migrations and prints them. */
export async function runMigrations(terminal: Terminal): Promise<void> {
  const { migrationFolders: folders } = await terminal.loadApi();
  const { migrationUrl, runtimeUrl, auth, tlsNotes } = loadMigrationConfig(terminal.environment);
  for (const note of tlsNotes) terminal.printError(`Warning: ${note}`);
  const migrating = migrate({ migrationUrl, runtimeUrl, auth, folders });
  const applied = await terminal.during('Bringing the database up to date …', migrating);
  terminal.print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
  // The identity that migrates is not the server's, so it cannot log in as the server does.
  const problems = auth === 'entra' ? [] : await findProblemsOfStart(runtimeUrl, folders);
  for (const problem of problems) {
    terminal.printError(`Warning: "npm start" will refuse this. ${problem}`);
  }
}

/** Does what the start does, so that a problem is seen before the server is replaced. */
async function findProblemsOfStart(
  runtimeUrl: string,
  folders: readonly MigrationFolder[],
): Promise<readonly string[]> {
  const pool = createPool({ url: runtimeUrl, maxConnections: 1 });
  try {
    await checkRuntimeLogin(pool, folders);
    return [];
  } catch (error) {
    const told = toSetupError(error, 'DATABASE_URL', runtimeUrl);
    if (told instanceof DatabaseSetupError) return told.problems;
    throw told;
  } finally {
    await pool.end();
  }
}
