import { randomUUID } from 'node:crypto';
import { graphql } from 'graphql';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller, DelegatedCaller } from '../../src/authentication/caller.js';
import { defaultLimits, LIMITS } from '../../src/config/limits.js';
import { startCleanUp } from '../../src/database/clean-up.js';
import { createConnections } from '../../src/database/connections/connections.js';
import { createCallerDatabase } from '../../src/database/transactions/caller-database.js';
import { createExpensesContext } from '../../src/expenses/context.js';
import { formatGlobalId } from '../../src/expenses/global-id.js';
import type { ExpensesTables } from '../../src/expenses/tables.js';
import { atFabrikam, callerOf } from '../support/callers.js';
import { until } from '../support/command.js';
import { openSuperuser } from '../support/database.js';
import { codesOf, NOW, openExpenses, type TestExpenses } from '../support/expenses.js';
import { openRelay } from '../support/network/relay.js';
import { insertReport } from '../support/sample-report.js';

let expenses: TestExpenses;
let superuser: pg.Client;
/** A transaction of `superuser` would see only the connections that were there at its first look. */
let watcher: pg.Client;

beforeAll(async () => {
  expenses = await openExpenses();
  superuser = await openSuperuser(expenses.database);
  watcher = await openSuperuser(expenses.database);
});
afterAll(async () => {
  await superuser.end();
  await watcher.end();
  await expenses.close();
});

const erin = callerOf('erin');
const finn = callerOf('finn') as DelegatedCaller;

const CREATE = `mutation ($input: CreateExpenseReportInput!) {
  createExpenseReport(input: $input) { expenseReport { id title } }
}`;
const PAY = `mutation ($id: ID!, $key: String) {
  markExpenseReportPaid(id: $id, idempotencyKey: $key) { expenseReport { id status paidAt } }
}`;

const ticket = { description: 'Ticket', category: 'TRAVEL', spentOn: '2026-03-01', minorUnits: 4_200 };
/** An input whose report is found by its title, which is the key unless another one is given. */
const inputOf = (key: string, more: object = {}) => ({
  title: key,
  currency: 'EUR',
  items: [ticket],
  idempotencyKey: key,
  ...more,
});

const create = (input: object, caller: Caller = erin) => expenses.run(caller, CREATE, { input });
async function createdId(input: object, caller: Caller = erin): Promise<string> {
  return (await expenses.ask(caller, CREATE, { input })).createExpenseReport.expenseReport.id;
}

async function countOf(title: string): Promise<number> {
  const { rows } = await superuser.query('select count(*)::int as count from expense_reports where title = $1', [
    title,
  ]);
  return rows[0].count;
}

async function approvedReport(): Promise<string> {
  const { tenantId, objectId: authorId } = erin;
  return formatGlobalId('ExpenseReport', await insertReport(superuser, { tenantId, authorId, status: 'APPROVED' }));
}

