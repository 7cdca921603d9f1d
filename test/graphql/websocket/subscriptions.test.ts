import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { FABRIKAM } from '../../../src/expenses/sample-data/personas.js';
import { outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openSuperuser } from '../../support/database.js';
import {
  openClient,
  refusedWith,
  type SocketClient,
  socketUrl,
  subscribeTo,
  tokenOf,
  until,
} from '../../support/sockets.js';

const CHANGES = 'subscription ($id: ID) { expenseReportChanged(id: $id) { id title status } }';
const ITEM = '{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }';

let api: TestApi;
let url: string;
let superuser: pg.Client;
const clients: SocketClient[] = [];

beforeAll(async () => {
  api = await startApi();
  url = await socketUrl(api);
  superuser = await openSuperuser(api.database);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await superuser.end();
  await api.close();
});

async function connect(signIn: SignIn, claims?: Record<string, unknown>): Promise<SocketClient> {
  const token = claims ? await api.emulator.issueAccessToken(signIn ?? '', { claims }) : await tokenOf(api, signIn);
  const client = openClient(url, token);
  clients.push(client);
  return client;
}

async function mutate(signIn: SignIn, mutation: string, app = api): Promise<string> {
  const { body } = await app.query(signIn, `mutation { done: ${mutation} { expenseReport { id } } }`);
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.done.expenseReport.id;
}

const create = (signIn: SignIn, title = 'Trip') =>
  mutate(signIn, `createExpenseReport(input: { title: "${title}", currency: "EUR", items: [${ITEM}] })`);
const rename = (signIn: SignIn, id: string, title: string) =>
  mutate(signIn, `editExpenseReport(input: { id: "${id}", title: "${title}" })`);

async function listeners(): Promise<number> {
  const { rowCount } = await superuser.query(
    `select from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql expense_report_changed'`,
  );
  return rowCount ?? 0;
}

