import type { MigrationFolder } from './database/setup/migration-files.js';
import { createExpenses } from './expenses/expenses.js';
import { expensesMigrations } from './expenses/migration-folder.js';
import { policies } from './expenses/policies.js';
import type { CreateResource } from './graphql/resource.js';

/**
 * The resource that this server serves. To serve your own, name it here and in `development/development-data.ts`. No other
 * file knows which resource is served. The README has the steps.
 */
export const createResource: CreateResource = ({ databaseUrl, ...options }) =>
  createExpenses({ url: databaseUrl, ...options });

/** Its SQL files, for `npm run migrate`. */
export const migrationFolders: readonly MigrationFolder[] = [expensesMigrations];

/** Its policies, for `entra-graphql permissions --check`. */
export const policyNames: readonly string[] = Object.keys(policies);

/** Other APIs that its code calls, for `entra-graphql registration`. */
export { profileApis as otherApis } from './expenses/profiles.js';
