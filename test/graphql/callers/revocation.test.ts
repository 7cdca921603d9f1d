import { PublicClientApplication } from '@azure/msal-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { createRevocationList } from '../../../src/authentication/revocations/revocation-list.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { findPersona } from '../../../src/expenses/sample-data/personas.js';
import type { CreateResource } from '../../../src/graphql/resource.js';
import { createResource } from '../../../src/resource.js';
import { CHALLENGE, signIn, VERIFIER } from '../../emulator/emulator-fixture.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openClient, socketUrl, until } from '../../support/sockets.js';
import { runInTerminal } from '../../support/terminal.js';

let api: TestApi;
let replica: Awaited<ReturnType<typeof createApp>>;

beforeAll(async () => {
  api = await startApi();
  replica = await createApp(loadTestConfig(api.environment));
});
afterAll(async () => {
  await replica.close();
  await api.close();
});

const revoke = (...words: string[]) =>
  runInTerminal(['revoke', ...words], { environment: { DATABASE_MIGRATION_URL: api.database.ownerUrl } });

const ME = { query: '{ me { kind } }' };
const METRICS_TOKEN = 'c2NyYXBlIG1lLCBpZiB5b3UgY2Fu';

async function askReplica(token: string) {
  const { statusCode } = await replica.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${token}` },
    payload: ME,
  });
  return statusCode;
}

const ask = (token: string) => api.post(`Bearer ${token}`, ME);

it('a server that refuses what it does not know answers 503, and the log says why', async () => {
  const lost = createRevocationList();
  const createExpenses: CreateResource = async (options) => ({ ...(await createResource(options)), revocations: lost });
  const logs: Record<string, unknown>[] = [];
  const settings = { ...api.environment, REVOCATIONS_UNKNOWN: 'refused', METRICS_TOKEN };
  const careful = await createApp(loadTestConfig(settings), {
    createResource: createExpenses,
    logger: { level: 'warn', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
  });
  const gauge = async () => {
    const { body } = await careful.inject({ url: '/metrics', headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
    return /^entra_graphql_revocations_known (\d)$/m.exec(body)?.[1];
  };
  try {
    const authorization = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
    const request = { method: 'POST', url: '/graphql', headers: { authorization }, payload: ME } as const;
    const { statusCode, headers } = await careful.inject(request);
    expect({ statusCode, retryAfter: headers['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '5' });
    const readiness = async () => (await careful.inject('/readyz')).json();
    expect(await readiness()).toMatchObject({ status: 'unavailable', checks: { revocations: 'unavailable' } });
    expect(logs.at(-1)).toMatchObject({ code: 'REVOCATIONS_UNKNOWN', msg: 'access token could not be verified' });
    expect(await gauge()).toBe('0');
    lost.replace([]);
    expect(await gauge()).toBe('1');
    expect((await careful.inject(request)).statusCode).toBe(200);
    expect((await readiness()).checks).toMatchObject({ revocations: 'ready' });
    lost.lose();
    expect((await readiness()).checks).toMatchObject({ revocations: 'unavailable' });
  } finally {
    await careful.close();
  }
});

describe('entra-graphql revoke', () => {
  it('refuses remembered tokens on every server, closes sockets, and msal signs in again by the challenge', async () => {
    const { clientId } = emulatorSettings.clients[0];
    const { host } = new URL(api.emulator.instance);
    const tenantId = emulatorSettings.tenants[0].id;
    const metadata = await fetch(`${api.emulator.instance}/${tenantId}/v2.0/.well-known/openid-configuration`);
    const client = new PublicClientApplication({
      auth: {
        clientId,
        clientCapabilities: ['cp1'],
        authority: `https://${host}/${tenantId}`,
        knownAuthorities: [host],
        authorityMetadata: await metadata.text(),
      },
    });
    const scopes = [`api://${emulatorSettings.api.clientId}/Expenses.ReadWrite`];
    const redirectUri = 'http://localhost/signed-in';
    const proof = { codeChallenge: CHALLENGE, codeChallengeMethod: 'S256' };
    const { location } = await signIn(await client.getAuthCodeUrl({ scopes, redirectUri, ...proof }), 'mia');
    const code = location.searchParams.get('code') ?? '';
    const first = await client.acquireTokenByCode({ scopes, redirectUri, code, codeVerifier: VERIFIER });
    expect(outcome(await ask(first.accessToken))).toBe('200');
    expect(await askReplica(first.accessToken)).toBe(200);
    const socket = openClient(await socketUrl(api), first.accessToken, { lazy: false });
    expect((await socket.ask('{ me { kind } }')).data).toEqual({ me: { kind: 'DELEGATED' } });

    const { code: exit, printed } = await revoke('--user', findPersona('mia').objectId.toUpperCase());
    expect({ exit, printed }).toMatchObject({ exit: 0, printed: expect.stringContaining(findPersona('mia').objectId) });
    await until(async () => (await ask(first.accessToken)).status === 401);
    await until(async () => (await askReplica(first.accessToken)) === 401);
    await until(() => socket.closed.length === 1);
    expect(socket.closed).toEqual([{ code: 4401, reason: 'The access token has been revoked' }]);

    const refused = await ask(first.accessToken);
    const challenge = String(refused.headers['www-authenticate']);
    expect(challenge).toContain('error="insufficient_claims"');
    expect(challenge).toContain('authorization_uri="');
    const claims = Buffer.from(/claims="([^"]+)"/.exec(challenge)?.[1] ?? '', 'base64').toString();
    expect(JSON.parse(claims)).toEqual({ access_token: { nbf: { essential: true, value: expect.any(String) } } });
    const [account] = await client.getTokenCache().getAllAccounts();
    if (!account) throw new Error('MSAL has forgotten its account.');
    const next = await client.acquireTokenSilent({ scopes, account, claims });
    expect(next.accessToken).not.toBe(first.accessToken);
    expect(outcome(await ask(next.accessToken))).toBe('200');
    expect(api.logs.find(({ msg }) => msg === 'access token refused')).toMatchObject({ code: 'TOKEN_REVOKED' });
  });

  it('refuses one token by its id, and a client without a challenge gets invalid_token', async () => {
    const [bad, good] = await Promise.all([1, 2].map(() => api.emulator.issueAccessToken('ada')));
    if (!bad || !good) throw new Error('no tokens');
    expect(outcome(await ask(bad))).toBe('200');
    const { uti } = JSON.parse(Buffer.from(bad.split('.')[1] ?? '', 'base64url').toString());
    expect((await revoke('--token', uti)).printed).toBe(`The token ${uti} is refused.`);
    await until(async () => (await ask(bad)).status === 401);
    const refused = await ask(bad);
    expect(outcome(refused)).toBe('401 UNAUTHENTICATED');
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(outcome(await ask(good))).toBe('200');
  });

  it('is reported by token inspect if it can read the table', async () => {
    const { DATABASE_URL: url = '', ...rest } = api.environment;
    const token = await api.emulator.issueAccessToken('finn');
    const inspect = async (settings: Record<string, string>) => {
      const entra = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('ENTRA_')));
      const { code, printed } = await runInTerminal(['token', 'inspect', token, '--json'], {
        environment: { ...entra, ...settings },
      });
      const { accepted, code: reason, checks, notes } = JSON.parse(printed);
      const check = checks.find((one: { check: string }) => one.check === 'revocation');
      return { code, accepted, reason, found: check?.found, passed: check?.passed, notes };
    };
    const good = { code: 0, accepted: true, notes: [] };
    expect(await inspect({ DATABASE_URL: url })).toEqual({ ...good, found: 'not revoked', passed: true });
    expect(await inspect({})).toEqual(good);
    await revoke('--user', findPersona('finn').objectId);
    expect(await inspect({ DATABASE_URL: url })).toEqual({
      code: 1,
      accepted: false,
      reason: 'TOKEN_REVOKED',
      found: expect.stringMatching(/^tokens before 20\S+ are revoked$/),
      passed: false,
      notes: [],
    });
    expect(await inspect({ DATABASE_URL: url.replace(/:\d+\//, ':9/') })).toEqual({
      ...good,
      notes: [expect.stringContaining('cannot be read')],
    });
  });

  it.each([
    [[], 'Name what to revoke'],
    [['--user', 'mia'], '--user: expected a GUID'],
    [['--client', ''], '--client: expected a GUID'],
    [['--agent', 'x'], '--agent: expected a GUID'],
    [['--token', 'a.b.c'], '--token: expected the id of a token'],
    [['--token', '--user'], '--token: expected the id of a token'],
    [
      ['--user', findPersona('gus').objectId, '--before', new Date().toISOString().replace('Z', '')],
      '--before: expected a time of the last 28 hours with its zone',
    ],
    [
      ['--user', findPersona('gus').objectId, '--before', 'yesterday'],
      '--before: expected a time of the last 28 hours',
    ],
    [
      ['--user', findPersona('gus').objectId, '--before', '2999-01-01'],
      '--before: expected a time of the last 28 hours',
    ],
    [
      ['--user', findPersona('gus').objectId, '--before', '2020-01-01'],
      '--before: expected a time of the last 28 hours',
    ],
  ])('%j is refused', async (words, message) => {
    const { code, complaints } = await revoke(...words);
    expect({ code, complaints }).toEqual({ code: 1, complaints: expect.stringContaining(message) });
  });

  it('takes several, an agent and an earlier time, and needs the owner of the database', async () => {
    const { clientId } = emulatorSettings.clients[2];
    const before = new Date(Date.now() - 3_600_000).toISOString();
    const token = await api.emulator.issueAccessToken('gus', { clientId });
    const { code } = await revoke('--agent', clientId, '--user', findPersona('finn').objectId, '--before', before);
    expect(code).toBe(0);
    // Issued after that time.
    expect(outcome(await ask(token))).toBe('200');
    await revoke('--agent', clientId);
    await until(async () => (await ask(token)).status === 401);
    expect(outcome(await api.query('gus', ME.query))).toBe('200');
    const login = await runInTerminal(['revoke', '--user', clientId], {
      environment: { DATABASE_MIGRATION_URL: api.database.runtimeUrl },
    });
    expect(login).toMatchObject({ code: 1, complaints: expect.stringContaining('permission denied') });
    expect((await runInTerminal(['revoke', '--user', clientId])).complaints).toContain(
      'DATABASE_MIGRATION_URL: missing',
    );
  });
});
