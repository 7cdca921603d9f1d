import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { readExpenseReportPage } from '../../src/expenses/pages/read-pages.js';
import { CONTOSO, FABRIKAM, findPersona } from '../../src/expenses/sample-data/personas.js';
import type { ExpenseReportStatus } from '../../src/generated/resolvers-types.js';
import { applicationCaller, atFabrikam, callerOf, userCaller } from '../support/callers.js';
import { openSuperuser } from '../support/database.js';
import { openExpenses, type TestExpenses } from '../support/expenses.js';
import { insertReport } from '../support/sample-report.js';

const STATUSES: readonly ExpenseReportStatus[] = ['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID'];
const ROLES = new Set(['Expenses.Approver', 'Expenses.Finance', 'Expenses.Auditor']);
const NOBODY = '0b1ec700-0000-4000-8000-00000000dead';

/** The owner of a report as the caller sees it. */
type Relation = 'own' | "direct report's" | "another's" | "another tenant's";

interface ReportState {
  readonly relation: Relation;
  readonly status: ExpenseReportStatus;
  readonly isDeleted: boolean;
}

interface Viewer {
  readonly caller: Caller | undefined;
  /** The rule, once more and in other words than the policies. */
  sees(state: ReportState): boolean;
}

const none = () => false;
const isPayable = (status: ExpenseReportStatus) => status === 'APPROVED' || status === 'PAID';
const own = ({ relation, isDeleted }: ReportState) => relation === 'own' && !isDeleted;

const VIEWERS: Readonly<Record<string, Viewer>> = {
  erin: { caller: callerOf('erin'), sees: own },
  mia: {
    caller: callerOf('mia'),
    sees: (state) =>
      own(state) || (state.relation === "direct report's" && state.status !== 'DRAFT' && !state.isDeleted),
  },
  finn: {
    caller: callerOf('finn'),
    sees: (state) =>
      own(state) || (state.relation !== "another tenant's" && isPayable(state.status) && !state.isDeleted),
  },
  ada: { caller: callerOf('ada'), sees: ({ relation }) => relation !== "another tenant's" },
  gus: { caller: callerOf('gus'), sees: none },
  'export-job': {
    caller: callerOf('export-job'),
    sees: ({ relation, isDeleted }) => relation !== "another tenant's" && !isDeleted,
  },
  nobody: { caller: undefined, sees: none },
  'mia, in finance too': {
    caller: userCaller({
      objectId: callerOf('mia').objectId,
      roles: new Set(['Expenses.Approver', 'Expenses.Finance']),
    }),
    sees: (state) =>
      own(state) ||
      (state.relation === "direct report's" && state.status !== 'DRAFT' && !state.isDeleted) ||
      (state.relation !== "another tenant's" && isPayable(state.status) && !state.isDeleted),
  },
  'mia without her role': { caller: userCaller({ objectId: callerOf('mia').objectId }), sees: own },
  'erin as a guest of another tenant': { caller: atFabrikam({ ...callerOf('erin'), isGuest: true }), sees: none },
  'erin in another tenant': {
    caller: atFabrikam(callerOf('erin')),
    // The same object id in another tenant is somebody else.
    sees: none,
  },
  'a guest with every role': { caller: userCaller({ objectId: NOBODY, isGuest: true, roles: ROLES }), sees: none },
  'a guest with an employee’s object id': { caller: { ...callerOf('erin'), isGuest: true }, sees: none },
  'an application without permission': { caller: applicationCaller({ objectId: NOBODY }), sees: none },
  'an application with an employee’s object id': {
    caller: applicationCaller({ objectId: callerOf('erin').objectId }),
    sees: none,
  },
  'an application whose permission is called like a role': {
    caller: applicationCaller({ objectId: NOBODY, permissions: ROLES }),
    sees: none,
  },
  'a user whose role is called like a permission': {
    caller: userCaller({ objectId: NOBODY, roles: new Set(['Expenses.Read.All']) }),
    sees: none,
  },
  'a member who is not an employee': { caller: userCaller({ objectId: NOBODY }), sees: none },
};

let expenses: TestExpenses;
let superuser: pg.Client;
/** Every report, with its author. */
let reports: readonly {
  id: string;
  tenantId: string;
  authorId: string;
  status: ExpenseReportStatus;
  isDeleted: boolean;
}[];
let managers: ReadonlyMap<string, string | null>;

beforeAll(async () => {
  expenses = await openExpenses();
  superuser = await openSuperuser(expenses.database);
  await arrangeEveryState();
  reports = (
    await superuser.query(
      `select id, tenant_id as "tenantId", author_id as "authorId", status, deleted_at is not null as "isDeleted"
       from expense_reports`,
    )
  ).rows;
  const employees = await superuser.query('select tenant_id, id, manager_id from employees');
  managers = new Map(employees.rows.map((row) => [`${row.tenant_id} ${row.id}`, row.manager_id]));
});
afterAll(async () => {
  await superuser.end();
  await expenses.close();
});

