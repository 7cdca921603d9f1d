import type pg from 'pg';
import {
  type Answer,
  type DriverConnection,
  type KnownColumns,
  type NamedStatement,
  StatementQuery,
} from './statement-query.js';

/**
 * A query that also opens its transaction. BEGIN, settings and query form one group of messages. PostgreSQL skips the rest
 * of the group after an error, so the query never runs without its transaction or without the settings. The opening
 * statements are answered at once and not only with the query.
 */
export class OpeningQuery extends StatementQuery {
  /** Number of statements of `opening` that PostgreSQL has completed. */
  #completed = 0;
  #backend = 0;

  /**
   * @param opening BEGIN and a statement with the settings. The latter returns one row with the backend in its last column
   */
  constructor(
    client: pg.ClientBase,
    known: KnownColumns,
    private readonly opening: readonly NamedStatement[],
    statement: NamedStatement,
    private readonly tell: { readonly opened: (backend: number) => void; readonly answered: Answer },
  ) {
    super(client, known, statement, tell.answered);
  }

  override submit(connection: DriverConnection): Error | null {
    connection.stream.cork();
    try {
      for (const { name = '', text, values } of this.opening) {
        if (name === '' || connection.parsedStatements[name] === undefined) connection.parse({ name, text });
        connection.bind({ statement: name, values });
        connection.execute({});
      }
      connection.flush();
      return super.submit(connection);
    } finally {
      connection.stream.uncork();
    }
  }

  override handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    if (this.#completed === this.opening.length) super.handleDataRow(message);
    else this.#backend = Number(message.fields.at(-1));
  }

  override handleCommandComplete(message: unknown, connection: DriverConnection): void {
    const opener = this.opening[this.#completed];
    if (!opener) {
      super.handleCommandComplete(message, connection);
      return;
    }
    const { name, text } = opener;
    if (name !== undefined) connection.parsedStatements[name] = text;
    this.#completed += 1;
    if (this.#completed === this.opening.length) this.tell.opened(this.#backend);
  }
}
