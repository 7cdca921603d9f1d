import pg from '../../node_modules/pg/lib/index.js';

/** Named statements that servers without a query builder send to PostgreSQL, and the objects that they make of its rows. */

export function createPool(connectionString) {
  const getTypeParser = (type, format) =>
    type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format);
  return new pg.Pool({ connectionString, max: 10, types: { getTypeParser } });
}

const SETTINGS = ['tenant_id', 'object_id', 'kind', 'roles', 'permissions'];
const SET = {
  name: 'settings',
  text: `select ${SETTINGS.map((name, index) => `set_config('entra.${name}', $${index + 1}, true)`).join(', ')}`,
};

/** Begins a transaction in which row-level security knows the caller. */
export async function beginFor(client, { tid, oid, roles, acct }, mode = 'isolation level repeatable read, read only') {
  await client.query(`begin ${mode}`);
  await client.query({ ...SET, values: [tid, oid, acct === 1 ? 'guest' : 'member', JSON.stringify(roles), ''] });
}

const COLUMNS = 'id, author_id, title, status, currency, total_minor_units, created_at';

export const REPORTS = {
  name: 'reports',
  text: `select ${COLUMNS} from expense_reports where deleted_at is null order by created_at desc, id desc limit $1`,
};
export const REPORT = {
  name: 'report',
  text: `select ${COLUMNS} from expense_reports where deleted_at is null and id = $1`,
};
export const AUTHORS = byKeys('authors', 'select id, name, department from employees where id');
export const ITEMS = byKeys(
  'items',
  'select report_id, description, category, minor_units from expense_items where report_id',
  'order by report_id, position',
);
export const AUDIT_TRAIL = byKeys(
  'audit trail',
  'select report_id, action, at from audit_entries where report_id',
  'order by report_id, sequence',
);
export const LOCKED_DRAFT = {
  name: 'locked draft',
  text: `select author_id, status, total_minor_units from expense_reports where id = $1 and deleted_at is null for update`,
};
export const SUBMIT = {
  name: 'submit',
  text: `update expense_reports set status = 'SUBMITTED', submitted_at = $2 where id = $1 returning status, author_id`,
};
export const NOTE_SUBMISSION = {
  name: 'note submission',
  text: `insert into audit_entries (tenant_id, report_id, at, action, actor_id) values ($1, $2, $3, 'SUBMITTED', $4)`,
};

/** A statement for one key and one for several, because PostgreSQL plans `any` anew each time. */
function byKeys(name, text, rest = '') {
  return {
    one: { name: `${name} of one`, text: `${text} = $1 ${rest}` },
    several: { name, text: `${text} = any($1::uuid[]) ${rest}` },
  };
}

export function rowsOfKeys(client, { one, several }, keys) {
  return keys.length === 1 ? rowsOf(client, one, keys[0]) : rowsOf(client, several, keys);
}

export async function rowsOf(client, statement, ...values) {
  return (await client.query({ ...statement, values })).rows;
}

export function reportOf(row) {
  return {
    id: globalId('ExpenseReport', row.id),
    title: row.title,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    total: { minorUnits: row.total_minor_units, currency: row.currency },
  };
}

export function authorOf({ id, name, department }) {
  return { id: globalId('Employee', id), name, department };
}

export function itemOf({ description, category, minor_units: minorUnits }) {
  return { description, category, amount: { minorUnits } };
}

export function entryOf({ action, at }) {
  return { action, at: at.toISOString() };
}

function globalId(type, uuid) {
  return Buffer.from(`${type}:${uuid}`).toString('base64url');
}

/** The UUID in a global id. */
export function uuidOf(id) {
  return Buffer.from(id, 'base64url').toString().split(':')[1];
}
