import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDownstream } from '../../../src/downstream/downstream.js';
import { createGraphGroupLookup } from '../../../src/downstream/graph-groups.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { CONTOSO, FABRIKAM, findPersona } from '../../../src/expenses/sample-data/personas.js';
import { type Answer, startApi, type TestApi } from '../../support/api.js';
import { callerOf } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { insertReport } from '../../support/sample-report.js';
import { openClient, socketUrl, subscribeTo } from '../../support/sockets.js';

const FINANCE = 'aaaaaaaa-0000-4000-8000-000000000001';
const APPROVERS = 'aaaaaaaa-0000-4000-8000-000000000002';
const OTHERS = Array.from({ length: 30 }, (_, nth) => `bbbbbbbb-0000-4000-8000-${String(nth).padStart(12, '0')}`);
const GROUP_ROLES = [
  `${FINANCE}=Expenses.Finance`,
  `${APPROVERS}=Expenses.Approver`,
  ...OTHERS.map((id) => `${id}=Other`),
];
const { clientId: API } = emulatorSettings.api;
const SECRET = 'not-a-secret-of-the-api';
const READ = 'https://graph.microsoft.com/User.Read';
const CARA = { name: 'cara', objectId: 'ca4a0000-0000-4000-8000-000000000001' };

let folder: string;
let graph: Emulator;
let api: TestApi;
let slowly: TestApi;
beforeAll(async () => {
  graph = await startEmulator({
    ...emulatorSettings,
    port: 0,
    api: { ...emulatorSettings.api, groupClaims: true },
    clients: [
      ...emulatorSettings.clients.filter(({ clientId }) => clientId !== API),
      {
        kind: 'confidential',
        clientId: API,
        name: 'Expenses',
        secret: SECRET,
        consents: [READ],
        graphPermissions: ['User.Read.All', 'GroupMember.Read.All'],
      },
    ],
    personas: [
      ...emulatorSettings.personas.map((persona) =>
        persona.name === 'erin' ? { ...persona, groups: [FINANCE, ...manyGroups()] } : persona,
      ),
      { ...findPersona('erin'), ...CARA, tenantId: FABRIKAM, groups: [FINANCE, ...manyGroups()] },
    ],
  });
  folder = await mkdtemp(join(tmpdir(), 'group-lookup-'));
  const [authorities, clientSecretFile] = [join(folder, 'authorities.json'), join(folder, 'secret')];
  await writeFile(clientSecretFile, `${SECRET}\n`);
  const customers = {
    name: 'customers',
    tenantId: FABRIKAM,
    clientId: API,
    instance: graph.instance,
    groupRoles: { [FINANCE]: ['Expenses.Auditor'] },
    downstream: { clientSecretFile, graphUrl: graph.instance },
    groupLookup: 'application',
  };
  await writeFile(authorities, JSON.stringify([customers]));
  const settings = {
    ENTRA_AUTHORITIES: authorities,
    ENTRA_INSTANCE: graph.instance,
    ENTRA_GROUP_ROLES: GROUP_ROLES.join(),
    ENTRA_GROUP_LOOKUP: 'user',
    DOWNSTREAM_CLIENT_SECRET: SECRET,
    DOWNSTREAM_GRAPH_URL: graph.instance,
  };
  [api, slowly] = await Promise.all([startApi(settings), startApi({ ...settings, GRAPHQL_FAST_PATH: 'off' })]);
});
afterAll(() => Promise.all([api.close(), slowly.close(), graph.close(), rm(folder, { recursive: true })]));
beforeEach(() => graph.setFault(undefined));

function manyGroups(): string[] {
  return Array.from({ length: 200 }, (_, nth) => `cccccccc-0000-4000-8000-${String(nth).padStart(12, '0')}`);
}

const questions = () => graph.requests.filter(({ path }) => path.endsWith('/checkMemberGroups')).length;
const codes = ({ body }: Answer) => (body.errors ?? []).map(({ extensions }) => extensions.code);
const tokenOf = async (persona: string) => `Bearer ${await graph.issueAccessToken(persona)}`;

const REPORTS = '{ expenseReports(first: 3) { totalCount } }';
const RISK = '{ me { kind } expenseReports(first: 3, authorId: "RW1wbG95ZWU6eA") { totalCount } }';
const APPROVE = 'mutation { approveExpenseReport(id: "RXhwZW5zZVJlcG9ydDp4") { __typename } }';

