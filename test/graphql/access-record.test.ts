import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../src/expenses/global-id.js';
import { findPersona } from '../../src/expenses/sample-data/personas.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/command.js';
import { openSuperuser } from '../support/database.js';
import { TIMES_AGAIN } from '../support/execution/ask-again.js';
import { insertReport } from '../support/sample-report.js';
import { openClient, socketUrl, subscribeTo, tokenOf } from '../support/sockets.js';

const erin = findPersona('erin');
const finn = findPersona('finn');
const erinId = formatGlobalId('Employee', erin.objectId);
const ACCOUNT = `query Account { employee(id: "${erinId}") { bankAccount { iban } } }`;
const ACCOUNTS = 'query Accounts { employees(first: 50) { nodes { bankAccount { iban } } } }';

let api: TestApi;
let superuser: pg.Client;
beforeAll(async () => {
  api = await startApi();
  superuser = await openSuperuser(api.database);
});
afterAll(async () => {
  await superuser.end();
  await api.close();
});
let from: string;
beforeEach(async () => {
  from = (await superuser.query('select coalesce(max(id), 0) as id from access_entries')).rows[0].id;
});
afterEach(() => superuser.query('grant insert on access_entries to entra_graphql_runtime'));

const entries = async (after = from) =>
  (await superuser.query('select * from access_entries where id > $1 order by id', [after])).rows;
const untilThereAre = async (count: number, after = from) => {
  await until(
    async () => (await entries(after)).length >= count,
    () => 'the access record has too few entries',
  );
  return entries(after);
};
const refuseEntries = () => superuser.query('revoke insert on access_entries from entra_graphql_runtime');
const approved = async () => {
  const { tenantId, objectId: authorId } = erin;
  return insertReport(superuser, { tenantId, authorId, status: 'APPROVED' });
};
/** Says that a report of Erin has changed, as the trigger does. */
const notify = (uuid: string) =>
  superuser.query("select pg_notify('expense_report_changed', $1)", [`${erin.tenantId}:${uuid}`]);
const pay = (uuid: string, more = '') =>
  `mutation Pay { markExpenseReportPaid(id: "${formatGlobalId('ExpenseReport', uuid)}") { expenseReport { status ${more} } } }`;

describe('a read of an audited field', () => {
  it('is recorded with caller, client, token, object and reason before the answer', async () => {
    const { body } = await api.query('finn+c1', ACCOUNT);
    expect(body.errors).toBeUndefined();
    expect(await entries()).toMatchObject([
      {
        tenant_id: finn.tenantId,
        object_id: finn.objectId,
        kind: 'user',
        client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        token_id: expect.stringMatching(/./),
        operation: 'Account',
        coordinate: 'Employee.bankAccount',
        reason: 'Bank details are personal data.',
        outcome: 'GRANTED',
        row_ids: [erin.objectId],
      },
    ]);
  });

  it('has one entry for all objects of a list', async () => {
    const { body } = await api.query('finn+c1', ACCOUNTS);
    const shown = body.data.employees.nodes.filter(({ bankAccount }: { bankAccount: unknown }) => bankAccount);
    const [entry, ...others] = await entries();
    expect(others).toEqual([]);
    expect(entry.row_ids.length).toBeGreaterThanOrEqual(shown.length);
    expect(shown.length).toBeGreaterThan(1);
  });

  it('is recorded on every way of running a query', async () => {
    const token = `Bearer ${await api.emulator.issueAccessToken('finn', { authContext: 'c1' })}`;
    for (let time = 0; time < TIMES_AGAIN; time += 1) await api.post(token, { query: ACCOUNT });
    expect((await entries()).map(({ outcome }) => outcome)).toEqual(Array(TIMES_AGAIN).fill('GRANTED'));
  });

  it('is recorded over WebSocket', async () => {
    const client = openClient(await socketUrl(api), await api.emulator.issueAccessToken('finn', { authContext: 'c1' }));
    await client.ask(ACCOUNT);
    await client.dispose();
    expect(await entries()).toMatchObject([{ outcome: 'GRANTED', row_ids: [erin.objectId] }]);
  });

  it('is recorded for each event of a subscription', async () => {
    const uuid = await approved();
    const client = openClient(await socketUrl(api), await tokenOf(api, 'finn+c1'));
    const events = await subscribeTo(
      client,
      api,
      `subscription Watch { expenseReportChanged(id: "${formatGlobalId('ExpenseReport', uuid)}") {
        status author { bankAccount { iban } } } }`,
    );
    for (let event = 0; event < 2; event += 1) {
      await notify(uuid);
      const { value } = await events.next();
      expect(value?.data?.expenseReportChanged).toMatchObject({
        author: { bankAccount: { iban: expect.any(String) } },
      });
    }
    await client.dispose();
    const used = {
      operation: 'Watch',
      coordinate: 'Employee.bankAccount',
      outcome: 'GRANTED',
      row_ids: [erin.objectId],
    };
    expect(await entries()).toMatchObject([used, used]);
  });

  it('is withheld from an event while it cannot be recorded', async () => {
    const uuid = await approved();
    const client = openClient(await socketUrl(api), await tokenOf(api, 'finn+c1'));
    const events = await subscribeTo(
      client,
      api,
      `subscription { expenseReportChanged(id: "${formatGlobalId('ExpenseReport', uuid)}") { author { bankAccount { iban } } } }`,
    );
    await refuseEntries();
    await notify(uuid);
    const { value } = await events.next();
    expect(value).toMatchObject({ data: { expenseReportChanged: { author: { bankAccount: null } } } });
    expect(value?.errors).toHaveLength(1);
    await client.dispose();
  });

  it('is recorded when the token alone denies it', async () => {
    await api.query('erin', ACCOUNT);
    expect(await untilThereAre(1)).toMatchObject([{ object_id: erin.objectId, outcome: 'DENIED', row_ids: [] }]);
  });

  it('shows nothing while it cannot be recorded', async () => {
    await refuseEntries();
    const { body } = await api.query('finn+c1', ACCOUNT);
    expect(body.data).toEqual({ employee: { bankAccount: null } });
    expect(body.errors?.[0]?.path).toEqual(['employee', 'bankAccount']);
    expect(JSON.stringify(body)).not.toMatch(/DE\d\d/);
  });
});

