import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startApi, type TestApi } from '../../support/api.js';

const FINANCE = 'aaaaaaaa-0000-4000-8000-000000000001';
const APPROVERS = 'aaaaaaaa-0000-4000-8000-000000000002';
const OTHERS = 'aaaaaaaa-0000-4000-8000-000000000003';
const GROUP_ROLES = `${FINANCE}=Expenses.Finance,${APPROVERS}=Expenses.Approver`;

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ ENTRA_GROUP_ROLES: GROUP_ROLES });
});
afterAll(() => api.close());

/** Asks as erin, who has no role, with more claims in her token. */
async function ask(claims: Record<string, unknown>, query: string): Promise<Answer> {
  const token = await api.emulator.issueAccessToken('erin', { claims });
  return api.post(`Bearer ${token}`, { query });
}

const REPORTS_OF_SOMEONE = '{ expenseReports(first: 5, authorId: "RW1wbG95ZWU6eA") { totalCount } }';
const PAID = '{ expenseReports(first: 50) { edges { node { status } } } }';
const APPROVE = 'mutation { approveExpenseReport(id: "RXhwZW5zZVJlcG9ydDp4") { __typename } }';

describe('a group of the token', () => {
  it('gives a role to rules, rows of the database and me', async () => {
    const roles = await ask({ groups: [FINANCE, OTHERS] }, '{ me { roles } }');
    expect(roles.body.data?.me.roles).toEqual(['Expenses.Finance']);
    const own = await ask({ groups: [OTHERS] }, PAID);
    const all = await ask({ groups: [FINANCE] }, PAID);
    expect(all.body.data?.expenseReports.edges.length).toBeGreaterThan(own.body.data?.expenseReports.edges.length);
  });

  it('that gives no role opens nothing', async () => {
    const { status, body } = await ask({ groups: [OTHERS] }, REPORTS_OF_SOMEONE);
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
  });
});

describe('a token that leaves its groups out', () => {
  const overage = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'http://127.0.0.1:9/' } } };
  const codes = ({ body }: Answer) => (body.errors ?? []).map(({ extensions }) => extensions.code);

  it.each([
    ['a mutation', APPROVE],
    ['a protected argument', REPORTS_OF_SOMEONE],
    ['a query of rows alone', PAID],
  ])('lets %s wait with 503 and Retry-After', async (_name, query) => {
    const answer = await ask(overage, query);
    expect([answer.status, codes(answer)]).toEqual([503, ['SERVICE_UNAVAILABLE']]);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('answers what does not depend on groups, and says which fields do', async () => {
    const answer = await ask(overage, '{ serverInfo { name } me { kind access { coordinate decision } } }');
    expect([answer.status, codes(answer)]).toEqual([200, []]);
    const decisions = new Map<string, string>(
      answer.body.data?.me.access.map((one: Record<string, string>) => [one.coordinate, one.decision]),
    );
    expect(decisions.get('Mutation.approveExpenseReport')).toBe('UNKNOWN');
    expect(decisions.get('ExpenseReport.auditTrail')).toBe('DENIED');
    expect(decisions.get('Query.expenseReports')).toBe('ALLOWED');
  });

  it('is denied what no group can give', async () => {
    const answer = await ask(overage, '{ expenseReports(first: 1, filter: { includeDeleted: true }) { totalCount } }');
    expect([answer.status, codes(answer)]).toEqual([403, ['FORBIDDEN']]);
  });

  it('is not counted or logged as denied while it is not known', async () => {
    const { length } = api.logs;
    await ask(overage, APPROVE);
    const later = api.logs.slice(length).map((line) => JSON.stringify(line));
    expect(later.filter((line) => line.includes('approveExpenseReport'))).toEqual([]);
  });
});
