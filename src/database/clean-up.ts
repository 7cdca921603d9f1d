import type { Connections } from './connections/connections.js';
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
 * Removes outdated rows a few minutes after the start and every hour. Row-level security decides which rows are outdated, so
 * each table has a policy for it. Acts for no caller.
 */
export function startCleanUp(connections: Connections, tables: readonly string[]): CleanUp {
  const clean = async (table: string) => {
    const database = createCallerDatabase<Record<string, object>>(connections, undefined);
    try {
      await database.write(({ kysely }) => kysely.deleteFrom(table).execute());
    } catch (error) {
      connections.failures.note(error);
    } finally {
      await database.dispose();
    }
  };
  const run = async () => {
    for (const table of tables) await clean(table);
  };
  let timer = setTimeout(function again() {
    void run();
    timer = setTimeout(again, EVERY_MS).unref();
  }, FIRST_MS).unref();
  return { run, stop: () => clearTimeout(timer) };
}
