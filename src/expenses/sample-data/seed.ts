import pg from 'pg';
import { toDatabaseError } from '../../database/driver-errors.js';
import { type SampleEmployee, sampleEmployees } from './sample-employees.js';
import { sampleReports } from './sample-reports.js';

/** Tables and their columns, in the order in which rows refer to each other. */
const TABLES = {
  employees: 'tenant_id, id, name, department, manager_id',
  bank_accounts: 'tenant_id, employee_id, holder, iban',
  expense_reports:
    'tenant_id, id, author_id, title, status, currency, total_minor_units, created_at, submitted_at, decided_at, decided_by, rejection_reason, paid_at, deleted_at',
  expense_items: 'tenant_id, report_id, position, id, description, category, spent_on, minor_units',
  audit_entries: 'tenant_id, report_id, id, at, action, actor_id',
} as const;

type TableName = keyof typeof TABLES;

/**
 * Fills the tables for development and tests with the same data each time: two tenants, their employees, and reports in
 * every state. Does nothing when there are employees already.
 *
 * @param ownerUrl the login that owns the tables, as `DATABASE_MIGRATION_URL`
 * @returns whether it wrote anything
 */
export async function seed(ownerUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    // The owner is bound by row-level security as well. It is lifted in this transaction only, which no other session sees.
    await forceRowSecurity(client, false);
    const isNeeded = (await client.query('select from employees limit 1')).rowCount === 0;
    if (isNeeded) await insertAll(client);
    await forceRowSecurity(client, true);
    await client.query('commit');
    return isNeeded;
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function forceRowSecurity(client: pg.Client, isForced: boolean): Promise<void> {
  const statements = Object.keys(TABLES).map(
    (table) => `alter table ${table} ${isForced ? '' : 'no '}force row level security`,
  );
  await client.query(statements.join('; '));
}

async function insertAll(client: pg.Client): Promise<void> {
  const employees = sampleEmployees();
  const { reports, items, audit } = sampleReports(employees);
  await insert(client, 'employees', employees);
  await insert(client, 'bank_accounts', employees.map(bankAccountOf));
  await insert(client, 'expense_reports', reports);
  await insert(client, 'expense_items', items);
  await insert(client, 'audit_entries', audit);
  await client.query(
    Object.keys(TABLES)
      .map((table) => `analyze ${table}`)
      .join('; '),
  );
}

/** All rows of a table in one statement. */
async function insert(client: pg.Client, table: TableName, rows: readonly object[]): Promise<void> {
  const columns = TABLES[table];
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** Returns an IBAN with a country code that does not exist, so it belongs to no real account. */
function bankAccountOf({ tenant_id, id, name }: SampleEmployee) {
  const digits = BigInt(`0x${id.replaceAll('-', '').slice(-16)}`)
    .toString()
    .padStart(20, '0');
  return { tenant_id, employee_id: id, holder: name, iban: `XX00${digits}` };
}
