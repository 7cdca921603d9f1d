import type pg from 'pg';
import { withinTime } from '../../values/within-time.js';
import { DatabaseUnavailableError } from '../database-errors.js';
import { createMutex, type Mutex } from '../mutex.js';
import { clientClass } from './client-class.js';
import type { DatabasePassword } from './entra-password.js';

/**
 * A connection outside the pool for questions about the connections of the pool. It asks whether the database answers and
 * what a backend does, and it cancels statements. It is opened on first use and replaced when it breaks.
 */
export interface ControlConnection {
  /**
   * Runs a statement that PostgreSQL answers at once.
   *
   * @param limitMs longest time for all of the answer. Default: that of the connection
   * @throws DatabaseUnavailableError when the answer does not come in time
   */
  ask<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[], limitMs?: number): Promise<Row[]>;
  /** Closes the connection. Never rejects. */
  close(): Promise<void>;
}

export interface ControlOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  /** Password of the connection, as for a pool. */
  readonly password?: DatabasePassword | undefined;
  /** Longest time for all of an answer, including the time to open the connection. */
  readonly answerMs: number;
  /** Called when the connection breaks. */
  onLost?(error: unknown): void;
}

/** Creates the control connection. Opens nothing yet. */
export function createControlConnection({ url, password, answerMs, onLost }: ControlOptions): ControlConnection {
  const Client = clientClass(password);
  let opened:
    | { readonly client: pg.Client; readonly ready: Promise<unknown>; readonly runExclusive: Mutex }
    | undefined;
  /** The connection whose answer is late, while a new one is asked. At most one, so that a frozen database gets no more. */
  let late: pg.Client | undefined;
  let isClosed = false;

  const drop = (client: pg.Client) => {
    if (opened?.client === client) opened = undefined;
    if (late === client) late = undefined;
    // While a statement runs, `end` closes the socket at once and rejects waiting statements.
    void client.end().catch(() => undefined);
  };
  const open = () => {
    const client = new Client({
      connectionString: url,
      application_name: 'entra-graphql control',
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
    });
    const lose = (error: unknown) => {
      if (opened?.client === client) onLost?.(error);
      drop(client);
    };
    client.on('error', lose);
    client.on('end', () => lose(new Error('Connection terminated')));
    const ready = client.connect();
    ready.catch(() => drop(client));
    return { client, ready, runExclusive: createMutex() };
  };
  const attempt = async <Row extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[]) => {
    if (isClosed) throw new Error('The server is stopping');
    opened ??= open();
    const { client, ready, runExclusive } = opened;
    try {
      await ready;
      // The driver takes one statement at a time.
      return (await runExclusive(() => client.query<Row>(sql, [...parameters]))).rows;
    } catch (error) {
      drop(client);
      throw error;
    }
  };

  /** A network may have forgotten the connection without a word, so a late answer is also asked for on a new one. */
  const orOnNew = async <Row>(first: Promise<Row[]>, ask: () => Promise<Row[]>, ms: number): Promise<Row[]> => {
    const asked = opened?.client;
    return await withinTime(first, ms, () => {
      if (isClosed || (late && late !== asked)) return first;
      if (asked && opened?.client === asked) {
        opened = undefined;
        late = asked;
        const leave = () => drop(asked);
        first.then(leave, leave);
      }
      return Promise.any([first, ask()]).catch(({ errors }: AggregateError) => {
        throw errors.at(-1);
      });
    });
  };

  return {
    async ask<Row extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = [], limitMs = answerMs) {
      const wasOpen = opened !== undefined;
      const started = performance.now();
      const again = () => attempt<Row>(sql, parameters);
      const first = again().catch((error: unknown) => {
        // An idle connection may have been closed by something in between although the database is available.
        if (!wasOpen || performance.now() - started > limitMs / 2) throw error;
        return again();
      });
      try {
        return await withinTime(wasOpen ? orOnNew(first, again, limitMs / 2) : first, limitMs, () => {
          throw new Error(`no answer within ${limitMs} ms`);
        });
      } catch (error) {
        throw new DatabaseUnavailableError(error);
      }
    },
    async close() {
      isClosed = true;
      const client = opened?.client;
      opened = undefined;
      if (late) drop(late);
      await client?.end().catch(() => undefined);
    },
  };
}
