import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import pg from '../../node_modules/pg/lib/index.js';
import { tenantId } from '../database/reports.mjs';

/** Reports of one employee, on average. */
const EACH = 100;
const TABLES = [
  'employees',
  'bank_accounts',
  'expense_reports',
  'expense_items',
  'audit_entries',
  'access_entries',
  'access_entry_rows',
  'idempotency_keys',
];

/**
 * Adds employees with bank accounts and reports to the sample, until the tenant has so many reports. Every twentieth employee has
 * the sample's manager. Each report has an item, an entry in its audit trail, an entry of its author in the access record, and
 * a key of its author for repetitions.
 */
export async function addRows(superuserUrl, count) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    // Without triggers, which would tell of each row.
    await client.query(`set session_replication_role = 'replica'`);
    for (const [text, values] of statements(count)) await client.query(text, values);
    for (const table of TABLES) await client.query(`vacuum analyze ${table}`);
  } finally {
    await client.end();
  }
}

function statements(count) {
  return [
    [
      `insert into employees (tenant_id, id, name, department, manager_id)
       select $1, gen_random_uuid(), 'Employee ' || number, 'Department ' || number % 20,
         case when number % 20 = 0 then $3::uuid end
       from generate_series((select count(*) from employees where tenant_id = $1) + 1, $2::int) as number`,
      [tenantId, Math.ceil(count / EACH), findPersona('mia').objectId],
    ],
    [
      `insert into bank_accounts (tenant_id, employee_id, holder, iban)
       select tenant_id, id, name, 'XX0000000000000000000000' from employees where tenant_id = $1 on conflict do nothing`,
      [tenantId],
    ],
    [
      `with author as (
         select id, row_number() over (order by id) - 1 as place from employees where tenant_id = $1
       ), added as (
         select number, number % (select count(*) from author) as place,
           (array['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID'])[number % 5 + 1]::report_status as status,
           '2020-01-01'::timestamptz + number * interval '3 minutes' as at
         from generate_series((select count(*) from expense_reports where tenant_id = $1) + 1, $2::int) as number
       )
       insert into expense_reports (tenant_id, author_id, title, status, currency, total_minor_units, created_at, submitted_at,
         decided_at, decided_by, rejection_reason, paid_at)
       select $1, author.id, 'Report ' || number, status, (array['EUR', 'NOK', 'USD'])[number % 3 + 1], 1 + number % 100000, at,
         case when status <> 'DRAFT' then at end,
         case when status in ('APPROVED', 'REJECTED', 'PAID') then at end,
         case when status in ('APPROVED', 'REJECTED', 'PAID') then gen_random_uuid() end,
         case when status = 'REJECTED' then 'Without a receipt' end,
         case when status = 'PAID' then at end
       from added join author using (place)`,
      [tenantId, count],
    ],
    [
      `insert into expense_items (tenant_id, report_id, position, description, category, spent_on, minor_units)
       select tenant_id, id, 1, 'Train', 'TRAVEL', created_at, total_minor_units from expense_reports as report
       where tenant_id = $1 and total_minor_units > 0
         and not exists (select from expense_items where tenant_id = $1 and report_id = report.id)`,
      [tenantId],
    ],
    [
      `insert into audit_entries (tenant_id, report_id, at, action, actor_id)
       select tenant_id, id, created_at, 'CREATED', author_id from expense_reports as report
       where tenant_id = $1 and not exists (select from audit_entries where tenant_id = $1 and report_id = report.id)`,
      [tenantId],
    ],
    [
      `insert into idempotency_keys (tenant_id, object_id, key, field, input_hash, result_id)
       select tenant_id, author_id, id, 'createExpenseReport', sha256('input'), id from expense_reports
       where tenant_id = $1 on conflict do nothing`,
      [tenantId],
    ],
    [
      `insert into access_entries (at, tenant_id, object_id, kind, client_id, coordinate, reason, outcome, row_ids)
       select now(), tenant_id, author_id, 'user', gen_random_uuid(), 'Mutation.markExpenseReportPaid', 'It releases money.',
         'GRANTED', array[id::text]
       from expense_reports where tenant_id = $1 order by created_at, id
       offset (select count(*) from access_entries where tenant_id = $1)`,
      [tenantId],
    ],
    [
      `insert into access_entry_rows
       select distinct tenant_id, unnest(row_ids), id from access_entries where tenant_id = $1 on conflict do nothing`,
      [tenantId],
    ],
  ];
}
