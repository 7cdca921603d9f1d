import { GraphQLCurrency, GraphQLLocalDate, GraphQLSafeInt } from 'graphql-scalars';
import { inputError } from '../api/input.js';
import type { Resolvers } from '../generated/resolvers-types.js';
import type { ExpensesContext } from './context.js';
import { formatGlobalId, parseGlobalId, parseGlobalIdOf } from './global-id.js';
import { askedColumns } from './pages/asked-columns.js';
import { readEmployeePage, readExpenseReportPage } from './pages/read-pages.js';
import { authorIn } from './pages/report-authors.js';
import { readAccessEntries } from './reports/access-entries.js';
import { parseAuditTrailRequest } from './reports/audit-trail.js';
import {
  approveReport,
  changeReportOnce,
  createReport,
  editReport,
  payReport,
  rejectReport,
  submitReport,
} from './reports/report-changes.js';
import { riskScore } from './reports/risk-score.js';
import type { EmployeeRow, ExpenseReportRow } from './rows.js';

type EntityName = 'Employee' | 'ExpenseReport';
type FindEntity = (reference: EntityReference, context: ExpensesContext) => unknown;

/** The key of an entity, as a router sends it. `id` may be anything. */
export interface EntityReference {
  readonly id?: unknown;
}

/**
 * Resolvers of `schema/expenses`, of `node`, and its scalars. They check no permissions. The directives in the schema decide
 * about fields, and row-level security about rows. What a caller may not see reads as absent here.
 */
