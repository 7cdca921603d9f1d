import type pg from 'pg';
import type { Connections } from '../connections/connections.js';
import { StaleConnectionError } from './lost-statement.js';
import { OpeningQuery } from './opening-query.js';
import type { Statement, StatementResult } from './statement.js';
import { type Answer, type NamedStatement, StatementQuery } from './statement-query.js';
import { watchStatement } from './watch-statement.js';

/** The statements of one transaction. They are sent without waiting, and PostgreSQL answers them in their order. */
export interface Statements {
  /** PostgreSQL has opened the transaction. */
  readonly isOpen: boolean;
  /**
   * Sends the first statement together with those that open its transaction. The opening statements have to be answered at
   * once.
   *
   * @param opening BEGIN and a statement with the settings. The last column of the latter is the backend
   */
  open(opening: readonly Statement[], statement: Statement): Promise<StatementResult>;
  /** Runs a statement. Rejects with the driver's error or with the reason why the connection is given up. */
  run(statement: Statement): Promise<StatementResult>;
  /** Ends the transaction. `cancel` does not affect this statement. */
  end(how: 'commit' | 'rollback'): Promise<StatementResult>;
  /** Resolves when everything is answered. */
  settled(): Promise<void>;
  /** Has PostgreSQL cancel the statement that runs. Gives the connection up if the answer does not come. */
  cancel(): void;
}

interface Running {
  readonly isDisturbed: boolean;
  readonly reject: (reason: Error) => void;
}

/** Receives events in their order. Promises that settle at the same time give no order. */
export interface StatementsListener {
  /** PostgreSQL has opened the transaction. */
  onOpen(): void;
  onFailure(cause: unknown): void;
}

/** Creates the statements of a connection that has no other user at that time. */
export function createStatements(
  connections: Connections,
  client: pg.PoolClient,
  { onOpen, onFailure }: StatementsListener,
): Statements {
  const { limits, names, columns } = connections;
  const running = new Set<Running>();
  let backend = 0;
  let isOpen = false;
  let endWatch = () => {};
  let wake = () => {};

  const giveUp = (reason: Error) => {
    connections.distrustIdle();
    close(reason);
  };
  const close = (reason: Error) => {
    onFailure(reason);
    for (const { reject } of running) reject(reason);
    running.clear();
    watch();
    // The driver would wait for the answers.
    client.connection.stream.destroy();
  };
  /** Watches the statement that PostgreSQL works on now. */
  const watch = () => {
    endWatch();
    endWatch = () => {};
    if (running.size === 0) wake();
    else if (!isOpen) endWatch = startTimer(limits.databaseAnswerSeconds * 1000, giveUp);
    else if (backend > 0) endWatch = watchStatement(connections, backend, giveUp);
  };
  const track = (send: (answer: Answer) => void, isDisturbed = true): Promise<StatementResult> =>
    new Promise((resolve, reject) => {
      const entry: Running = { isDisturbed, reject };
      running.add(entry);
      if (running.size === 1) watch();
      send((error, result) => {
        if (!running.delete(entry)) return;
        watch();
        if (!error) return resolve(result);
        onFailure(error);
        reject(error);
      });
    });
  /** Statements that are sent together leave in one write. */
  const send = (query: StatementQuery) => {
    const { stream } = client.connection;
    stream.cork();
    void client.query(query as unknown as pg.Submittable);
    queueMicrotask(() => stream.uncork());
  };
  const named = ({ text, values }: Statement): NamedStatement => ({ text, values, name: names.nameOn(client, text) });

  return {
    get isOpen() {
      return isOpen;
    },
    async open(opening, statement) {
      const endWait = connections.expectAnswer(client, () =>
        close(new StaleConnectionError(new Error('Connection terminated: a newer one was answered first'))),
      );
      const opened = (process: number) => {
        endWait(true);
        isOpen = true;
        backend = process;
        onOpen();
        watch();
      };
      try {
        return await track((answered) =>
          send(new OpeningQuery(client, columns, opening.map(named), named(statement), { opened, answered })),
        );
      } catch (error) {
        if (!isOpen && !(error instanceof StaleConnectionError)) connections.distrustIdle();
        throw error;
      } finally {
        endWait(false);
      }
    },
    run: (statement) => track((answer) => send(new StatementQuery(client, columns, named(statement), answer))),
    end: (how) => track((answer) => client.query(how, answer), false),
    async settled() {
      if (running.size === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    cancel() {
      const cancelled = [...running].filter(({ isDisturbed }) => isDisturbed);
      if (cancelled.length === 0) return;
      void connections.cancel(backend).then(() => {
        startTimer(limits.cancelledStatementSeconds * 1000, () => {
          if (cancelled.some((one) => running.has(one)))
            giveUp(new Error('Connection terminated: no answer to a cancel request'));
        });
      });
    },
  };
}

/** Gives up a connection that does not answer. The message is the driver's. */
function startTimer(ms: number, giveUp: (reason: Error) => void): () => void {
  const timer = setTimeout(() => giveUp(new Error('Query read timeout')), ms);
  return () => clearTimeout(timer);
}
