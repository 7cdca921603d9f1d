import type { MigrationFolder } from './database/setup/migration-files.js';
import { expensesMigrations } from './expenses/migration-folder.js';
import { createExpenses } from './expenses/resource.js';
import type { CreateResource } from './graphql/resource.js';

/**
 * The resource that this server serves. To serve your own, name it here, in `cli/development-data.ts` and in
 * `codegen.yml`: nothing else knows which one it is.
 */
export const createResource: CreateResource = ({ databaseUrl, ...options }) =>
  createExpenses({ url: databaseUrl, ...options });

/** Its SQL files, for `npm run migrate`. */
export const migrationFolders: readonly MigrationFolder[] = [expensesMigrations];
