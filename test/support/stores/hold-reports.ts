import type { TestApi } from '../api.js';
import { until } from '../command.js';
import { openSuperuser } from '../database.js';

/** Keeps everybody who reads or writes expense reports waiting. */
export interface HeldReports {
  /** Resolves when an operation waits. */
  untilWaitedFor(): Promise<void>;
  release(): Promise<void>;
}

export async function holdReports({ database }: Pick<TestApi, 'database'>): Promise<HeldReports> {
  const client = await openSuperuser(database);
  await client.query('begin; lock table expense_reports in access exclusive mode');
  // Tables of other databases have the same number, because all are copies of one.
  const sql = `select count(*)::int as count from pg_locks
    where not granted and relation = 'expense_reports'::regclass
      and database = (select oid from pg_database where datname = current_database())`;
  return {
    untilWaitedFor: () =>
      until(
        async () => (await client.query(sql)).rows[0].count > 0,
        () => 'nothing waits for the reports',
      ),
    async release() {
      await client.query('commit');
      await client.end();
    },
  };
}