describe('a user in more groups than a token holds', () => {
  it('has the roles of its groups in rules, rows and me, and Graph is asked once for each token', async () => {
    const token = await tokenOf('erin');
    const before = questions();
    const first = await api.post(token, { query: '{ serverInfo { name } me { kind } }' });
    expect([first.status, questions() - before]).toEqual([200, 0]);
    const counts = [];
    for (const query of [REPORTS, RISK, '{ me { roles may(coordinates: ["Mutation.approveExpenseReport"]) } }']) {
      const { status, body } = await api.post(token, { query });
      expect([query, status, body.errors]).toEqual([query, 200, undefined]);
      counts.push(body.data);
    }
    expect(counts[2].me).toEqual({ roles: ['Expenses.Finance'], may: [false] });
    // 32 groups are two questions.
    expect(questions() - before).toBe(2);
    const finance = await api.post(await tokenOf('finn'), { query: REPORTS });
    expect(counts[0].expenseReports.totalCount).toBeGreaterThanOrEqual(finance.body.data?.expenseReports.totalCount);
  });

  it('is denied what its groups do not give', async () => {
    const answer = await api.post(await tokenOf('erin'), { query: APPROVE });
    expect([answer.status, codes(answer)]).toEqual([403, ['FORBIDDEN']]);
  });

  it.each([
    ['guards', () => slowly],
    ['the fast path', () => api],
  ])('gets the same answers from %s the first time and again', async (_name, server) => {
    const token = await tokenOf('erin');
    const answers = [];
    for (let time = 0; time < 4; time += 1) answers.push((await server().post(token, { query: RISK })).body);
    expect(new Set(answers.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]?.errors).toBeUndefined();
  });

  it('waits with 503 while Graph is down, also what has no error of its own, and goes on when it is back', async () => {
    const token = await tokenOf('erin');
    graph.setFault({ at: 'graph', kind: 'answer', status: 503 });
    for (const query of [APPROVE, RISK, REPORTS, '{ me { roles } }']) {
      const answer = await api.post(token, { query });
      expect([query, codes(answer)]).toEqual([query, ['SERVICE_UNAVAILABLE']]);
      if (query !== '{ me { roles } }') expect([query, answer.status]).toEqual([query, 503]);
    }
    const rest = await api.post(token, { query: '{ me { kind } }' });
    expect(rest.body).toEqual({ data: { me: { kind: 'DELEGATED' } } });
    graph.setFault(undefined);
    const later = await tokenOf('erin');
    expect((await api.post(later, { query: '{ me { roles } }' })).body.data?.me.roles).toEqual(['Expenses.Finance']);
  });

  it('has the roles that its own authority gives, from the directory of that authority', async () => {
    const before = questions();
    const { body } = await api.post(await tokenOf('cara'), { query: '{ me { authority roles } }' });
    expect(body).toEqual({ data: { me: { authority: 'customers', roles: ['Expenses.Auditor'] } } });
    expect(questions() - before).toBe(1);
    graph.setFault({ at: 'graph', kind: 'answer', status: 403, body: '{}' });
    expect(codes(await api.post(await tokenOf('cara'), { query: '{ me { roles } }' }))).toEqual([
      'SERVICE_UNAVAILABLE',
    ]);
  });

  it('is the same for an API that asks with its own permissions', async () => {
    const credential = { kind: 'secret', secret: SECRET } as const;
    const downstream = createDownstream({
      clientId: API,
      instance: graph.instance,
      graphUrl: graph.instance,
      credential,
    });
    const lookUp = createGraphGroupLookup({ downstream, as: 'application' });
    const caller = callerOf('erin');
    if (caller.kind !== 'delegated') throw new Error('erin is a user');
    expect(await lookUp({ caller, groupIds: [APPROVERS, FINANCE], accessToken: '' })).toEqual([FINANCE]);
    graph.setFault({ at: 'graph', kind: 'answer', body: '{"value":[7]}' });
    await expect(lookUp({ caller, groupIds: [FINANCE], accessToken: '' })).rejects.toThrow(
      'checkMemberGroups with 200',
    );
    graph.setFault({ at: 'graph', kind: 'answer', status: 403, body: '{}' });
    await expect(lookUp({ caller, groupIds: [FINANCE], accessToken: '' })).rejects.toThrow(
      'checkMemberGroups with 403. It needs the application permissions User.Read.All and GroupMember.Read.All',
    );
  });
});

it('a subscription shows changes that only the looked-up groups let its user see', async () => {
  const superuser = await openSuperuser(api.database);
  const [mia, erin] = [findPersona('mia'), findPersona('erin')];
  const team = 'select id from employees where manager_id = $1 and id <> $2 limit 1';
  const authorId: string = (await superuser.query(team, [mia.objectId, erin.objectId])).rows[0].id;
  const report = { tenantId: CONTOSO, authorId, status: 'SUBMITTED' } as const;
  const [first, second] = [await insertReport(superuser, report), await insertReport(superuser, report)];
  await superuser.end();
  const url = await socketUrl(api);
  const approve = async (uuid: string) => {
    const query = `mutation { approveExpenseReport(id: "${formatGlobalId('ExpenseReport', uuid)}") { __typename } }`;
    expect((await api.post(await tokenOf('mia'), { query })).body.errors).toBeUndefined();
  };
  const subscription = 'subscription { expenseReportChanged { id status author { name } } }';
  const client = openClient(url, await graph.issueAccessToken('erin'));
  const events = await subscribeTo(client, api, subscription);
  for (const uuid of [first, second]) {
    const event = events.next();
    await approve(uuid);
    expect((await event).value).toEqual({
      data: {
        expenseReportChanged: {
          id: formatGlobalId('ExpenseReport', uuid),
          status: 'APPROVED',
          author: { name: expect.any(String) },
        },
      },
    });
  }
  await client.dispose();
});

it('neither log nor answers have a token of a user or of another API', async () => {
  graph.setFault({ at: 'graph', kind: 'disconnect' });
  const answer = await api.post(await tokenOf('erin'), { query: REPORTS });
  expect(JSON.stringify([answer.body, ...api.logs])).not.toMatch(/eyJ0eXAi/);
});
