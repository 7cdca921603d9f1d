import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import { API, OPTIONS, post, send, startTestEmulator, TENANT } from './emulator-fixture.js';

const GRAPH = 'https://graph.microsoft.com';
const WRITER = '0d0d0d0d-0000-4000-8000-000000000001';
const READER = '0d0d0d0d-0000-4000-8000-000000000002';
const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';
const SECRET = 'not a secret: api';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startTestEmulator({
    clients: [
      ...OPTIONS.clients,
      { kind: 'confidential', clientId: API, name: 'API', secret: SECRET, graphPermissions: ['User.Read.All'] },
    ],
    personas: OPTIONS.personas.map((persona) =>
      persona.name === 'writer' ? { ...persona, groups: [GROUP], jobTitle: 'Author', officeLocation: 'Graz' } : persona,
    ),
  });
});
afterAll(() => emulator.close());

/** A token of Graph with these scopes of the user, or for the API itself. */
async function tokenWith(scopes: readonly string[] | 'application'): Promise<string> {
  const client = { client_id: API, client_secret: SECRET };
  const address = `${emulator.instance}/${TENANT}/oauth2/v2.0/token`;
  if (scopes === 'application') {
    const { body } = await post(address, { ...client, grant_type: 'client_credentials', scope: `${GRAPH}/.default` });
    return body.access_token;
  }
  emulator.setConsents(
    API,
    scopes.map((scope) => `${GRAPH}/${scope}`),
  );
  const { body } = await post(address, {
    ...client,
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    requested_token_use: 'on_behalf_of',
    assertion: await emulator.issueAccessToken('writer'),
    scope: `${GRAPH}/.default`,
  });
  return body.access_token;
}

function ask(token: string | undefined, path: string, body?: unknown) {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  return send(`${emulator.instance}/v1.0${path}`, init);
}

describe("the emulator's Graph", () => {
  it('shows the user its own profile, and others only with the permission', async () => {
    const own = await tokenWith(['User.Read']);
    expect((await ask(own, '/me?$select=id,jobTitle')).body).toMatchObject({ id: WRITER, jobTitle: 'Author' });
    expect((await ask(own, `/users/${READER}`)).status).toBe(403);
    const all = await tokenWith(['User.Read', 'User.Read.All']);
    expect((await ask(all, `/users/${READER}`)).body).toMatchObject({ id: READER, jobTitle: null });
    expect((await ask(all, `/users/${GROUP}`)).body.error.code).toBe('Request_ResourceNotFound');
    const application = await tokenWith('application');
    expect((await ask(application, `/users/${WRITER}`)).body.officeLocation).toBe('Graz');
    expect((await ask(application, '/me')).status).toBe(400);
  });

  it('tells the groups that a user is in, and refuses too many names', async () => {
    const own = await tokenWith(['User.Read']);
    const groups = (count: number) => ({ groupIds: Array.from({ length: count }, () => GROUP.toUpperCase()) });
    expect((await ask(own, '/me/checkMemberGroups', { groupIds: [GROUP, WRITER] })).body.value).toEqual([GROUP]);
    expect((await ask(own, '/me/checkMemberGroups', groups(20))).body.value).toHaveLength(20);
    expect((await ask(own, '/me/checkMemberGroups', groups(21))).status).toBe(400);
    expect((await ask(own, `/users/${WRITER}/checkMemberGroups`, groups(1))).status).toBe(403);
    const basic = await tokenWith(['User.ReadBasic.All', 'GroupMember.Read.All']);
    expect((await ask(basic, `/users/${WRITER}/checkMemberGroups`, groups(1))).status).toBe(200);
    const application = await tokenWith('application');
    expect((await ask(application, `/users/${WRITER}/checkMemberGroups`, groups(1))).status).toBe(403);
  });

  it('answers a batch, each request by itself', async () => {
    const own = await tokenWith(['User.Read']);
    const requests = [
      { id: '1', method: 'GET', url: '/me?$select=officeLocation' },
      { id: '2', method: 'GET', url: `/users/${READER}` },
      { id: '3', method: 'POST', url: '/me/checkMemberGroups', body: { groupIds: [GROUP] } },
    ];
    const { body } = await ask(own, '/$batch', { requests });
    expect(body.responses.map(({ id, status }: { id: string; status: number }) => [id, status])).toEqual([
      ['1', 200],
      ['2', 403],
      ['3', 200],
    ]);
    expect(body.responses[0].body).toMatchObject({ officeLocation: 'Graz' });
    const many = Array.from({ length: 21 }, (_, nth) => ({ id: String(nth), method: 'GET', url: '/me' }));
    expect((await ask(own, '/$batch', { requests: many })).status).toBe(400);
  });

  it('takes no token but its own', async () => {
    const own = await tokenWith(['User.Read']);
    const tokens = [undefined, 'nothing', await emulator.issueAccessToken('writer'), `${own.slice(0, -8)}AAAAAAAA`];
    const statuses = [];
    for (const token of tokens) statuses.push((await ask(token, '/me')).status);
    expect(statuses).toEqual([401, 401, 401, 401]);
    expect((await ask(own, '/groups')).status).toBe(400);
  });

  it('gets consents by the control address too', async () => {
    const { status } = await send(`${emulator.instance}/emulator/consents`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-emulator': 'test' },
      body: JSON.stringify({ clientId: API, consents: [] }),
    });
    expect(status).toBe(204);
  });
});
