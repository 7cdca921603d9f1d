import type { MigrationFolder } from '../database/setup/migration-files.js';

/** The tables of the expense reports and who sees which of their rows. */
export const expensesMigrations: MigrationFolder = {
  room: 'expenses',
  url: new URL('./migrations/', import.meta.url),
};