export const resolvers = {
  LocalDate: GraphQLLocalDate,
  Currency: GraphQLCurrency,
  SafeInt: GraphQLSafeInt,

  Query: {
    node: async (_parent, { id }, { loaders }) => {
      const { type, uuid = '' } = parseGlobalId(id) ?? {};
      if (type === 'ExpenseReport') return (await loaders.expenseReport.load(uuid)) ?? null;
      if (type === 'Employee') return (await loaders.employee.load(uuid)) ?? null;
      return null;
    },
    expenseReport: async (_parent, { id }, { loaders }) => {
      const uuid = parseGlobalIdOf('ExpenseReport', id);
      return uuid === undefined ? null : ((await loaders.expenseReport.load(uuid)) ?? null);
    },
    expenseReports: (_parent, args, context, info) => readExpenseReportPage(context, args, askedColumns(info)),
    employee: async (_parent, { id }, { loaders }) => {
      const uuid = parseGlobalIdOf('Employee', id);
      return uuid === undefined ? null : ((await loaders.employee.load(uuid)) ?? null);
    },
    accessEntries: (_parent, args, { database }) => readAccessEntries(database, args),
    employees: (_parent, args, context) => readEmployeePage(context, args),
  },

  Mutation: {
    createExpenseReport: async (_parent, { input: { idempotencyKey, ...input } }, context, { fieldName }) => ({
      expenseReport: await changeReportOnce(context, { key: idempotencyKey, field: fieldName, input }, () =>
        createReport(context, input),
      ),
    }),
    editExpenseReport: async (_parent, { input }, context) => ({ expenseReport: await editReport(context, input) }),
    submitExpenseReport: async (_parent, { id }, context) => ({ expenseReport: await submitReport(context, id) }),
    approveExpenseReport: async (_parent, { id }, context) => ({ expenseReport: await approveReport(context, id) }),
    rejectExpenseReport: async (_parent, { id, reason }, context) => ({
      expenseReport: await rejectReport(context, id, reason),
    }),
    markExpenseReportPaid: async (_parent, { id, idempotencyKey }, context, { fieldName }) => ({
      expenseReport: await changeReportOnce(context, { key: idempotencyKey, field: fieldName, input: id }, () =>
        payReport(context, id),
      ),
    }),
  },

  Subscription: {
    expenseReportChanged: {
      subscribe: (_parent, { id }, { caller, subscribeToReports }) => {
        if (id === undefined || id === null) return subscribeToReports(caller);
        const uuid = parseGlobalIdOf('ExpenseReport', id);
        if (uuid === undefined) throw inputError('"id" must be the id of an expense report.');
        return subscribeToReports(caller, uuid);
      },
      resolve: (report: ExpenseReportRow) => report,
    },
  },

  Node: {
    __resolveType: (row) => ('authorId' in row ? 'ExpenseReport' : 'Employee'),
  },

  Employee: {
    __resolveReference: ({ id }: EntityReference, { loaders }: ExpensesContext) => {
      const uuid = parseGlobalIdOf('Employee', id);
      return uuid === undefined ? null : loaders.employee.load(uuid);
    },
    id: ({ id }) => formatGlobalId('Employee', id),
    manager: async ({ managerId }, _args, { loaders }) =>
      managerId === null ? null : ((await loaders.employee.load(managerId)) ?? null),
    profile: ({ id }, _args, { profiles }) => profiles.load(id),
    bankAccount: async ({ id }, _args, { loaders }) => (await loaders.bankAccountOfEmployee.load(id)) ?? null,
  },

  ExpenseReport: {
    __resolveReference: ({ id }: EntityReference, { loaders }: ExpensesContext) => {
      const uuid = parseGlobalIdOf('ExpenseReport', id);
      return uuid === undefined ? null : loaders.expenseReport.load(uuid);
    },
    id: ({ id }) => formatGlobalId('ExpenseReport', id),
    // A report of a list or an event brings its author along, and then no loaders are made.
    author: (report, _args, context) => authorIn(report) ?? findAuthor(context.loaders, report.authorId),
    items: async ({ id, currency }, _args, { loaders }) =>
      (await loaders.itemsOfReport.load(id)).map((item) => ({ ...item, currency })),
    total: ({ totalMinorUnits, currency }) => ({ minorUnits: totalMinorUnits, currency }),
    decidedBy: async ({ decidedById }, _args, { loaders }) =>
      decidedById ? ((await loaders.employee.load(decidedById)) ?? null) : null,
    auditTrail: async ({ id }, args, { loaders }) => [
      ...(await loaders.auditTrail.load(parseAuditTrailRequest(id, args))),
    ],
    riskScore: async (report, _args, { loaders }) => riskScore(report, await loaders.itemsOfReport.load(report.id)),
  },

  ExpenseItem: {
    id: ({ id }) => formatGlobalId('ExpenseItem', id),
    amount: ({ minorUnits, currency }) => ({ minorUnits, currency }),
  },

  AuditEntry: {
    id: ({ id }) => formatGlobalId('AuditEntry', id),
    actor: async ({ actorId }, _args, { loaders }) => (await loaders.employee.load(actorId)) ?? null,
  },

  ExpenseReportConnection: {
    edges: ({ edges }) => [...edges],
    nodes: ({ edges }) => edges.map(({ node }) => node),
    pageInfo: (page) => page,
    totalCount: (page) => page.totalCount(),
  },

  EmployeeConnection: {
    edges: ({ edges }) => [...edges],
    nodes: ({ edges }) => edges.map(({ node }) => node),
    pageInfo: (page) => page,
    totalCount: (page) => page.totalCount(),
  },

  PageInfo: {
    hasNextPage: (page) => page.hasNextPage(),
    hasPreviousPage: (page) => page.hasPreviousPage(),
    startCursor: ({ edges }) => edges[0]?.cursor ?? null,
    endCursor: ({ edges }) => edges.at(-1)?.cursor ?? null,
  },
} satisfies Omit<Partial<Resolvers>, 'Query' | EntityName> & { Query: Partial<Resolvers['Query']> } & {
  [Name in EntityName]: Resolvers[Name] & { __resolveReference: FindEntity };
};

function findAuthor(loaders: ExpensesContext['loaders'], id: string): EmployeeRow | Promise<EmployeeRow> {
  return loaders.knownEmployees.get(id) ?? loadAuthor(loaders, id);
}

async function loadAuthor({ employee }: ExpensesContext['loaders'], id: string): Promise<EmployeeRow> {
  const author = await employee.load(id);
  if (!author) throw new Error('A report is visible and its author is not: the row policies disagree');
  return author;
}
