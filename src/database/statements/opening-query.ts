import pg from 'pg';
import type { Statement } from './statement.js';

/** A statement and the name under which it is prepared, if it is. */
export interface NamedStatement extends Statement {
  readonly name?: string | undefined;
}

/** What is used of the driver's query and connection, for which there are no types. Its cursor is made like this too. */
interface DriverQuery {
  submit(connection: DriverConnection): Error | null;
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handleCommandComplete(message: unknown, connection: DriverConnection): void;
}

interface DriverConnection {
  readonly stream: { cork(): void; uncork(): void };
  /** Text of what is prepared, by name. */
  readonly parsedStatements: Record<string, string>;
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(portal: { readonly statement: string; readonly values: readonly unknown[] }): void;
  execute(portal: object): void;
  flush(): void;
}

const BaseQuery = pg.Query as unknown as new (config: object) => DriverQuery;

/**
 * A query that opens its transaction on the way. BEGIN, settings and query form one group of messages, of which PostgreSQL
 * skips the rest after an error: the query never runs without its transaction or without the settings. What opens the
 * transaction is answered at once, and not only when the query is.
 */
export class OpeningQuery extends BaseQuery {
  /** Of `opening`, those that PostgreSQL has completed. */
  #completed = 0;
  #backend = 0;

  /**
   * @param config the query, as the driver takes it
   * @param opening BEGIN, and a statement with the settings which returns one row: the backend is in its last column
   */
  constructor(
    config: object,
    private readonly opening: readonly NamedStatement[],
    private readonly onOpened: (backend: number) => void,
  ) {
    super(config);
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
    if (this.#completed === this.opening.length) this.onOpened(this.#backend);
  }
}