/** At least one report of each state for each relation that any viewer has. */
async function arrangeEveryState(): Promise<void> {
  const authors = ['erin', 'mia', 'finn', 'ada'].map((name) => findPersona(name as 'erin'));
  const { rows } = await superuser.query('select id from employees where tenant_id = $1 limit 1', [FABRIKAM]);
  const places = [...authors, { tenantId: FABRIKAM, objectId: rows[0].id }];
  for (const { tenantId, objectId: authorId } of places) {
    for (const status of STATUSES) {
      for (const isDeleted of [false, true]) await insertReport(superuser, { tenantId, authorId, status, isDeleted });
    }
  }
}

function relationOf(caller: Caller | undefined, report: (typeof reports)[number]): Relation {
  if (report.tenantId !== (caller?.tenantId ?? CONTOSO)) return "another tenant's";
  if (report.authorId === caller?.objectId) return 'own';
  const manager = managers.get(`${report.tenantId} ${report.authorId}`);
  return manager && manager === caller?.objectId ? "direct report's" : "another's";
}

async function visible(caller: Caller | undefined, table: string, column = 'id'): Promise<Set<string>> {
  const { database } = expenses.context(caller);
  try {
    const rows = await database.kysely
      .selectFrom(table as 'employees')
      .select(`${column} as id` as 'id')
      .execute();
    return new Set(rows.map(({ id }) => id));
  } finally {
    await database.dispose();
  }
}

async function every(table: string, where: string, column = 'id'): Promise<Set<string>> {
  const { rows } = await superuser.query(`select ${column} as id from ${table} where ${where}`);
  return new Set(rows.map(({ id }) => id));
}

describe.each(Object.entries(VIEWERS))('%s', (_name, { caller, sees }) => {
  let seen: Set<string>;
  beforeAll(async () => {
    seen = await visible(caller, 'expense_reports');
  });

  const states = ["another's", "direct report's", 'own', "another tenant's"].flatMap((relation) =>
    STATUSES.flatMap((status) =>
      [false, true].map((isDeleted) => ({ relation: relation as Relation, status, isDeleted })),
    ),
  );
  it.each(states)('$relation, $status, deleted: $isDeleted', (state) => {
    const alike = reports.filter(
      (report) =>
        relationOf(caller, report) === state.relation &&
        report.status === state.status &&
        report.isDeleted === state.isDeleted,
    );
    expect(alike.filter(({ id }) => seen.has(id))).toEqual(sees(state) ? alike : []);
  });

  it('is listed what it sees and is not deleted', async () => {
    const context = expenses.context(caller);
    const page = await readExpenseReportPage(context, {});
    expect(await page.totalCount()).toBe(reports.filter(({ id, isDeleted }) => seen.has(id) && !isDeleted).length);
    await context.dispose();
  });

  it('sees the items of the reports it sees, and no others', async () => {
    const ids = [...seen].map((id) => `'${id}'`).join() || 'null';
    expect(await visible(caller, 'expense_items')).toEqual(await every('expense_items', `report_id in (${ids})`));
  });
});

describe('every state that a rule distinguishes', () => {
  it.each(['erin', 'mia', 'finn', 'ada'] as const)('occurs for %s', (name) => {
    const relations = new Set(
      reports.map((report) => `${relationOf(callerOf(name), report)} ${report.status} ${report.isDeleted}`),
    );
    // Only mia has direct reports.
    expect(relations.size).toBe((name === 'mia' ? 4 : 3) * STATUSES.length * 2);
  });
});

describe('employees', () => {
  it.each(['erin', 'mia', 'finn', 'ada', 'export-job'] as const)('%s sees all of the tenant', async (name) => {
    expect(await visible(callerOf(name), 'employees')).toEqual(await every('employees', `tenant_id = '${CONTOSO}'`));
  });

  it('a member who is not an employee sees all of the tenant', async () => {
    expect(await visible(userCaller({ objectId: NOBODY }), 'employees')).toEqual(
      await every('employees', `tenant_id = '${CONTOSO}'`),
    );
  });

  it.each([
    ['gus', callerOf('gus')],
    ['nobody', undefined],
    ['an application without permission', applicationCaller({ objectId: NOBODY })],
  ])('%s sees none', async (_name, caller) => {
    expect(await visible(caller, 'employees')).toEqual(new Set());
  });
});

describe('audit entries', () => {
  it('an auditor sees all of the tenant', async () => {
    expect(await visible(callerOf('ada'), 'audit_entries')).toEqual(
      await every('audit_entries', `tenant_id = '${CONTOSO}'`),
    );
  });

  it.each(['erin', 'mia', 'finn', 'gus', 'export-job'] as const)('%s sees none', async (name) => {
    expect(await visible(callerOf(name), 'audit_entries')).toEqual(new Set());
  });
});

describe('bank accounts', () => {
  it('finance sees all of the tenant', async () => {
    expect(await visible(callerOf('finn'), 'bank_accounts', 'employee_id')).toEqual(
      await every('bank_accounts', `tenant_id = '${CONTOSO}'`, 'employee_id'),
    );
  });

  it.each(['erin', 'mia', 'ada'] as const)('%s sees the own', async (name) => {
    expect(await visible(callerOf(name), 'bank_accounts', 'employee_id')).toEqual(new Set([callerOf(name).objectId]));
  });

  it.each(['gus', 'export-job'] as const)('%s sees none', async (name) => {
    expect(await visible(callerOf(name), 'bank_accounts', 'employee_id')).toEqual(new Set());
  });
});
