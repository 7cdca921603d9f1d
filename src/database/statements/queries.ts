import type { CompiledQuery } from 'kysely';
import type { Connections } from '../connections/connections.js';
import { Kysely } from '../kysely.js';
import { createDialect, type RunStatement } from '../kysely-dialect.js';
import type { Value, Values } from './query-shapes.js';

/** Queries over tables. The creator decides where they are sent. */
export interface Queries<Tables> {
  /** Query builder for queries that do not need a shape and for building those that have one. */
  readonly kysely: Kysely<Tables>;
  /**
   * Runs a query that is built once for each shape and shared by all callers.
   *
   * @param shape distinguishes the query from every other one, whatever the values
   * @param build creates the query from tables and from placeholders for the values
   */
  run<Row>(
    shape: string,
    values: Values,
    build: (tables: Kysely<Tables>, value: Value) => CompiledQuery<Row>,
  ): Promise<readonly Row[]>;
}

/** @param send takes each statement to the database */
export function createQueries<Tables>({ shapes }: Pick<Connections, 'shapes'>, send: RunStatement): Queries<Tables> {
  let kysely: Kysely<Tables> | undefined;
  const made = () => {
    kysely ??= new Kysely<Tables>({ dialect: createDialect(send) });
    return kysely;
  };
  return {
    get kysely() {
      return made();
    },
    async run(shape, values, build) {
      const { rows } = await send(shapes.statementOf(shape, values, (value) => build(made(), value)));
      return rows;
    },
  };
}
