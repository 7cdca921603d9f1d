import type { CompiledQuery, DatabaseConnection, Dialect, QueryResult } from 'kysely';
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from './kysely.js';
import type { Statement, StatementResult } from './statements/statement.js';

/** Sends one statement to the database. */
export type RunStatement = (statement: Statement) => Promise<StatementResult>;

/** Lets Kysely build PostgreSQL statements. `run` chooses the connection and the transaction they go to. */
export function createDialect(run: RunStatement): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, rowCount } = await run({ text: sql, values: parameters });
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    },
    streamQuery: refuse,
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createDriver: () => ({
      init: nothing,
      acquireConnection: async () => connection,
      releaseConnection: nothing,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      destroy: nothing,
    }),
  };
}

async function nothing(): Promise<void> {}

function refuse(): never {
  throw new TypeError('Transactions are opened by CallerDatabase.write, and rows are not streamed');
}
