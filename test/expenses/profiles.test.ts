import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import type { Fault } from '../../src/emulator/fault.js';
import { GRAPH_API } from '../../src/emulator/graph/graph-api.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { type Answer, startApi, type TestApi } from '../support/api.js';
import { until } from '../support/command.js';
import { loadTestConfig } from '../support/config.js';

const { clientId: API } = emulatorSettings.api;
const READ_ALL = 'https://graph.microsoft.com/User.Read.All';
const ALL = '{ employees(first: 100) { totalCount nodes { name profile { jobTitle officeLocation } } } }';
const ONE = '{ me { kind } employees(first: 1) { nodes { name profile { jobTitle } } } }';

/** Microsoft Graph with Conditional Access, for the same API. */
let strict: Emulator;
let api: TestApi;
beforeAll(async () => {
  strict = await startEmulator({ ...emulatorSettings, port: 0, downstreamApis: [{ ...GRAPH_API, authContext: 'c1' }] });
  api = await startApi();
});
afterAll(() => Promise.all([api.close(), strict.close()]));
afterEach(() => {
  api.emulator.setFault(undefined);
  api.emulator.setConsents(API, [READ_ALL]);
});

let nextClient = 0;
/** A token through a client of its own, so that no token for Graph is remembered for it. */
const freshToken = async (persona: string, emulator = api.emulator) => {
  nextClient += 1;
  const clientId = `c11e0700-0000-4000-8000-${String(nextClient).padStart(12, '0')}`;
  return `Bearer ${await emulator.issueAccessToken(persona, { clientId })}`;
};
const ask = async (persona: string, query: string) => api.post(await freshToken(persona), { query });
const requests = (end: string) => api.emulator.requests.filter(({ path }) => path.endsWith(end)).length;
const failures = ({ body }: Answer) => (body.errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions]);

/** The answer of a field that failed: everything else is there. */
function expectAllButProfile(answer: Answer): void {
  expect(answer.status).toBe(200);
  expect(answer.body.data.me).toEqual({ kind: expect.any(String) });
  expect(answer.body.data.employees.nodes).toEqual([{ name: expect.any(String), profile: null }]);
}

describe('the profile of an employee', () => {
  it('comes from Microsoft Graph for the user, with one token and a request for twenty employees', async () => {
    const before = [requests('/token'), requests('/$batch')];
    const { body } = await ask('mia', ALL);
    expect(body.errors).toBeUndefined();
    const { nodes, totalCount } = body.data.employees;
    const profiles = new Map(nodes.map(({ name, profile }: { name: string; profile: unknown }) => [name, profile]));
    expect(profiles.get('Mia Moreau')).toEqual({ jobTitle: 'Head of sales', officeLocation: 'Oslo 3.01' });
    expect(profiles.get('Ada Adeyemi')).toEqual({ jobTitle: 'Internal auditor', officeLocation: null });
    expect(profiles.get('Dora Dahl')).toMatchObject({ jobTitle: 'Director' });
    // Her account is deleted.
    expect(profiles.get('Frida Falk')).toBeNull();
    expect([requests('/token'), requests('/$batch')]).toEqual([
      (before[0] ?? 0) + 1,
      (before[1] ?? 0) + Math.ceil(totalCount / 20),
    ]);
  });

  it('is asked for once where an employee occurs twice', async () => {
    const before = requests('/$batch');
    const two = 'nodes { profile { jobTitle } manager { manager { profile { jobTitle } } } }';
    const { body } = await ask('mia', `{ a: employees(first: 9) { ${two} } b: employees(first: 9) { ${two} } }`);
    expect(body.errors).toBeUndefined();
    expect(requests('/$batch') - before).toBeLessThanOrEqual(2);
  });

  it('is denied without its scope', async () => {
    const before = requests('/$batch');
    const answer = await ask('erin', ONE);
    expectAllButProfile(answer);
    expect(failures(answer)).toEqual([['employees.nodes.0.profile', expect.objectContaining({ code: 'FORBIDDEN' })]]);
    expect(requests('/$batch')).toBe(before);
  });

  it('is had by an application with the permissions of this API, whatever users have consented to', async () => {
    api.emulator.setConsents(API, []);
    const { body } = await ask('export-job', ONE);
    expect(body.errors).toBeUndefined();
    expect(body.data.employees.nodes[0].profile.jobTitle).toEqual(expect.any(String));
  });

  it('is in the answer to an event, asked for the subscriber', async () => {
    const { body } = await ask(
      'mia',
      'mutation { createExpenseReport(input: { title: "Desk", currency: "EUR", items: [] }) { expenseReport { author { profile { jobTitle } } } } }',
    );
    expect(body).toEqual({
      data: { createExpenseReport: { expenseReport: { author: { profile: { jobTitle: 'Head of sales' } } } } },
    });
  });
});