describe('a subscription that is refused never calls its source', () => {
  // The server opened the connection that listens when it started. A source would open it again.
  beforeAll(async () => {
    await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'entra-graphql expense_report_changed'`,
    );
    await until(async () => (await listeners()) === 0);
  });

  it.each([
    ['an anonymous caller', undefined, undefined, CHANGES, 'UNAUTHENTICATED'],
    ['a token without the scope', 'erin', { scp: 'Other.Read' }, CHANGES, 'FORBIDDEN'],
    ['an application without the permission', 'export-job', { roles: ['Other.Read'] }, CHANGES, 'FORBIDDEN'],
    ['a denied field', 'erin', undefined, 'subscription { expenseReportChanged { riskScore } }', 'FORBIDDEN'],
    [
      'a field that needs a step-up',
      'finn',
      undefined,
      'subscription { expenseReportChanged { author { bankAccount { iban } } } }',
      'INSUFFICIENT_CLAIMS',
    ],
    [
      'variables that do not fit',
      'erin',
      undefined,
      'subscription ($id: ID!) { expenseReportChanged(id: $id) { id } }',
      'BAD_USER_INPUT',
    ],
    [
      'an id of something else',
      'erin',
      undefined,
      'subscription { expenseReportChanged(id: "x") { id } }',
      'BAD_USER_INPUT',
    ],
  ])('%s', async (_name, signIn, claims, query, code) => {
    const client = await connect(signIn, claims);
    expect(await refusedWith(client.ask(query))).toEqual([code]);
    expect(await listeners()).toBe(0);
  });

  it('over HTTP it is not an operation at all', async () => {
    expect(outcome(await api.query('erin', CHANGES))).toBe('400 BAD_REQUEST');
    expect(outcome(await api.query(undefined, CHANGES))).toBe('401 UNAUTHENTICATED');
    expect(await listeners()).toBe(0);
  });
});

describe('events', () => {
  it('report erin’s own report to her, and no other', async () => {
    const events = await subscribeTo(await connect('erin'), api, CHANGES);
    await create('mia', 'Not hers');
    const id = await create('erin', 'Hers');
    expect((await events.next()).value).toEqual({
      data: { expenseReportChanged: { id, title: 'Hers', status: 'DRAFT' } },
    });
  });

  it('show a manager the report from the moment at which it is submitted', async () => {
    const events = await subscribeTo(await connect('mia'), api, CHANGES);
    const id = await create('erin');
    await rename('erin', id, 'Still a draft');
    await mutate('erin', `submitExpenseReport(id: "${id}")`);
    expect((await events.next()).value?.data.expenseReportChanged).toMatchObject({ id, status: 'SUBMITTED' });
  });

  it('tell of one report when asked for one', async () => {
    const [id, other] = [await create('erin'), await create('erin')];
    const events = await subscribeTo(await connect('erin'), api, CHANGES, { id });
    await rename('erin', other, 'Other');
    await rename('erin', id, 'This one');
    expect((await events.next()).value?.data.expenseReportChanged).toMatchObject({ id, title: 'This one' });
  });

  it('reach an application with the permission', async () => {
    const events = await subscribeTo(await connect('export-job'), api, CHANGES);
    const id = await create('erin');
    expect((await events.next()).value?.data.expenseReportChanged.id).toBe(id);
  });

  it('never tell of another tenant', async () => {
    const events = await subscribeTo(await connect('ada'), api, CHANGES);
    const { rowCount } = await superuser.query(
      `update expense_reports set title = title where tenant_id = $1 and status = 'DRAFT'`,
      [FABRIKAM],
    );
    expect(rowCount).toBeGreaterThan(50);
    const id = await create('erin');
    expect((await events.next()).value?.data.expenseReportChanged.id).toBe(id);
  });

  it('never tell of a deleted report', async () => {
    const [id, other] = [await create('erin'), await create('erin')];
    const events = await subscribeTo(await connect('ada'), api, CHANGES);
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1];
    await superuser.query('update expense_reports set deleted_at = now() where id = $1', [uuid]);
    await rename('erin', other, 'Not deleted');
    expect((await events.next()).value?.data.expenseReportChanged.id).toBe(other);
  });

  it('each is decided afresh, field by field', async () => {
    const client = await connect('mia', { acrs: ['c1'] });
    const events = await subscribeTo(
      client,
      api,
      'subscription { expenseReportChanged { id author { bankAccount { iban } } } }',
    );
    const [hers, own] = [await create('erin'), await create('mia')];
    await mutate('erin', `submitExpenseReport(id: "${hers}")`);
    const seen = [(await events.next()).value, (await events.next()).value];
    const ofErin = seen.find((event) => event?.data.expenseReportChanged.id === hers);
    const ofMia = seen.find((event) => event?.data.expenseReportChanged.id === own);
    expect(ofErin).toMatchObject({
      data: { expenseReportChanged: { author: { bankAccount: null } } },
      errors: [{ path: ['expenseReportChanged', 'author', 'bankAccount'], extensions: { code: 'FORBIDDEN' } }],
    });
    expect(ofMia?.errors).toBeUndefined();
    expect(ofMia?.data.expenseReportChanged.author.bankAccount.iban).toMatch(/^XX/);
  });

  it('go to several operations of one connection, each with its own selection', async () => {
    const client = await connect('erin');
    const first = await subscribeTo(client, api, 'subscription { a: expenseReportChanged { title } }');
    const second = await subscribeTo(client, api, 'subscription { b: expenseReportChanged { status } }');
    await create('erin', 'Both');
    expect((await first.next()).value).toEqual({ data: { a: { title: 'Both' } } });
    expect((await second.next()).value).toEqual({ data: { b: { status: 'DRAFT' } } });
    await first.return?.();
    await create('erin', 'Second only');
    expect((await second.next()).value).toEqual({ data: { b: { status: 'DRAFT' } } });
    expect(client.closed).toEqual([]);
  });

  it('cross replicas: a change on one server reaches a subscriber of another', async () => {
    const app = await createApp(loadTestConfig(api.environment), {
      logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
    });
    const logs: Record<string, unknown>[] = [];
    const client = openClient(await socketUrl({ app }), await tokenOf(api, 'erin'));
    try {
      const events = await subscribeTo(client, { logs }, CHANGES);
      const id = await create('erin', 'From the other one');
      expect((await events.next()).value?.data.expenseReportChanged).toMatchObject({ id });
    } finally {
      await client.dispose();
      await app.close();
    }
  });
});

describe('when the connection that listens is lost', () => {
  /** Until there was one to cut: PostgreSQL shows a connection a moment after it serves. */
  const cut = async () => {
    let cuts = 0;
    while (cuts === 0) {
      const { rowCount } = await superuser.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'entra-graphql expense_report_changed'`,
      );
      cuts = rowCount ?? 0;
    }
  };

  it('subscribers are sent away with 1013, for a change may have been missed', async () => {
    const client = await connect('erin');
    const events = await subscribeTo(client, api, CHANGES);
    // The iterator of graphql-ws never settles when the end comes before it is asked.
    const ended = expect(events.next()).rejects.toMatchObject({ code: 1013 });
    await cut();
    await ended;
  });

  it('a client that comes back, as those of graphql-ws do by themselves, gets events again', async () => {
    const client = openClient(url, await tokenOf(api, 'erin'), { retryAttempts: 3, retryWait: async () => undefined });
    clients.push(client);
    const events = await subscribeTo(client, api, CHANGES);
    const before = api.logs.length;
    await cut();
    await until(() => api.logs.slice(before).some(({ msg }) => msg === 'subscription opened'));
    const id = await create('erin', 'After the cut');
    expect((await events.next()).value?.data.expenseReportChanged).toMatchObject({ id });
    expect(await listeners()).toBe(1);
  });

  it('one connection serves all subscriptions', async () => {
    const client = await connect('erin');
    for (let count = 0; count < 5; count += 1) await subscribeTo(client, api, CHANGES);
    expect(await listeners()).toBe(1);
  });
});
