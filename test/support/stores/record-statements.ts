import type pg from 'pg';

/**
 * @returns a list that grows with what the connections of this pool send: the text of each query, or the texts of several
 *   that are one group of messages
 */
export function recordStatements(pool: pg.Pool): string[] {
  const statements: string[] = [];
  pool.on('connect', (client) => {
    const query: (...given: unknown[]) => unknown = client.query.bind(client);
    Object.assign(client, {
      query: (...given: unknown[]) => {
        statements.push(textOf(given[0]));
        return query(...given);
      },
    });
  });
  return statements;
}

/** The text of what is given to the driver. What opens a transaction stands before it. */
export function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { opening = [], text } = Object(statement);
  return [...opening, { text }].map((each) => each.text).join('; ');
}
