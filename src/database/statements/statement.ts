import type pg from 'pg';

/** One statement as it is sent to the database. Values travel beside the text and are never part of it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The answer to a statement. */
export type StatementResult = Pick<pg.QueryResult, 'rows' | 'rowCount'>;
