import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';

/**
 * The access of each caller over HTTP, one row a field and one column a caller. `ok` is an answer without errors. Anything
 * else is the status and the error's code.
 */
const CALLERS = [undefined, 'erin', 'mia', 'finn', 'finn+c1', 'ada', 'gus', 'export-job'] as const;

const ok = '200';
const hidden = '200 FORBIDDEN';
const stepUp = '200 INSUFFICIENT_CLAIMS';
const refused = '403 FORBIDDEN';
const refusedStepUp = '403 INSUFFICIENT_CLAIMS';
const anonymous = '401 UNAUTHENTICATED';

/** Finds or makes the object that a row is about, and says the variables of its operation. */
type Given = (world: World) => Promise<Record<string, unknown>>;

const draft: Given = async (world) => ({ id: await world.draft() });
const submitted: Given = async (world) => ({ id: await world.submitted() });
const approved: Given = async (world) => ({ id: await world.approved() });
const erin: Given = async (world) => ({ id: world.erinId });
const nothing: Given = async () => ({});

const created = `mutation { createExpenseReport(input: { title: "Train", currency: "EUR", items: [
  { description: "Ticket", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 4200 }] }) { expenseReport { id } } }`;

// biome-ignore format: a table
const ROWS: readonly (readonly [string, Given, string, readonly string[]])[] = [
  //                                                                          nobody     erin     mia      finn           finn+c1  ada      gus      export-job
  ['Query.serverInfo', nothing, '{ serverInfo { name version time } }',      [ok,        ok,      ok,      ok,            ok,      ok,      ok,      ok]],
  ['Query.me', nothing, '{ me { kind objectId scopes access { coordinate decision missing } } }', [anonymous, ok, ok,   ok,            ok,      ok,      ok,      ok]],
  ['Query.expenseReports', nothing, '{ expenseReports { totalCount nodes { id title status total { minorUnits currency } } } }', [anonymous, ok, ok, ok, ok, ok, ok, ok]],
  ['Query.expenseReport', draft, 'query ($id: ID!) { expenseReport(id: $id) { id } }', [anonymous, ok, ok,      ok,            ok,      ok,      ok,      ok]],
  ['Query.node', draft, 'query ($id: ID!) { node(id: $id) { id } }',         [anonymous, ok,      ok,      ok,            ok,      ok,      ok,      ok]],
  ['Query.employee', erin, 'query ($id: ID!) { employee(id: $id) { name department manager { name } } }', [anonymous, ok, ok, ok,        ok,      ok,      ok,      ok]],
  ['Query.employees', nothing, '{ employees { totalCount nodes { name } } }', [anonymous, ok,     ok,      ok,            ok,      ok,      ok,      ok]],
  ['Query.expenseReports(authorId:)', erin, 'query ($id: ID!) { expenseReports(authorId: $id) { totalCount } }', [anonymous, refused, ok, ok, ok, ok,      refused, refused]],
  ['ExpenseReportFilter.includeDeleted', nothing, '{ expenseReports(filter: { includeDeleted: true }) { totalCount } }', [anonymous, refused, refused, refused, refused, ok, refused, refused]],
  // gus sees no report, so no field is denied.
  ['ExpenseReport.auditTrail', nothing, '{ expenseReports(first: 1) { nodes { auditTrail { action at actor { name } } } } }', [anonymous, hidden, hidden, hidden, hidden, ok, ok, hidden]],
  ['ExpenseReport.riskScore', nothing, '{ expenseReports(first: 1) { nodes { riskScore } } }', [anonymous, hidden, hidden, hidden, hidden, ok, ok, hidden]],
  // ... and no employee.
  ['Employee.bankAccount', erin, 'query ($id: ID!) { employee(id: $id) { bankAccount { holder iban } } }', [anonymous, stepUp, hidden, stepUp, ok, hidden, ok, hidden]],
  ['Mutation.createExpenseReport', nothing, created,                         [anonymous, ok,      ok,      ok,            ok,      refused, refused, refused]],
  ['Mutation.editExpenseReport', draft, 'mutation ($id: ID!) { editExpenseReport(input: { id: $id, title: "New" }) { expenseReport { title } } }', [anonymous, ok, hidden, hidden, hidden, refused, refused, refused]],
  ['Mutation.submitExpenseReport', draft, 'mutation ($id: ID!) { submitExpenseReport(id: $id) { expenseReport { status } } }', [anonymous, ok, hidden, hidden, hidden, refused, refused, refused]],
  ['Mutation.approveExpenseReport', submitted, 'mutation ($id: ID!) { approveExpenseReport(id: $id) { expenseReport { status } } }', [anonymous, refused, ok, refused, refused, refused, refused, refused]],
  ['Mutation.rejectExpenseReport', submitted, 'mutation ($id: ID!) { rejectExpenseReport(id: $id, reason: "Receipt?") { expenseReport { status } } }', [anonymous, refused, ok, refused, refused, refused, refused, refused]],
  ['Mutation.markExpenseReportPaid', approved, 'mutation ($id: ID!) { markExpenseReportPaid(id: $id) { expenseReport { status } } }', [anonymous, refused, refused, refusedStepUp, ok, refused, refused, refused]],
];

let api: TestApi;
let world: World;

beforeAll(async () => {
  api = await startApi();
  world = await createWorld(api);
});
afterAll(() => api.close());

describe.each(ROWS)('%s', (_field, given, document, expected) => {
  it.each(CALLERS.map((caller, index) => [caller ?? 'nobody', caller, expected[index]] as const))(
    'for %s: %3$s',
    async (_name, caller: SignIn, expectation) => {
      const answer = await api.query(caller, document, await given(world));
      expect(outcome(answer)).toBe(expectation);
      if (answer.status !== 200) expect(answer.body).not.toHaveProperty('data');
    },
  );
});

it('the table has an expectation for each caller in each row', () => {
  for (const [, , , expected] of ROWS) expect(expected).toHaveLength(CALLERS.length);
});

interface World {
  readonly erinId: string;
  draft(): Promise<string>;
  submitted(): Promise<string>;
  approved(): Promise<string>;
}

/** Reports of erin's in each state, made through the API by those who may. */
async function createWorld({ query }: TestApi): Promise<World> {
  const act = async (signIn: string, field: string, id: string) => {
    const answer = await query(signIn, `mutation ($id: ID!) { ${field}(id: $id) { expenseReport { id } } }`, { id });
    expect(answer.body.errors).toBeUndefined();
    return id;
  };
  const draft = async () => (await query('erin', created)).body.data.createExpenseReport.expenseReport.id as string;
  const submitted = async () => act('erin', 'submitExpenseReport', await draft());
  const approved = async () => act('mia', 'approveExpenseReport', await submitted());
  const author = await query('erin', 'query ($id: ID!) { expenseReport(id: $id) { author { id } } }', {
    id: await draft(),
  });
  return { erinId: author.body.data.expenseReport.author.id, draft, submitted, approved };
}
