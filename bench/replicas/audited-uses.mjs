import { randomUUID } from 'node:crypto';
import { formatGlobalId } from '../../dist/expenses/global-id.js';

const PERSONA = 'finn';
const READ = 'query Accounts { employees(first: 3) { nodes { bankAccount { iban } } } }';
const PAY = `mutation Pay($id: ID!, $key: String!) {
  markExpenseReportPaid(id: $id, idempotencyKey: $key) { expenseReport { id status } }
}`;
const APPROVED = `select id from expense_reports where status = 'APPROVED' and deleted_at is null and tenant_id = $1 order by id`;
const ENTRIES = `select token_id, coordinate, outcome, row_ids from access_entries where token_id = any($1)`;
const PAID = `select status, (select count(*)::int from idempotency_keys where key = $2 and result_id = $1) as keys
  from expense_reports where id = $1`;

/**
 * Requests for audited fields and payments of approved reports. Each request has a token of its own, by which its entry in the access
 * record is found in the end.
 *
 * @param {{ emulator: object, database: object }} cluster
 */
export function createAuditedUses({ emulator, database }) {
  const uses = [];
  const payments = [];
  const use = async (request, expected) => {
    const tokenId = randomUUID();
    const one = { tokenId, ...expected, isAnswered: false };
    uses.push(one);
    const token = await emulator.issueAccessToken(PERSONA, { authContext: 'c1', claims: { uti: tokenId } });
    return { request: { ...request, token }, answered: (isAnswered) => Object.assign(one, { isAnswered }) };
  };
  return {
    read: () =>
      use({ name: 'audited read', query: READ, isRight: hasAccounts }, { coordinate: 'Employee.bankAccount' }),
    /** @returns ids of approved reports that are not paid yet */
    async approved() {
      const claims = JSON.parse(
        Buffer.from((await emulator.issueAccessToken(PERSONA)).split('.')[1], 'base64url').toString(),
      );
      return (await database.query(APPROVED, [claims.tid])).map(({ id }) => id);
    },
    /** Begins the payment of a report. The function that it returns makes each attempt, with the same key. */
    payment(reportId) {
      const key = randomUUID();
      payments.push({ reportId, key });
      const id = formatGlobalId('ExpenseReport', reportId);
      const isRight = ({ body }) => body.data?.markExpenseReportPaid?.expenseReport?.status === 'PAID';
      const request = { name: 'payment', query: PAY, variables: { id, key }, isRight };
      return () => use(request, { coordinate: 'Mutation.markExpenseReportPaid', rowId: reportId });
    },
    /** Compares requests and payments with what the database has. */
    async check() {
      const entries = await database.query(ENTRIES, [uses.map(({ tokenId }) => tokenId)]);
      const paid = await Promise.all(
        payments.map(({ reportId, key }) => database.query(PAID, [reportId, key]).then(([row]) => row)),
      );
      return {
        audited: uses.length,
        payments: payments.length,
        wrong: uses.flatMap((one) => faultOf(one, entries)),
        lost: paid.filter(({ status, keys }) => status !== 'PAID' || keys === 0).length,
        doubled: paid.filter(({ keys }) => keys > 1).length,
      };
    },
  };
}

const hasAccounts = ({ body }) => {
  const nodes = body.data?.employees?.nodes ?? [];
  return nodes.length === 3 && nodes.every(({ bankAccount }) => typeof bankAccount?.iban === 'string');
};

/** A request that was answered has one entry. One that failed may have ended before or after its entry was stored. */
function faultOf({ tokenId, coordinate, rowId, isAnswered }, entries) {
  const own = entries.filter(({ token_id }) => token_id === tokenId);
  const isGranted = (entry) =>
    entry.outcome === 'GRANTED' && (rowId === undefined ? entry.row_ids.length === 3 : entry.row_ids.join() === rowId);
  const isRight = own.every(
    (entry) => entry.coordinate === coordinate && (isGranted(entry) || (!isAnswered && entry.outcome === 'FAILED')),
  );
  const isCounted = own.length === 1 || (!isAnswered && own.length === 0);
  return isRight && isCounted ? [] : [`${coordinate}: access entries ${JSON.stringify(own).slice(0, 200)}`];
}
