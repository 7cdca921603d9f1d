import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { askAgain } from '../../support/execution/ask-again.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ AUTHORIZATION_MODE: 'report' });
});
afterAll(() => api.close());

const REPORTS = '{ expenseReports(first: 1) { nodes { title riskScore } } }';

describe('AUTHORIZATION_MODE=report', () => {
  it('is loud at start', () => {
    expect(api.logs).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('NO FIELD IS DENIED') }),
    );
  });

  it('denies a verified caller nothing, and says in the answer what would have been denied', async () => {
    const { status, body } = await api.query('erin', REPORTS);
    expect([status, body.errors]).toEqual([200, undefined]);
    expect(body.data.expenseReports.nodes[0].riskScore).toBeTypeOf('number');
    expect(body).toMatchObject({
      extensions: { authorization: { mode: 'report', denied: { 'ExpenseReport.riskScore': 'role Expenses.Auditor' } } },
    });
  });

  it('logs it with the caller, and no value of the answer', async () => {
    await api.query('erin', REPORTS);
    const { objectId, clientId, tenantId } = (await api.query('erin', '{ me { objectId clientId tenantId } }')).body
      .data.me;
    expect(api.logs).toContainEqual(
      expect.objectContaining({
        msg: 'fields would have been denied',
        oid: objectId,
        client: clientId,
        tid: tenantId,
        denied: { 'ExpenseReport.riskScore': 'role Expenses.Auditor' },
      }),
    );
  });

  it('says nothing of an operation in which nothing would have been denied', async () => {
    expect((await api.query('ada', REPORTS)).body).not.toHaveProperty('extensions');
  });

  it('keeps closed to anonymous callers what is not public', async () => {
    const before = api.logs.length;
    const answer = await api.query(undefined, REPORTS);
    expect(outcome(answer)).toBe('401 UNAUTHENTICATED');
    expect(answer.body).not.toHaveProperty('extensions');
    expect(api.logs.slice(before)).toContainEqual(expect.objectContaining({ msg: 'fields denied', kind: 'anonymous' }));
  });

  it('still refuses a bad token', async () => {
    expect((await api.post('Bearer bad', { query: '{ serverInfo { name } }' })).status).toBe(401);
  });
});

it.each(['off', 'on'])('says the same of a query however often it is asked, GRAPHQL_COMPILED=%s', async (compiled) => {
  const reporting = await startApi({ AUTHORIZATION_MODE: 'report', GRAPHQL_COMPILED: compiled });
  for (const signIn of ['erin', 'ada', undefined]) {
    const [first, ...others] = await askAgain(reporting, signIn, REPORTS);
    for (const other of others) expect(other).toEqual(first);
    expect(first?.logged).toHaveLength(signIn === 'ada' ? 1 : 2);
  }
  await reporting.close();
});

it('when rules are enforced, one line tells of a refused operation: who, which coordinates, what was missing', async () => {
  const enforcing = await startApi();
  await enforcing.query('erin', 'mutation { approveExpenseReport(id: "any") { expenseReport { id } } }');
  expect(enforcing.logs).toContainEqual(
    expect.objectContaining({
      msg: 'fields denied',
      kind: 'delegated',
      oid: expect.any(String),
      client: expect.any(String),
      tid: expect.any(String),
      denied: { 'Mutation.approveExpenseReport': 'role Expenses.Approver' },
      count: 1,
    }),
  );
  await enforcing.close();
});