/** Resolves when a transaction waits for another one. */
const untilOneWaits = (count = 1) =>
  until(
    async () => {
      const { rows } = await watcher.query(
        "select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows[0].count >= count;
    },
    () => 'no transaction waits for another one',
  );

describe('a mutation with an idempotencyKey', () => {
  it('is done once, and each repetition gets the same report', async () => {
    const key = randomUUID();
    const first = await createdId(inputOf(key));
    expect(await createdId(inputOf(key))).toBe(first);
    expect(await createdId(inputOf(key))).toBe(first);
    expect(await countOf(key)).toBe(1);
  });

  it('shows the report as it is now, not as it was then', async () => {
    const key = randomUUID();
    await create(inputOf(key));
    await superuser.query('update expense_reports set title = $2 where title = $1', [key, `${key} edited`]);
    const { data } = await create(inputOf(key));
    expect(data).toMatchObject({ createExpenseReport: { expenseReport: { title: `${key} edited` } } });
  });

  it('pays once and says so twice', async () => {
    const variables = { id: await approvedReport(), key: randomUUID() };
    const first = await expenses.ask(finn, PAY, variables);
    expect(first.markExpenseReportPaid.expenseReport.status).toBe('PAID');
    expect(await expenses.ask(finn, PAY, variables)).toEqual(first);
    expect(codesOf(await expenses.run(finn, PAY, { id: variables.id }))).toEqual(['INVALID_TRANSITION']);
  });

  it.each([
    ['another title', { title: 'Other' }],
    ['another currency', { currency: 'USD' }],
    ['no items', { items: [] }],
    ['two items', { items: [ticket, ticket] }],
    ['another amount', { items: [{ ...ticket, minorUnits: 1 }] }],
  ])('is refused with another input: %s', async (_what, more) => {
    const key = randomUUID();
    await create(inputOf(key));
    expect(codesOf(await create(inputOf(key, more)))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(await countOf(key)).toBe(1);
    expect(await countOf('Other')).toBe(0);
  });

  it('is the same whatever the order in which the input names its members', async () => {
    const key = randomUUID();
    const first = await createdId(inputOf(key));
    const { minorUnits, ...rest } = ticket;
    const { title, ...others } = inputOf(key, { items: { minorUnits, ...rest } });
    expect(await createdId({ ...others, title })).toBe(first);
  });

  it('is refused when another mutation had the key', async () => {
    const key = randomUUID();
    const id = await approvedReport();
    await expenses.ask(finn, PAY, { id, key });
    expect(codesOf(await create(inputOf(key), finn))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(codesOf(await expenses.run(finn, PAY, { id: await approvedReport(), key }))).toEqual([
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  it('does not meet the keys of other callers', async () => {
    const key = randomUUID();
    const ids = await Promise.all([createdId(inputOf(key)), createdId(inputOf(key), callerOf('mia'))]);
    expect(new Set(ids).size).toBe(2);
  });

  it('is done each time without a key', async () => {
    const title = randomUUID();
    await create({ ...inputOf(title), idempotencyKey: null });
    await create(inputOf(title, { idempotencyKey: undefined }));
    expect(await countOf(title)).toBe(2);
  });

  it('may be repeated after an error, which keeps no key', async () => {
    const key = randomUUID();
    expect(codesOf(await create(inputOf(key, { currency: 'XXX' })))).toEqual(['BAD_USER_INPUT']);
    await createdId(inputOf(key));
    expect(await countOf(key)).toBe(1);
  });

  it('does not show a report that the caller may not see any more', async () => {
    const variables = { id: await approvedReport(), key: randomUUID() };
    await expenses.ask(finn, PAY, variables);
    const withoutRole = { ...finn, roles: new Set<string>() };
    const { data, errors } = await expenses.run(withoutRole, PAY, variables);
    expect(data).toEqual({ markExpenseReportPaid: null });
    expect(errors?.[0]?.message).toMatch(/was made, and you may not see its result/);
  });

  it('belongs to a caller of one tenant', async () => {
    const key = randomUUID();
    await create(inputOf(key));
    // No employee of the other tenant, so a stored key would have been found before this refusal.
    const { errors } = await create(inputOf(key), atFabrikam(erin));
    expect(errors?.[0]?.message).toMatch(/Only employees/);
  });

  const longest = 'k'.repeat(LIMITS.idempotencyKeyLength.default);
  it.each([
    ['a short one', 'k', []],
    ['the longest', longest, []],
    ['a longer one', `${longest}k`, ['BAD_USER_INPUT']],
    ['an empty one', '', ['BAD_USER_INPUT']],
    ['a space', 'a key', ['BAD_USER_INPUT']],
    ['a zero', 'a\u0000', ['BAD_USER_INPUT']],
    ['another script', 'ключ', ['BAD_USER_INPUT']],
    ['a line end behind it', 'key\n', ['BAD_USER_INPUT']],
  ])('has a key of visible characters: %s', async (_what, idempotencyKey, codes) => {
    expect(codesOf(await create(inputOf('Bounds', { idempotencyKey })))).toEqual(codes);
  });
});

describe('two at once', () => {
  it('are one change', async () => {
    const key = randomUUID();
    const ids = await Promise.all(Array.from({ length: 5 }, () => createdId(inputOf(key))));
    expect(new Set(ids).size).toBe(1);
    expect(await countOf(key)).toBe(1);
  });

  it('wait for each other, and the second makes the change when the first fails', async () => {
    const key = randomUUID();
    await superuser.query('begin; lock table expense_items in exclusive mode');
    const context = expenses.context(erin);
    const left = graphql({
      schema: expenses.schema,
      source: CREATE,
      variableValues: { input: inputOf(key) },
      contextValue: context,
    });
    await untilOneWaits(1);
    const second = createdId(inputOf(key));
    await untilOneWaits(2);
    // The client of the first one leaves.
    context.abandon();
    expect(codesOf(await left)).toEqual(['SERVICE_UNAVAILABLE']);
    await superuser.query('commit');
    expect(await second).toBe(await createdId(inputOf(key)));
    expect(await countOf(key)).toBe(1);
    await context.dispose();
  });
});

it('a change whose COMMIT had no answer is not made again', async () => {
  const key = randomUUID();
  const relay = await openRelay(expenses.database.runtimeUrl);
  const connections = createConnections({ url: relay.url });
  const database = createCallerDatabase<ExpensesTables>(connections, erin);
  const contextValue = createExpensesContext({
    caller: erin,
    database,
    subscribeToReports: () => Promise.reject(new TypeError('No notifications here')),
    now: () => NOW,
  });
  relay.swallowAnswerTo('commit\0');
  const lost = await graphql({
    schema: expenses.schema,
    source: CREATE,
    variableValues: { input: inputOf(key) },
    contextValue,
  });
  expect(codesOf(lost)).toEqual(['COMMIT_UNCERTAIN']);
  await relay.close();
  await contextValue.dispose();
  await connections.close();
  await createdId(inputOf(key));
  expect(await countOf(key)).toBe(1);
});

describe('the table of keys', () => {
  const asErin = <Row>(text: string) =>
    createCallerDatabase<ExpensesTables>(expenses.connections, erin).write(
      async ({ kysely }) => (await sql<Row>`${sql.raw(text)}`.execute(kysely)).rows,
    );

  it('shows each caller the own keys only', async () => {
    await create(inputOf(randomUUID()), callerOf('mia'));
    const rows = await asErin<{ object_id: string }>('select distinct object_id from idempotency_keys');
    expect(rows.map(({ object_id }) => object_id)).toEqual([erin.objectId]);
  });

  it('keeps a result as it was stored, and a young key', async () => {
    const key = randomUUID();
    await create(inputOf(key));
    await asErin('update idempotency_keys set result_id = gen_random_uuid()');
    await asErin('delete from idempotency_keys');
    await create(inputOf(key));
    expect(await countOf(key)).toBe(1);
  });

  it('loses keys that are a day old, of whatever caller', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    await Promise.all([create(inputOf(old)), create(inputOf(young))]);
    const age = (key: string, than: string) =>
      superuser.query('update idempotency_keys set created_at = now() - $2::interval where key = $1', [key, than]);
    await age(old, '24:00:01');
    await age(young, '23:59:00');
    const cleanUp = startCleanUp(expenses.connections, ['idempotency_keys']);
    await cleanUp.run();
    cleanUp.stop();
    const { rows } = await superuser.query('select key from idempotency_keys where key = any($1)', [[old, young]]);
    expect(rows).toEqual([{ key: young }]);
    await create(inputOf(old));
    expect(await countOf(old)).toBe(2);
  });

  it('loses many of them in batches, each a statement of its own', async () => {
    await superuser.query(
      `insert into idempotency_keys (tenant_id, object_id, key, field, input_hash, result_id, created_at)
        select $1, $2, 'old ' || n, 'pay', sha256(''), gen_random_uuid(), now() - interval '2 days'
        from generate_series(1, $3) as n`,
      [erin.tenantId, erin.objectId, 2.5 * defaultLimits.cleanUpBatch],
    );
    expenses.takeStatements();
    const cleanUp = startCleanUp(expenses.connections, ['idempotency_keys']);
    await cleanUp.run();
    cleanUp.stop();
    const deletions = expenses.takeStatements().filter((text) => text.includes('delete from'));
    expect(deletions).toHaveLength(3);
    const { rows } = await superuser.query("select count(*)::int as left from idempotency_keys where key like 'old %'");
    expect(rows).toEqual([{ left: 0 }]);
  });

  it('stops between two batches when the server closes', async () => {
    await superuser.query(
      `insert into idempotency_keys (tenant_id, object_id, key, field, input_hash, result_id, created_at)
        select $1, $2, 'late ' || n, 'pay', sha256(''), gen_random_uuid(), now() - interval '2 days'
        from generate_series(1, $3) as n`,
      [erin.tenantId, erin.objectId, defaultLimits.cleanUpBatch + 1],
    );
    const cleanUp = startCleanUp(expenses.connections, ['idempotency_keys']);
    const running = cleanUp.run();
    cleanUp.stop();
    await running;
    const { rows } = await superuser.query(
      "select count(*)::int as left from idempotency_keys where key like 'late %'",
    );
    expect(rows).toEqual([{ left: 1 }]);
  });
});