describe('a change by an audited field', () => {
  it('is recorded with its object', async () => {
    const uuid = await approved();
    await api.query('finn+c1', pay(uuid));
    expect(await entries()).toMatchObject([
      { object_id: finn.objectId, coordinate: 'Mutation.markExpenseReportPaid', outcome: 'GRANTED', row_ids: [uuid] },
    ]);
  });

  it('is not stored while it cannot be recorded', async () => {
    const uuid = await approved();
    await refuseEntries();
    const { body } = await api.query('finn+c1', pay(uuid));
    expect(body.errors).toHaveLength(1);
    expect((await superuser.query('select status from expense_reports where id = $1', [uuid])).rows).toEqual([
      { status: 'APPROVED' },
    ]);
  });

  it('is recorded when it fails or is denied, and then changes nothing', async () => {
    const uuid = await approved();
    await api.query('erin', pay(uuid));
    expect(await untilThereAre(1)).toMatchObject([{ object_id: erin.objectId, outcome: 'DENIED' }]);
    await api.query('finn+c1', pay('00000000-0000-4000-8000-000000000000'));
    expect(await untilThereAre(2)).toMatchObject([{}, { object_id: finn.objectId, outcome: 'FAILED' }]);
  });
});

describe('the record', () => {
  it('is read by auditors, by object and by caller', async () => {
    await api.query('finn+c1', ACCOUNT);
    const query =
      'query ($of: ID, $by: ID) { accessEntries(of: $of, by: $by, last: 1) { coordinate by objects outcome kind tokenId } }';
    const ask = async (variables: object) => (await api.query('ada', query, { ...variables })).body.data.accessEntries;
    const entry = {
      coordinate: 'Employee.bankAccount',
      by: finn.objectId,
      objects: [erin.objectId],
      outcome: 'GRANTED',
      kind: 'USER',
      tokenId: expect.any(String),
    };
    expect(await ask({ of: erinId })).toEqual([entry]);
    expect(await ask({ by: finn.objectId })).toEqual([entry]);
    expect(await ask({ of: erinId, by: finn.objectId })).toEqual([entry]);
    expect(await ask({ of: erinId, by: erin.objectId })).toEqual([]);
    expect(await ask({ by: '00000000-0000-4000-8000-000000000000' })).toEqual([]);
  });

  it.each([
    ['as a whole', {}],
    ['for an object', { of: erinId }],
  ])('is read in parts, %s', async (_what, { of }: { of?: string }) => {
    for (const _time of [1, 2, 3, 4]) await api.query('finn+c1', ACCOUNT);
    const read = async (before?: string) =>
      (
        await api.query(
          'ada',
          'query ($of: ID, $before: ID) { accessEntries(of: $of, last: 2, before: $before) { id } }',
          { of, before },
        )
      ).body.data.accessEntries.map(({ id }: { id: string }) => id);
    const newest = await read();
    const older = await read(newest[0]);
    expect(new Set([...newest, ...older]).size).toBe(4);
    expect(Number(older[1])).toBeLessThan(Number(newest[0]));
  });

  it.each([
    ['an id of something else', { of: 'nonsense' }],
    ['no object id', { by: 'erin' }],
    ['no id of an entry', { before: '-1' }],
  ])('refuses %s', async (_what, variables) => {
    const query = 'query ($of: ID, $by: ID, $before: ID) { accessEntries(of: $of, by: $by, before: $before) { id } }';
    expect((await api.query('ada', query, variables)).body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('is closed to others', async () => {
    expect((await api.query('erin', '{ accessEntries { id } }')).body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it.each([
    "update access_entries set outcome = 'DENIED'",
    'delete from access_entries',
    'truncate access_entries cascade',
    "update access_entry_rows set row_id = ''",
    'delete from access_entry_rows',
    'truncate access_entry_rows',
  ])('cannot be changed, even by a superuser: %s', async (statement) => {
    await api.query('finn+c1', ACCOUNT);
    await expect(superuser.query(statement)).rejects.toThrow(/cannot be changed/);
  });

  it('knows the objects of entries from before there was a table for them', async () => {
    await api.query('finn+c1', ACCOUNT);
    const [entry] = await entries();
    const file = new URL('../../src/database/migrations/0008-access-entry-rows.sql', import.meta.url);
    const read = 'select row_id from access_entry_rows where entry_id = $1';
    await superuser.query('begin');
    try {
      await superuser.query('drop function note_access_entry_rows cascade');
      await superuser.query('drop table access_entry_rows');
      await superuser.query('drop function keep_access_entry_rows');
      await superuser.query('create index access_entries_by_row on access_entries using gin (row_ids)');
      await superuser.query(`set local role ${new URL(api.database.ownerUrl).username}`);
      await superuser.query(await readFile(file, 'utf8'));
      await superuser.query('reset role');
      expect((await superuser.query(read, [entry.id])).rows).toEqual([{ row_id: erin.objectId }]);
    } finally {
      await superuser.query('rollback');
    }
  });

  it('loses entries older than a year when its owner deletes, in batches', async () => {
    await superuser.query(
      `insert into access_entries (at, tenant_id, object_id, kind, client_id, coordinate, reason, outcome, row_ids)
       select now() - interval '366 days', $1, $2, 'user', $2, 'Old.field', 'R', 'GRANTED', '{old}' from generate_series(1, 3)`,
      [erin.tenantId, erin.objectId],
    );
    const owner = await openSuperuser({ superuserUrl: api.database.ownerUrl });
    const batch = 'delete from access_entries where ctid = any(array(select ctid from access_entries limit 2))';
    const counts = [await owner.query(batch), await owner.query(batch), await owner.query(batch)];
    expect(counts.map(({ rowCount }) => rowCount)).toEqual([2, 1, 0]);
    await owner.end();
    expect((await entries('0')).filter(({ coordinate }) => coordinate === 'Old.field')).toEqual([]);
    expect((await superuser.query("select from access_entry_rows where row_id = 'old'")).rowCount).toBe(0);
  });
});

it('with ACCESS_RECORD_READS=buffered a read does not wait for its entry, which is stored later', async () => {
  const buffered = await startApi({ ACCESS_RECORD_READS: 'buffered' });
  const its = await openSuperuser(buffered.database);
  await its.query('revoke insert on access_entries from entra_graphql_runtime');
  const { body } = await buffered.query('finn+c1', ACCOUNT);
  expect(body.data.employee.bankAccount.iban).toMatch(/./);
  await until(
    () => buffered.logs.some(({ msg }) => msg === 'the database is unavailable'),
    () => 'the failed entry is not in the log',
  );
  await its.query('grant insert on access_entries to entra_graphql_runtime');
  await until(
    async () => (await its.query('select from access_entries')).rowCount === 1,
    () => 'the entry was not tried again',
  );
  await its.end();
  await buffered.close();
});
