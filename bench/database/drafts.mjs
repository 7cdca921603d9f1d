import pg from '../../node_modules/pg/lib/index.js';
import { authorId, tenantId } from './reports.mjs';

const TITLE = 'To be submitted';

/**
 * Makes drafts that can be submitted again and again.
 *
 * @returns {Promise<{ ids: string[], reset(): Promise<void>, close(): Promise<void> }>} global ids; `reset` makes drafts of
 *   them again
 */
export async function makeDrafts(superuserUrl, count) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  // Disables triggers, so that no status check refuses the rows and no notification is sent.
  await client.query(`set session_replication_role = 'replica'`);
  const { rows } = await client.query(
    `insert into expense_reports (tenant_id, id, author_id, title, currency, total_minor_units, created_at)
     select $1, gen_random_uuid(), $2, $3, 'EUR', 100, '2020-01-01' from generate_series(1, $4) returning id`,
    [tenantId, authorId, TITLE, count],
  );
  return {
    ids: rows.map(({ id }) => Buffer.from(`ExpenseReport:${id}`).toString('base64url')),
    async reset() {
      await client.query(
        `with draft as (update expense_reports set status = 'DRAFT', submitted_at = null where title = $1 returning id)
         delete from audit_entries using draft where report_id = draft.id`,
        [TITLE],
      );
      await client.query('vacuum analyze expense_reports, audit_entries');
    },
    close: () => client.end(),
  };
}

/** The global id of the report with most items and entries that is not deleted. */
export async function findReport(superuserUrl) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select id from expense_reports as report where tenant_id = $1 and deleted_at is null and status = 'PAID'
       order by (select count(*) from expense_items where report_id = report.id) desc, id limit 1`,
      [tenantId],
    );
    return Buffer.from(`ExpenseReport:${rows[0].id}`).toString('base64url');
  } finally {
    await client.end();
  }
}
