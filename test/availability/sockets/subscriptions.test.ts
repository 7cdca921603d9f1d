import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { CONTOSO, personas } from '../../../src/expenses/sample-data/personas.js';
import { type SignIn, startApi, type TestApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';
import {
  openClient,
  refusedWith,
  type SocketAnswer,
  type SocketClient,
  socketUrl,
  tokenOf,
  until,
} from '../../support/sockets.js';

const CHANGES = `subscription {
  expenseReportChanged { id title author { name manager { name } } items { description } }
}`;
const ITEM = '{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }';

/** It counts with 2 600 to 2 900 bytes while it is open. */
const LONG = `subscription { expenseReportChanged { id } } # ${'x'.repeat(1_000)}`;
const PERSONAS = personas.map(({ name }) => name);
/** Those that may read every report. */
const READS_ALL = ['ada', 'export-job'] as const;

let api: TestApi;
let url: string;
let superuser: pg.Client;
const clients: SocketClient[] = [];

beforeAll(async () => {
  api = await startApi();
  url = await socketUrl(api);
  superuser = await openSuperuser(api.database);
  // Reports change here without a step from one state to the next.
  await superuser.query('alter table expense_reports disable trigger check_step');
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await superuser.end();
  await api.close();
});

/** Opens subscriptions, 20 to a socket, and returns what each is sent. */
async function subscribe(count: number, signIn: SignIn, claims: Record<string, unknown> = {}, query = CHANGES) {
  const [persona = '', authContext] = (signIn ?? '').split('+');
  const token = await api.emulator.issueAccessToken(persona, { claims, ...(authContext && { authContext }) });
  const opened = () => api.logs.filter(({ msg }) => msg === 'subscription opened').length;
  const before = opened();
  const seen: SocketAnswer[][] = [];
  for (let index = 0; index < count; index += 1) {
    if (index % 20 === 0) clients.push(openClient(url, token));
    const answers: SocketAnswer[] = [];
    seen.push(answers);
    clients.at(-1)?.subscribe(
      { query },
      {
        next: (answer) => answers.push(answer as SocketAnswer),
        error: (errors) => answers.push({ errors: [errors].flat() as never }),
        complete: () => undefined,
      },
    );
  }
  await until(() => opened() === before + count);
  return seen;
}

/** Counts the statements that this server sends to the database, without those of the test. */
function countStatements() {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  const texts = () =>
    query.mock.calls
      .filter((_call, index) => query.mock.contexts[index] !== superuser)
      .map(([given]) => String(Object(given).text ?? given));
  return {
    /** Reads of the sample's tables. The server asks other things in its own time, such as whether a connection lives. */
    reads: () => texts().filter((text) => /^select .* from ("|\(select array_agg\(place\))/.test(text)).length,
    /** Statements that read the changed report for all callers who wait. */
    ofChanges: () =>
      texts().filter((text) => text.includes('from expense_reports_with_authors_for_each_caller(')).length,
    of: (table: string) => texts().filter((text) => text.includes(`from "${table}"`)).length,
  };
}

async function change(title: string, author = 'Erin Engel'): Promise<string> {
  const { rows } = await superuser.query(
    `update expense_reports set title = $1 where id = (
       select report.id from expense_reports as report join employees on employees.id = author_id
       where employees.name = $2 and deleted_at is null and status = 'SUBMITTED' order by report.id limit 1)
     returning id`,
    [title, author],
  );
  return rows[0].id;
}

async function mutate(): Promise<void> {
  const create = `createExpenseReport(input: { title: "T", currency: "EUR", items: [${ITEM}] }) { expenseReport { id } }`;
  const { body } = await api.query('erin', `mutation { ${create} }`);
  expect(body.errors).toBeUndefined();
}

describe('one change for many subscriptions', () => {
  it('is read once for all subscriptions of a caller, and so is everything below it', async () => {
    const seen = await subscribe(200, 'erin');
    const statements = countStatements();
    await change('Read once');
    await until(() => seen.every(({ length }) => length === 1));
    expect(new Set(seen.map(([answer]) => JSON.stringify(answer))).size).toBe(1);
    expect(seen[0]?.[0]?.data?.expenseReportChanged).toMatchObject({
      title: 'Read once',
      author: { name: 'Erin Engel' },
    });
    expect([statements.ofChanges(), statements.of('expense_items')]).toEqual([1, 1]);
    // The author's manager. The author comes with the report.
    expect(statements.of('employees')).toBe(1);
    expect(statements.reads()).toBe(3);
  });

  it('costs the same reads when the subscriptions double, and double again', async () => {
    const sums: number[] = [];
    for (const count of [1, 1, 2, 4]) {
      const seen = await subscribe(count, 'ada');
      const statements = countStatements();
      await change(`Growth ${sums.length}`);
      await until(() => seen.every(({ length }) => length === 1));
      sums.push(statements.reads());
      vi.restoreAllMocks();
    }
    expect(sums).toEqual(Array(4).fill(3));
  });

  it('is read again when it changes again', async () => {
    const seen = await subscribe(20, 'erin');
    await change('First');
    await until(() => seen.every((answers) => answers.length === 1));
    await change('Second');
    await until(() => seen.every((answers) => answers.length === 2));
    const titles = seen.map((answers) => answers.map(({ data }) => data.expenseReportChanged.title));
    expect(titles).toEqual(Array(20).fill(['First', 'Second']));
  });

  it('is read in one statement for all callers, under the rights of each', async () => {
    const [erin, ada, gus, job] = [
      await subscribe(3, 'erin'),
      await subscribe(3, 'ada'),
      await subscribe(3, 'gus'),
      await subscribe(3, 'export-job'),
    ];
    const statements = countStatements();
    const other = await change('Not hers', 'Mia Moreau');
    // Two changes at once may share a statement, or not.
    await until(() => [...ada, ...job].every(({ length }) => length === 1));
    const own = await change('Hers');
    await until(() => [...ada, ...job].every(({ length }) => length === 2));
    await until(() => erin.every(({ length }) => length === 1));
    const idsOf = (answers: SocketAnswer[] = []) =>
      answers.map(({ data }) => Buffer.from(data.expenseReportChanged.id, 'base64url').toString().split(':')[1]);
    expect(ada.map(idsOf)).toEqual(Array(3).fill([other, own]));
    expect(erin.map(idsOf)).toEqual(Array(3).fill([own]));
    expect(gus.flat()).toEqual([]);
    // Two changes.
    expect([statements.ofChanges(), statements.of('expense_reports')]).toEqual([2, 0]);
  });

  it('is read for each set of roles of one caller', async () => {
    const manager = await subscribe(2, 'mia');
    const without = await subscribe(2, 'mia', { roles: [] });
    const statements = countStatements();
    await change('Of an employee');
    await until(() => manager.every(({ length }) => length === 1));
    await change('Of her own', 'Mia Moreau');
    await until(() => [...manager, ...without].every((answers) => answers.length >= 1));
    await until(() => manager.every(({ length }) => length === 2));
    const titlesOf = (answers: SocketAnswer[]) => answers.map(({ data }) => data.expenseReportChanged.title);
    expect(without.map(titlesOf)).toEqual(Array(2).fill(['Of her own']));
    expect(manager.map(titlesOf)).toEqual(Array(2).fill(['Of an employee', 'Of her own']));
    expect([statements.ofChanges(), statements.of('expense_reports')]).toEqual([2, 0]);
  });

  it('shares rows and not decisions: a field that one token may use stays closed to another of the caller', async () => {
    const query = 'subscription { expenseReportChanged { title author { name bankAccount { iban } } } }';
    const [stepped, refused] = [await subscribe(2, 'finn+c1', {}, query), openClient(url, await tokenOf(api, 'finn'))];
    clients.push(refused);
    expect(await refusedWith(refused.ask(query))).toEqual(['INSUFFICIENT_CLAIMS']);
    await superuser.query(
      `update expense_reports set title = 'Paid' where id = (
         select id from expense_reports where status = 'PAID' and tenant_id = $1 and deleted_at is null limit 1)`,
      [CONTOSO],
    );
    await until(() => stepped.every(({ length }) => length === 1));
    expect(stepped.flat().map(({ data }) => data.expenseReportChanged.author.bankAccount.iban)).toEqual([
      expect.stringMatching(/^XX/),
      expect.stringMatching(/^XX/),
    ]);
  });

  it('takes its share of the pool and leaves requests the others, however long the reads take', async () => {
    const query = 'subscription { expenseReportChanged { author { bankAccount { iban } } } }';
    const claims = { roles: ['Expenses.Auditor', 'Expenses.Finance'], acrs: ['c1'] };
    const seen: SocketAnswer[][] = [];
    const locker = await openSuperuser(api.database);
    // The transaction of the lock would count only the connections that were there at its first look.
    const waiting = async () => {
      const { rows } = await superuser.query(
        `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows[0].count;
    };
    try {
      await locker.query('begin; lock table bank_accounts in access exclusive mode');
      // Reads that come together share a transaction, and a subscription reads one event after the other. So those who have
      // subscribed since the last change take one more connection at least.
      for (let number = 1; number <= defaultLimits.eventConnections + 1; number += 1) {
        for (let caller = 0; caller < 5; caller += 1) {
          seen.push(...(await subscribe(1, 'ada', { ...claims, oid: randomUUID() }, query)));
        }
        await change(`Read by ${number} groups`);
        await until(async () => (await waiting()) >= Math.min(number, defaultLimits.eventConnections));
      }
      for (let count = 0; count < 3; count += 1) await mutate();
      expect(await waiting()).toBe(defaultLimits.eventConnections);
      expect(seen.flat()).toEqual([]);
    } finally {
      await locker.end();
    }
    await until(() => seen.every(({ length }) => length >= 1));
    expect(seen.map(([answer]) => answer?.errors)).toEqual(seen.map(() => undefined));
  });
});

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s, what waits for subscribers and is kept of them', (compiled) => {
  let small: TestApi;
  let changer: pg.Client;
  beforeAll(async () => {
    const limits = { subscriptionEvents: 5, callerSubscriptionBytes: 5_000, subscriptionBytes: 8_000 };
    small = await startApi({ GRAPHQL_COMPILED: compiled }, { limits });
    changer = await openSuperuser(small.database);
    await changer.query('alter table expense_reports disable trigger check_step');
  });
  afterAll(async () => {
    await changer.end();
    await small.close();
  });

  async function connect(signIn: SignIn) {
    const client = openClient(await socketUrl(small), await tokenOf(small, signIn));
    clients.push(client);
    return client;
  }
  const opened = () => small.logs.filter(({ msg }) => msg === 'subscription opened').length;

  /** Subscribes. `refusals` are the extensions of its errors. */
  async function watch(client: SocketClient, query = 'subscription { expenseReportChanged { id } }') {
    const answers: SocketAnswer[] = [];
    const refusals: Record<string, unknown>[] = [];
    const before = opened();
    const end = client.subscribe(
      { query },
      {
        next: (answer) => answers.push(answer as SocketAnswer),
        error: (errors) => refusals.push(...[errors].flat().map((error) => Object(error).extensions ?? error)),
        complete: () => undefined,
      },
    );
    await until(() => refusals.length > 0 || opened() > before);
    return { client, answers, refusals, end };
  }

  async function watchAsEach() {
    const seen: Awaited<ReturnType<typeof watch>>[] = [];
    for (const persona of PERSONAS) seen.push(await watch(await connect(persona)));
    return seen;
  }

  /** Subscribes. What others kept is given back in the server's own time. */
  async function watchLong(client: SocketClient) {
    let watched = await watch(client, LONG);
    await until(async () => {
      if (watched.refusals.length > 0) watched = await watch(client, LONG);
      return watched.refusals.length === 0;
    });
    return watched;
  }

  /** Changes reports in one transaction, so that the server hears of all of them before it can read the first. */
  const changeAtOnce = (count: number) =>
    changer.query(
      `update expense_reports set title = 'At once' where id in (
         select id from expense_reports where tenant_id = $1 and deleted_at is null order by id limit $2)`,
      [CONTOSO, count],
    );

  // Subscriptions come over WebSocket alone, and this one is closed to anonymous callers.
  it('each persona is sent all it may see, while no more changes wait than may', async () => {
    const seen = await watchAsEach();
    await changeAtOnce(5);
    await until(() => READS_ALL.every((persona) => seen[PERSONAS.indexOf(persona)]?.answers.length === 5));
    expect(seen.flatMap(({ refusals }) => refusals)).toEqual([]);
  });

  it('beyond it each persona gets an error that says so, and its client goes on', async () => {
    const seen = await watchAsEach();
    await changeAtOnce(6);
    await until(() => seen.every(({ refusals }) => refusals.length === 1));
    for (const { client, answers, refusals } of seen) {
      const limit = { name: 'subscriptionEvents', maximum: 5 };
      expect(refusals).toEqual([{ code: 'SUBSCRIPTION_OVERFLOW', limit }]);
      expect(answers).toEqual([]);
      expect((await client.ask('{ serverInfo { name } }')).errors).toBeUndefined();
    }
  });

  it('what is kept is bounded for each persona, and is given back when one ends', async () => {
    for (const persona of PERSONAS) {
      const client = await connect(persona);
      const first = await watchLong(client);
      expect((await watch(client, LONG)).refusals).toMatchObject([
        { code: 'RATE_LIMITED', limit: { name: 'callerSubscriptionBytes', maximum: 5_000 } },
      ]);
      first.end();
      await watchLong(client);
      await client.dispose();
    }
  });

  it('what is kept is bounded for all verified callers together', async () => {
    await watchLong(await connect('mia'));
    await watchLong(await connect('finn'));
    expect((await watch(await connect('ada'), LONG)).refusals).toMatchObject([
      { code: 'RATE_LIMITED', limit: { name: 'subscriptionBytes', maximum: 8_000 } },
    ]);
  });
});
