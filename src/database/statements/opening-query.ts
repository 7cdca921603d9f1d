import pg from 'pg';
import type { Statement } from './statement.js';

/** A statement and the name under which it is prepared, if it is. */
export interface NamedStatement extends Statement {
  readonly name?: string | undefined;
}

/**
 * The parts of the driver's query and connection in use. They have no published types. The driver's cursor is made in the
 * same way.
 */
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
 * A query that also opens its transaction. BEGIN, settings and query form one group of messages. PostgreSQL skips the rest
 * of the group after an error, so the query never runs without its transaction or without the settings. The opening
 * statements are answered at once and not only with the query.
 */
export class OpeningQuery extends BaseQuery {
  /** Number of statements of `opening` that PostgreSQL has completed. */
  #completed = 0;
  #backend = 0;

  /**
   * @param config the query, as the driver takes it
   * @param opening BEGIN and a statement with the settings. The latter returns one row with the backend in its last column
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
