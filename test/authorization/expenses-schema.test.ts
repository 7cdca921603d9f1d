import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { application, toOutcomes, user } from './harness.js';

/** The rules of the sample resource, as its schema has them: field × persona. */

const folder = new URL('../../schema/', import.meta.url);
const typeDefs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => readFileSync(new URL(name.replaceAll('\\', '/'), folder), 'utf8'));

const employee = { id: '1', name: 'Erin', bankAccount: { iban: 'DE00' } };
const bare = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Query: { employee: () => employee, node: () => employee },
    Node: { __resolveType: () => 'Employee' },
  },
});
const policies = { self: () => true, finance: () => false, ownsReport: () => true, managesAuthor: () => true };
const authorization = createAuthorization({ schema: bare, policies });

const personas = {
  anonymous: undefined,
  erin: user({ scopes: ['Expenses.ReadWrite'] }),
  mia: user({ scopes: ['Expenses.ReadWrite', 'Profiles.Read'], roles: ['Expenses.Approver'] }),
  finn: user({ scopes: ['Expenses.ReadWrite'], roles: ['Expenses.Finance'], canStepUp: true }),
  'finn, stepped up': user({ scopes: ['Expenses.ReadWrite'], roles: ['Expenses.Finance'], authContexts: ['c1'] }),
  ada: user({ scopes: ['Expenses.Read'], roles: ['Expenses.Auditor'] }),
  gus: user({ scopes: ['Expenses.Read'] }),
  'export-job': application('Expenses.Read.All'),
};

/** In the order of the personas: yes, no, or policy. */
const expected: Readonly<Record<string, string>> = {
  'Query.serverInfo': 'yes yes yes yes yes yes yes yes',
  'Query.me': 'no yes yes yes yes yes yes yes',
  'Query.node': 'no yes yes yes yes yes yes yes',
  'Query.expenseReport': 'no yes yes yes yes yes yes yes',
  'Query.expenseReports': 'no yes yes yes yes yes yes yes',
  'Query.expenseReports(authorId:)': 'no no yes yes yes yes no no',
  'ExpenseReportFilter.includeDeleted': 'no no no no no yes no no',
  'Query.employee': 'no yes yes yes yes yes yes yes',
  'Query.employees': 'no yes yes yes yes yes yes yes',
  'Query.accessEntries': 'no no no no no yes no no',
  'Node.id': 'no yes yes yes yes yes yes yes',
  'ExpenseReport.title': 'no yes yes yes yes yes yes yes',
  'ExpenseReport.auditTrail': 'no no no no no yes no no',
  'ExpenseReport.riskScore': 'no no no no no yes no no',
  'Employee.bankAccount': 'no no no no policy no no no',
  'Employee.profile': 'no no yes no no no no yes',
  'BankAccount.iban': 'no no no no yes no no no',
  'Mutation.createExpenseReport': 'no yes yes yes yes no no no',
  'Mutation.editExpenseReport': 'no policy policy policy policy no no no',
  'Mutation.submitExpenseReport': 'no policy policy policy policy no no no',
  'Mutation.approveExpenseReport': 'no no policy no no no no no',
  'Mutation.rejectExpenseReport': 'no no policy no no no no no',
  'Mutation.markExpenseReportPaid': 'no no no no yes no no no',
  'Subscription.expenseReportChanged': 'no yes yes yes yes yes yes yes',
};
const WORDS = { ALLOWED: 'yes', DEPENDS: 'policy', DENIED: 'no', UNKNOWN: 'not known' };

describe('the sample resource', () => {
  const access = Object.values(personas).map(
    (caller) => new Map(authorization.explain(caller).map(({ coordinate, decision }) => [coordinate, WORDS[decision]])),
  );

  it.each(Object.entries(expected))('%s: %s', (coordinate, decisions) => {
    expect(access.map((of) => of.get(coordinate)).join(' ')).toBe(decisions);
  });

  it('is described here root field by root field', () => {
    const roots = [...authorization.requirements.fields.keys()].filter((name) =>
      /^(Query|Mutation|Subscription)\./.test(name),
    );
    expect(roots.filter((coordinate) => !(coordinate in expected))).toEqual([]);
  });
});

describe('a bank account', () => {
  const document = parse('{ employee(id: 1) { name bankAccount { iban } } }');
  const run = async (caller: ReturnType<typeof user>) =>
    toOutcomes(await execute({ schema: authorization.schema, document, contextValue: { caller } }));

  it('is shown after a step-up', async () => {
    expect((await run(personas['finn, stepped up'])).text).toContain('DE00');
  });

  it('asks for one when the policy holds, nested in an answer that is otherwise complete', async () => {
    const { errors, text } = await run(personas.erin);
    expect(errors).toEqual([
      { code: 'INSUFFICIENT_CLAIMS', coordinate: 'Employee.bankAccount', path: 'employee.bankAccount' },
    ]);
    expect(text).toContain('Erin');
    expect(text).toContain('"acr_values":"c1"');
  });
});

it('marking a report as paid without the second factor is refused with a step-up', () => {
  const document = parse('mutation { markExpenseReportPaid(id: 1) { expenseReport { id } } }');
  expect(authorization.check({ document, caller: personas.finn })).toMatchObject({
    kind: 'refused',
    status: 401,
    challenge: { authContext: 'c1' },
  });
});

it('a node is asked for by its id under the rules of its type', () => {
  const document = parse('{ node(id: 1) { id } }');
  expect(authorization.check({ document, caller: personas.gus }).kind).toBe('unguarded');
  expect(authorization.check({ document, caller: application('Other') }).kind).toBe('refused');
});
