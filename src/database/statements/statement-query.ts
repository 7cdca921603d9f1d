import { LRUCache } from 'lru-cache';
import pg from 'pg';
import type { Statement, StatementResult } from './statement.js';

/** A statement and the name under which it is prepared, if it is. */
export interface NamedStatement extends Statement {
  readonly name?: string | undefined;
}

/** Takes what PostgreSQL answers to a statement. */
export type Answer = (error: Error | null, result: StatementResult) => void;

/** The parts of the driver's connection in use. They have no published types. */
export interface DriverConnection {
  readonly stream: { cork(): void; uncork(): void };
  /** Text of what is prepared, by name. */
  readonly parsedStatements: Record<string, string>;
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(portal: { readonly statement: string; readonly values: readonly unknown[] }): void;
  execute(portal: object): void;
  flush(): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

interface DataRow {
  readonly fields: readonly (string | null)[];
}

/** The parts of the driver's query. Its cursor is made in the same way. */
interface DriverQuery {
  name?: string | undefined;
  callback: Answer;
  submit(connection: DriverConnection): Error | null;
  handleRowDescription(message: RowDescription): void;
  handleDataRow(message: DataRow): void;
  handleCommandComplete(message: unknown, connection: DriverConnection): void;
}

const BaseQuery = pg.Query as unknown as new (text: string, values: readonly unknown[]) => DriverQuery;

type Row = Record<string, unknown>;

/** How the rows of a statement are read. */
export interface Columns {
  readonly list: readonly {
    readonly name: string;
    readonly dataTypeID: number;
    readonly parse: (text: string) => unknown;
  }[];
  /** A row of nulls. */
  readonly blank: Readonly<Row>;
}

/** Columns of the prepared statements of a pool, by name. */
export type KnownColumns = LRUCache<string, Columns>;

/** Estimates in bytes: of an entry, and of a column with its name, which has at most 63 bytes in PostgreSQL. */
const BYTES = { entry: 300, column: 200 } as const;

/** @param options.maxBytes of what is remembered. A statement with more columns alone is read without it */
export function createKnownColumns(options: { readonly max: number; readonly maxBytes: number }): KnownColumns {
  return new LRUCache({
    max: options.max,
    maxSize: options.maxBytes,
    sizeCalculation: ({ list }) => BYTES.entry + list.length * BYTES.column,
  });
}

/**
 * A statement that is sent by the driver. Its options are not copied, and how to read the rows of a prepared statement is
 * found out once. The driver's own query does both each time. PostgreSQL describes the rows each time, because behind a
 * pooler the next transaction may run on a connection that prepared the statement after a migration.
 */
export class StatementQuery extends BaseQuery {
  readonly #rows: Row[] = [];
  #columns: Columns | undefined;
  #failure: Error | undefined;

  constructor(
    private readonly client: pg.ClientBase,
    private readonly known: KnownColumns,
    statement: NamedStatement,
    answer: Answer,
  ) {
    super(statement.text, statement.values);
    this.name = statement.name;
    this.callback = (error, result) =>
      answer(error ?? this.#failure ?? null, { rows: this.#rows, rowCount: result?.rowCount });
  }

  override handleRowDescription({ fields }: RowDescription): void {
    const columns = this.name === undefined ? undefined : this.known.get(this.name);
    const isKnown = columns?.list.length === fields.length && columns.list.every(isSame(fields));
    this.#columns = isKnown ? columns : readColumns(fields, this.client);
    if (!isKnown && this.name !== undefined) this.known.set(this.name, this.#columns);
  }

  override handleDataRow({ fields }: DataRow): void {
    if (!this.#columns || this.#failure) return;
    const row = { ...this.#columns.blank };
    try {
      this.#columns.list.forEach(({ name, parse }, index) => {
        const text = fields[index] ?? null;
        row[name] = text === null ? null : parse(text);
      });
      this.#rows.push(row);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error('A value cannot be read', { cause: error });
    }
  }
}

function isSame(fields: RowDescription['fields']) {
  return ({ name, dataTypeID }: Columns['list'][number], index: number) =>
    fields[index]?.name === name && fields[index].dataTypeID === dataTypeID;
}

function readColumns(fields: RowDescription['fields'], client: pg.ClientBase): Columns {
  const list = fields.map(({ name, dataTypeID }) => ({
    name,
    dataTypeID,
    parse: client.getTypeParser(dataTypeID, 'text'),
  }));
  // Copies of an object that was parsed are made faster than of one put together.
  const blank: Row = JSON.parse(JSON.stringify(Object.fromEntries(list.map(({ name }) => [name, null]))));
  return { list, blank };
}
