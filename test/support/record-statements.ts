import type pg from 'pg';

/** @returns a list that grows with the text of each statement a connection of this pool sends: one entry a round trip */
export function recordStatements(pool: pg.Pool): string[] {
  const statements: string[] = [];
  pool.on('connect', (client) => {
    const query: (...given: unknown[]) => unknown = client.query.bind(client);
    Object.assign(client, {
      query: (...given: unknown[]) => {
        const [statement] = given;
        statements.push(String(typeof statement === 'string' ? statement : Object(statement).text));
        return query(...given);
      },
    });
  });
  return statements;
}
