import pg from 'pg';
import { isOfConnection } from '../connections/connection-advice.js';
import { DatabaseSetupError } from '../database-errors.js';

// Errors that PostgreSQL finds in a developer's own files. A stack would show the code of this package. What PostgreSQL says
// is about the developer's own text, so it is shown. An outage or a missing right stays as it is.

/** @param sql the text of the migration as it was sent */
export function toMigrationError(name: string, sql: string, error: unknown): unknown {
  const line = Number(Object(error).position);
  const place = Number.isNaN(line) ? '' : `, line ${lineAt(sql, line)}`;
  const advice = 'No migration was applied. Correct the file, then start again.';
  return toMistake(`The migration ${name}.sql failed${place}`, advice, error);
}

/** Returns the error of rows for development that the table does not take. */
export function toRowsError(table: string, error: unknown): unknown {
  const advice =
    'Correct the rows in development.ts. A column that a row leaves out is null, even where the table has a default.';
  return toMistake(`The rows for development do not fit the table ${table}`, advice, error);
}

function toMistake(beginning: string, advice: string, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || isOfConnection(error)) return error;
  const { message, detail, hint, where } = error;
  const more = [detail, hint, where].filter((text) => text !== undefined).map((text) => `  ${text}`);
  return new DatabaseSetupError([`${beginning}: ${message}`, ...more, advice], { cause: error });
}

/** @param position of a character from 1, as PostgreSQL counts: by code points */
function lineAt(sql: string, position: number): number {
  return [...sql].slice(0, position - 1).filter((character) => character === '\n').length + 1;
}
