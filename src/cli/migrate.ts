import { loadMigrationConfig } from '../config/config.js';
import { migrate } from '../database/migrate.js';
import { migrationFolders } from '../resource.js';
import type { Terminal } from './terminal/terminal.js';

/** `entra-graphql migrate`: applies what is missing, once, and says what it did. */
export async function runMigrations(terminal: Terminal): Promise<void> {
  const { migrationUrl, runtimeUrl } = loadMigrationConfig(terminal.environment);
  const applied = await migrate({ migrationUrl, runtimeUrl, folders: migrationFolders });
  terminal.print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
}