describe('a profile that cannot be had is the error of its field', () => {
  const unavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 };
  const path = 'employees.nodes.0.profile';

  it('without consent', async () => {
    api.emulator.setConsents(API, []);
    const answer = await ask('mia', ONE);
    expectAllButProfile(answer);
    expect(failures(answer)).toEqual([[path, { code: 'CONSENT_REQUIRED', scopes: [READ_ALL] }]]);
  });

  it('after consent was withdrawn, for the next sign-in', async () => {
    expect((await ask('mia', ONE)).body.errors).toBeUndefined();
    api.emulator.setConsents(API, []);
    expect(failures(await ask('mia', ONE))).toEqual([[path, { code: 'CONSENT_REQUIRED', scopes: [READ_ALL] }]]);
  });

  it('with the challenge of Conditional Access', async () => {
    const { ENTRA_INSTANCE: _instance, ...environment } = api.environment;
    const settings = { ...environment, ENTRA_INSTANCE: strict.instance, DOWNSTREAM_GRAPH_URL: strict.instance };
    const app = await createApp(loadTestConfig(settings));
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: await freshToken('mia', strict) },
      payload: { query: ONE },
    });
    await app.close();
    const answer = { status: response.statusCode, headers: {}, body: response.json() };
    expectAllButProfile(answer);
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } });
    const challenge = { code: 'INSUFFICIENT_CLAIMS', claims: Buffer.from(claims).toString('base64') };
    expect(failures(answer)).toEqual([[path, challenge]]);
  });

  const encoded = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"7"}}}').toString('base64');
  const challenged = `Bearer realm="", error="insufficient_claims", claims="${encoded}"`;
  const refusedByEntra = (error: string, number: number): Fault => {
    const body = JSON.stringify({ error, error_codes: [number], error_description: 'mia@example.com' });
    return { at: 'token', kind: 'answer', status: 400, body };
  };
  const inBatch = (status: number, body: unknown = {}, headers?: object) =>
    JSON.stringify({
      responses: [
        { id: '0', status, body, headers },
        { id: 'another', status: 200 },
      ],
    });
  it.each<[string, Fault, object]>([
    ['Entra is down', { at: 'token', kind: 'answer', status: 503 }, unavailable],
    ['Graph is down', { at: 'graph', kind: 'answer', status: 503 }, unavailable],
    ['Graph breaks the connection', { at: 'graph', kind: 'disconnect' }, unavailable],
    [
      'Graph answers with a page',
      { at: 'graph', kind: 'answer', body: '<html>', contentType: 'text/html' },
      unavailable,
    ],
    ['Graph throttles a user', { at: 'graph', kind: 'answer', body: inBatch(429) }, unavailable],
    ['Graph fails for a user', { at: 'graph', kind: 'answer', body: inBatch(500) }, unavailable],
    ['Graph refuses', { at: 'graph', kind: 'answer', status: 403, body: '{}' }, { code: 'FORBIDDEN' }],
    ['Graph refuses a user', { at: 'graph', kind: 'answer', body: inBatch(403) }, { code: 'FORBIDDEN' }],
    ['Graph refuses the token', { at: 'graph', kind: 'answer', status: 401, body: '{}' }, { code: 'UNAUTHENTICATED' }],
    [
      'Graph has a claims challenge',
      { at: 'graph', kind: 'answer', status: 401, body: '{}', headers: { 'www-authenticate': challenged } },
      { code: 'INSUFFICIENT_CLAIMS', claims: encoded },
    ],
    [
      'Graph has a claims challenge for a user',
      { at: 'graph', kind: 'answer', body: inBatch(401, {}, { 'WWW-Authenticate': challenged }) },
      { code: 'INSUFFICIENT_CLAIMS', claims: encoded },
    ],
    [
      'Graph has a challenge that is not JSON',
      { at: 'graph', kind: 'answer', status: 401, body: '{}', headers: { 'www-authenticate': 'Bearer claims="AAAA"' } },
      { code: 'UNAUTHENTICATED' },
    ],
    ['Entra asks for a new sign-in', refusedByEntra('interaction_required', 50079), { code: 'UNAUTHENTICATED' }],
    ['the user is not assigned', refusedByEntra('unauthorized_client', 50105), { code: 'FORBIDDEN' }],
    [
      'Graph leaves a user out',
      { at: 'graph', kind: 'answer', body: '{"responses":[]}' },
      { code: 'INTERNAL_SERVER_ERROR' },
    ],
    ['Graph answers in another form', { at: 'graph', kind: 'answer', body: '{}' }, { code: 'INTERNAL_SERVER_ERROR' }],
    [
      'Graph gives a number for a title',
      { at: 'graph', kind: 'answer', body: inBatch(200, { jobTitle: 7 }) },
      { code: 'INTERNAL_SERVER_ERROR' },
    ],
  ])('when %s', async (_what, fault, extensions) => {
    api.emulator.setFault(fault);
    const answer = await ask('mia', ONE);
    expectAllButProfile(answer);
    expect(failures(answer)).toEqual([[path, extensions]]);
  });

  it('when Graph denies it to the application, and the log names the permission', async () => {
    const lines: Record<string, unknown>[] = [];
    const app = await createApp(loadTestConfig(api.environment), {
      logger: { level: 'warn', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
    });
    const post = async (persona: string) =>
      app.inject({
        method: 'POST',
        url: '/graphql',
        headers: { authorization: await freshToken(persona) },
        payload: { query: ONE },
      });
    api.emulator.setFault({ at: 'graph', kind: 'answer', body: inBatch(403) });
    await post('mia');
    const denials = () => lines.filter(({ msg }) => msg === 'another API denies access to this API itself');
    expect(denials()).toEqual([]);
    expect((await post('export-job')).json().errors[0].extensions).toEqual({ code: 'FORBIDDEN' });
    expect(denials()).toEqual([expect.objectContaining({ permissions: 'User.Read.All' })]);
    await app.close();
  });

  it('when Graph refuses the token for one of a batch, and the next time another token is asked for', async () => {
    const authorization = await freshToken('mia');
    const before = requests('/token');
    api.emulator.setFault({ at: 'graph', kind: 'answer', body: inBatch(401), times: 1 });
    expect(failures(await api.post(authorization, { query: ONE }))).toEqual([[path, { code: 'UNAUTHENTICATED' }]]);
    expect((await api.post(authorization, { query: ONE })).body.errors).toBeUndefined();
    expect(requests('/token') - before).toBe(2);
  });

  it('on a server without a credential, whose log says what to set', async () => {
    const { DOWNSTREAM_CLIENT_SECRET: _secret, ...environment } = api.environment;
    const lines: string[] = [];
    const app = await createApp(loadTestConfig(environment), {
      logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } },
    });
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: await freshToken('mia') },
      payload: { query: ONE },
    });
    await app.close();
    const answer = { status: response.statusCode, headers: {}, body: response.json() };
    expectAllButProfile(answer);
    expect(failures(answer)).toEqual([[path, { code: 'INTERNAL_SERVER_ERROR' }]]);
    expect(lines.join('')).toContain('Employee.profile needs Microsoft Graph: set a credential (DOWNSTREAM_)');
  });
});

