import type pg from 'pg';
import type { Connections } from '../connections/connections.js';
import { watchStatement } from './watch-statement.js';

/** The statements of one connection, one at a time. */
export interface Statements {
  /** Rejects with what the driver says, or with the reason of `giveUp`. */
  run(sql: string, parameters?: readonly unknown[]): Promise<pg.QueryResult>;
  /** As `run`, and `cancel` leaves it alone. */
  runUndisturbed(sql: string): Promise<pg.QueryResult>;
  /** The first statement, which has to be answered at once. It tells which backend the others are sent to. */
  begin(sql: string): Promise<void>;
  /** Has PostgreSQL cancel the statement that runs; its promise is rejected, whether PostgreSQL answers or not. */
  cancel(): void;
}

/** Statements over a connection that nothing else uses meanwhile. */
export function createStatements(connections: Connections, client: pg.PoolClient): Statements {
  let backend = 0;
  let running: { readonly giveUp: (reason: Error) => void; readonly isDisturbed: boolean } | undefined;

  const send = (query: () => Promise<pg.QueryResult>, isDisturbed: boolean): Promise<pg.QueryResult> =>
    new Promise((resolve, reject) => {
      const giveUp = (reason: Error) => {
        connections.distrustIdle();
        stop();
        reject(reason);
      };
      const endWatch = backend > 0 ? watchStatement(connections, backend, giveUp) : () => undefined;
      const stop = () => {
        endWatch();
        running = undefined;
      };
      running = { giveUp, isDisturbed };
      query().then(resolve, reject).finally(stop);
    });

  return {
    run: (sql, parameters) => send(() => (parameters ? client.query(sql, [...parameters]) : client.query(sql)), true),
    runUndisturbed: (sql) => send(() => client.query(sql), false),
    async begin(sql) {
      const query_timeout = connections.limits.databaseAnswerSeconds * 1000;
      // The driver knows this option and its types do not.
      const config: pg.QueryConfig & { query_timeout: number } = { text: sql, query_timeout };
      const results: unknown = await send(() => client.query(config), true).catch((error: unknown) => {
        connections.distrustIdle();
        throw error;
      });
      backend = backendOf(results);
    },
    cancel() {
      const cancelled = running;
      if (!cancelled?.isDisturbed) return;
      void connections.cancel(backend).then(() => {
        setTimeout(() => {
          if (running === cancelled)
            cancelled.giveUp(new Error('Connection terminated: no answer to a cancel request'));
        }, connections.limits.cancelledStatementSeconds * 1000).unref();
      });
    },
  };
}

/** Process id of the backend, in the last of several results. Behind a pooler it is not the one of the connection. */
function backendOf(results: unknown): number {
  const last: unknown = Array.isArray(results) ? results.at(-1) : results;
  const backend: unknown = Object(Object(last).rows?.[0]).backend;
  return typeof backend === 'number' ? backend : 0;
}
