import type { Connections } from './connections/connections.js';
import { sql } from './kysely.js';
import { createCallerDatabase } from './transactions/caller-database.js';

const FIRST_MS = 5 * 60_000;
const EVERY_MS = 60 * 60_000;

/** Removes what the server keeps for a time only. */
export interface CleanUp {
  /** Removes outdated rows now. Never rejects: a failure is reported, and the next run removes them. */
  run(): Promise<void>;
  stop(): void;
}

/**
 * Removes outdated rows a few minutes after the start and every hour, in batches. Row-level security decides which rows are
 * outdated. Without a caller, the server can read and delete only those rows of these tables.
 */
export function startCleanUp(connections: Connections, tables: readonly string[]): CleanUp {
  const batch = connections.limits.cleanUpBatch;
  let isStopped = false;
  const cleanBatch = async (table: string) => {
    const database = createCallerDatabase<Record<string, object>>(connections, undefined);
    try {
      const { numAffectedRows = 0n } = await database.write(({ kysely }) =>
        sql`
          delete from ${sql.table(table)} where ctid = any(array(select ctid from ${sql.table(table)} limit ${batch}))
        `.execute(kysely),
      );
      return Number(numAffectedRows);
    } catch (error) {
      connections.failures.note(error);
      return 0;
    } finally {
      await database.dispose();
    }
  };
  const clean = async (table: string) => {
    let removed = batch;
    while (removed === batch && !isStopped) removed = await cleanBatch(table);
  };
  const run = async () => {
    for (const table of tables) await clean(table);
  };
  let timer = setTimeout(function again() {
    void run();
    timer = setTimeout(again, EVERY_MS).unref();
  }, FIRST_MS).unref();
  return {
    run,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