it('a request that waits for Graph holds no connection to the database', async () => {
  const settings = { ...api.environment, DATABASE_POOL_SIZE: '1' };
  const app = await createApp(loadTestConfig(settings));
  const post = async (persona: string, query: string) =>
    app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: await freshToken(persona) },
      payload: { query },
    });
  const before = requests('/token');
  api.emulator.setFault({ at: 'graph', kind: 'delay', delayMs: 60_000 });
  const waiting = post('mia', '{ employees(first: 1) { nodes { profile { jobTitle } } } }');
  await until(
    () => requests('/token') > before,
    () => 'no token for Graph is asked for',
  );
  const meanwhile = await post('ada', '{ employees(first: 1) { totalCount } }');
  expect(meanwhile.json()).toEqual({ data: { employees: { totalCount: expect.any(Number) } } });
  await app.close();
  expect((await waiting).json().errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
});

it('no token, claim or profile is in the log', async () => {
  api.emulator.setFault({ at: 'graph', kind: 'disconnect' });
  await ask('mia', ONE);
  api.emulator.setFault(undefined);
  await ask('mia', ALL);
  const log = JSON.stringify(api.logs);
  expect(log).toContain('another API is unavailable');
  expect(log).not.toMatch(/eyJ0eXAi|Head of sales|Oslo 3|Mia Moreau|not-a-secret/);
});
