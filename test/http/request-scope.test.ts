import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defaultLimits } from '../../src/config/limits.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';
import { openClient, socketUrl } from '../support/sockets.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DENIED = 'query Risks { expenseReports(first: 1) { nodes { id riskScore } } }';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function idFor(headers: Record<string, string>): Promise<unknown> {
  return (await api.app.inject({ url: '/nothing', headers })).headers['x-request-id'];
}

/** Asks with an id of the test's own, and returns the lines of the log that carry it. */
async function linesOf(requestId: string, query: string, signIn = 'erin') {
  const token = await api.emulator.issueAccessToken(signIn);
  await api.post(`Bearer ${token}`, { query }, { 'x-request-id': requestId });
  return api.logs.filter(({ reqId }) => reqId === requestId);
}

describe('the id of a request', () => {
  it('is the one that the client sent', async () => {
    const longest = 'a'.repeat(defaultLimits.requestIdLength);
    expect(await idFor({ 'x-request-id': 'web:42.a_b-c' })).toBe('web:42.a_b-c');
    expect(await idFor({ 'x-request-id': longest })).toBe(longest);
  });

  it('comes back with the answer to a handshake', async () => {
    const socket = new WebSocket(await socketUrl(api), 'graphql-transport-ws', {
      headers: { 'x-request-id': 'web:43' },
    });
    const answered = new Promise<unknown>((resolve) =>
      socket.once('upgrade', ({ headers }) => resolve(headers['x-request-id'])),
    );
    expect(await answered).toBe('web:43');
    socket.terminate();
  });

  it('is else that of the trace', async () => {
    expect(await idFor({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` })).toBe(TRACE);
  });

  it('is else a new one for each request', async () => {
    const [first, second] = [await idFor({}), await idFor({})];
    expect(first).toMatch(UUID);
    expect(second).toMatch(UUID);
    expect(first).not.toBe(second);
  });

  it.each([
    ['empty', { 'x-request-id': '' }],
    ['one character too long', { 'x-request-id': 'a'.repeat(defaultLimits.requestIdLength + 1) }],
    ['with a quote', { 'x-request-id': 'a"b' }],
    ['with a space', { 'x-request-id': 'a b' }],
    ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    ['a trace whose parent is zeros', { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }],
    ['a trace of the version ff', { traceparent: `ff-${TRACE}-00f067aa0ba902b7-01` }],
    ['a trace in upper case', { traceparent: `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01` }],
    ['a trace that goes on', { traceparent: `00-${TRACE}-00f067aa0ba902b7-01-x` }],
  ])('is a new one where what was sent is %s', async (_what, headers) => {
    expect(await idFor(headers)).toMatch(UUID);
  });

  it('is in the answer of GraphQL, refusals included', async () => {
    const token = await api.emulator.issueAccessToken('erin');
    const headers = { 'x-request-id': 'answered' };
    for (const authorization of [`Bearer ${token}`, 'Bearer bad', undefined]) {
      const answer = await api.post(authorization, { query: '{ me { kind } }' }, headers);
      expect(answer.headers['x-request-id']).toBe('answered');
    }
  });
});

describe('every log line of a request', () => {
  it('carries the operation and the ids of the caller, a denial as well as the line of the request', async () => {
    const lines = await linesOf('denied', DENIED);
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['fields denied', 'request']));
    for (const line of lines) {
      expect(line).toMatchObject({
        operation: 'Risks',
        oid: emulatorSettings.personas.find(({ name }) => name === 'erin')?.objectId,
        tid: emulatorSettings.tenants[0].id,
        client: expect.stringMatching(/^[0-9a-f-]{36}$/),
        uti: expect.any(String),
      });
    }
  });

  it.each([
    ['an agent for a user', 'erin', { xms_act_fct: '3 11', xms_par_app_azp: emulatorSettings.api.clientId }],
    ['an agent for itself', 'export-job', { xms_act_fct: '11', xms_sub_fct: '11' }],
    ['no agent', 'erin', { xms_act_fct: '3' }],
  ])('carries the id of %s', async (who, persona, claims) => {
    const token = await api.emulator.issueAccessToken(persona, { claims });
    await api.post(
      `Bearer ${token}`,
      { query: '{ me { kind } }' },
      { 'x-request-id': `agent-${claims.xms_act_fct.replace(' ', '-')}` },
    );
    const lines = api.logs.filter(({ reqId }) => reqId === `agent-${claims.xms_act_fct.replace(' ', '-')}`);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line.agent).toBe(who === 'no agent' ? undefined : line.client);
      if (who !== 'no agent') expect(line.oid).not.toBe(line.agent);
      expect(JSON.stringify(line)).not.toContain('xms_');
    }
  });

  it('carries them when the query is known as well', async () => {
    for (let time = 0; time < 6; time += 1) await linesOf(`known-${time}`, 'query Known { me { kind } }');
    for (let time = 0; time < 6; time += 1) {
      const [line] = api.logs.filter(({ reqId }) => reqId === `known-${time}`);
      expect(line).toMatchObject({ msg: 'request', operation: 'Known', oid: expect.any(String) });
    }
  });

  it('carries the id alone when the token is refused', async () => {
    await api.post('Bearer bad', { query: DENIED }, { 'x-request-id': 'refused' });
    const lines = api.logs.filter(({ reqId }) => reqId === 'refused');
    expect(lines.map(({ msg }) => msg)).toEqual(['access token refused', 'request']);
    for (const line of lines) expect(line).not.toHaveProperty('oid');
  });

  it('carries them over WebSocket, with the id of the handshake', async () => {
    const token = await api.emulator.issueAccessToken('erin');
    class Identified extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: { 'x-request-id': 'socket' } });
      }
    }
    const client = openClient(await socketUrl(api), token, { webSocketImpl: Identified });
    const refused = client.ask('mutation Approve { approveExpenseReport(id: "x") { expenseReport { id } } }');
    await expect(refused).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await client.dispose();
    const denied = api.logs.find(({ reqId, msg }) => reqId === 'socket' && msg === 'fields denied');
    expect(denied).toMatchObject({ operation: 'Approve', oid: expect.any(String), tid: expect.any(String) });
  });
});
