import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationHandler, Client } from '@microsoft/microsoft-graph-client';
import { GraphQLError } from 'graphql';
import { decodeJwt } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { defaultLimits } from '../../src/config/limits.js';
import type { ClientCredential } from '../../src/downstream/client-credential.js';
import { createDownstream } from '../../src/downstream/downstream.js';
import type { DownstreamOptions } from '../../src/downstream/downstream-options.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { API, OPTIONS, SPA, TENANT } from '../emulator/emulator-fixture.js';
import { encodePart } from '../support/tenant.js';
import { userOfToken } from './user-of-token.js';

const GRAPH = 'https://graph.microsoft.com';
const READ = `${GRAPH}/User.Read`;
const READ_ALL = `${GRAPH}/User.Read.All`;
const SECRET = 'not a secret: api';
const MAIL = '0b0b0b0b-0000-4000-8000-000000000002';
const PROTECTED = `api://${MAIL}/Mail.Send`;
const clock = { nowMs: Date.now() };
const now = () => clock.nowMs;

let emulator: Emulator;
let folder: string;
let certificate: { readonly cert: string; readonly private: string };
beforeAll(async () => {
  certificate = await generate([{ name: 'commonName', value: 'api' }], { algorithm: 'sha256', keySize: 2048 });
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-downstream-'));
  emulator = await startEmulator({
    ...OPTIONS,
    downstreamApis: [{ clientId: MAIL, scopes: ['Mail.Send'], authContext: 'c1' }],
    clients: [
      ...OPTIONS.clients,
      {
        kind: 'confidential',
        clientId: API,
        name: 'API',
        secret: SECRET,
        certificates: [certificate.cert],
        graphPermissions: ['User.Read.All'],
      },
    ],
  });
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  emulator.setFault(undefined);
  emulator.setConsents(API, [READ, READ_ALL, PROTECTED]);
});

const asksForTokens = () => emulator.requests.filter(({ path }) => path.endsWith('/token')).length;

function downstreamWith(credential: ClientCredential, options: Partial<DownstreamOptions> = {}) {
  return createDownstream({ clientId: API, instance: emulator.instance, credential, now, ...options });
}

/** A downstream of its own, and what each user of it asks with. */
async function start(
  options: Partial<DownstreamOptions> = {},
  credential: ClientCredential = { kind: 'secret', secret: SECRET },
) {
  const downstream = downstreamWith(credential, options);
  const as = async (
    changes: { readonly clientId?: string; readonly authContext?: string } = {},
    persona = 'writer',
  ) => {
    const token = await emulator.issueAccessToken(persona, changes);
    return downstream.of(callerOf(token), () => token);
  };
  return { downstream, as };
}

function callerOf(token: string): Caller {
  const { acrs } = decodeJwt(token);
  return userOfToken(token, { authContexts: new Set(Array.isArray(acrs) ? acrs : []), canStepUp: true });
}

const application: Caller = {
  kind: 'app-only',
  tenantId: TENANT,
  objectId: API,
  clientId: SPA,
  isGuest: false,
  claims: {},
  permissions: new Set(),
};

/** Extensions of the error with which something fails, or its name. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions : String(error);
  }
  return 'no failure';
}

/** Microsoft's client for Graph. Its requests go to the emulator in the end. */
function graphWith(accessToken: string): Client {
  const middleware = new AuthenticationHandler({ getAccessToken: async () => accessToken });
  middleware.setNext({
    async execute(context) {
      context.response = await fetch(
        String(context.request).replace(GRAPH, emulator.instance),
        Object(context.options),
      );
    },
  });
  return Client.initWithMiddleware({ middleware });
}

/** A file with an assertion that proves the API's identity, as a federated credential is one. */
async function assertionFile(): Promise<string> {
  const audience = `${emulator.instance}/${TENANT}/oauth2/v2.0/token`;
  const seconds = Math.floor(clock.nowMs / 1000);
  const x5t = Buffer.from(new X509Certificate(certificate.cert).fingerprint256.replaceAll(':', ''), 'hex');
  const header = encodePart({ alg: 'RS256', typ: 'JWT', 'x5t#S256': x5t.toString('base64url') });
  const claims = { aud: audience, iss: API, sub: API, jti: randomUUID(), nbf: seconds, exp: seconds + 300 };
  const signed = `${header}.${encodePart(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(certificate.private)).toString('base64url');
  const file = join(folder, 'assertion');
  await writeFile(file, `${signed}.${signature}\n`);
  return file;
}

describe('a token of Microsoft Graph for the user', () => {
  it('is accepted by Graph, asked by its own client', async () => {
    const { as } = await start();
    const me = await graphWith(await (await as()).accessToken({ scopes: [READ] }))
      .api('/me')
      .select('displayName')
      .get();
    expect(me).toMatchObject({ displayName: 'The writer' });
  });

  it.each(['certificate', 'federatedTokenFile'] as const)('is had with the credential %s', async (kind) => {
    const pem = join(folder, 'certificate.pem');
    await writeFile(pem, `${certificate.private}\n${certificate.cert}`);
    const file = kind === 'certificate' ? pem : await assertionFile();
    const { as } = await start({}, { kind, file });
    const token = decodeJwt(await (await as()).accessToken({ scopes: [READ] }));
    expect(token).toMatchObject({ scp: 'User.Read', appid: API, appidacr: '2' });
  });

  it('is remembered for the same user, client, step-up and scopes, in any order, and for no other', async () => {
    const { as } = await start();
    const before = asksForTokens();
    const tokens = [];
    for (const asked of [await as(), await as()]) {
      tokens.push(
        await asked.accessToken({ scopes: [READ, READ_ALL] }),
        await asked.accessToken({ scopes: [READ_ALL, READ] }),
      );
    }
    expect([new Set(tokens).size, asksForTokens() - before]).toEqual([1, 1]);
    const others = [await as({ clientId: API }), await as({ authContext: 'c1' }), await as({}, 'reader')];
    for (const other of others) tokens.push(await other.accessToken({ scopes: [READ, READ_ALL] }));
    tokens.push(await (await as()).accessToken({ scopes: [READ] }));
    expect([new Set(tokens).size, asksForTokens() - before]).toEqual([5, 5]);
  });

  it('is asked for once by many fields at a time', async () => {
    const { as } = await start();
    const asked = await as();
    const before = asksForTokens();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => asked.accessToken({ scopes: [READ] })));
    expect([new Set(tokens).size, asksForTokens() - before]).toEqual([1, 1]);
  });

  it('is renewed before its end, and kept to its end during an outage', async () => {
    const { as } = await start();
    const first = await (await as()).accessToken({ scopes: [READ] });
    clock.nowMs += 54 * 60_000;
    expect(await (await as()).accessToken({ scopes: [READ] })).toBe(first);
    clock.nowMs += 2 * 60_000;
    emulator.setFault({ kind: 'answer', at: 'token', status: 503 });
    expect(await (await as()).accessToken({ scopes: [READ] })).toBe(first);
    emulator.setFault(undefined);
    expect(await (await as()).accessToken({ scopes: [READ] })).not.toBe(first);
  });
});

describe('a token for this API itself', () => {
  it('is had by an application where the field allows it', async () => {
    const { downstream } = await start();
    const asked = downstream.of(application, () => undefined);
    const token = decodeJwt(await asked.accessToken({ scopes: [READ], applicationScope: `${GRAPH}/.default` }));
    expect(token).toMatchObject({ idtyp: 'app', roles: ['User.Read.All'] });
  });

  it('is not given to any other caller', async () => {
    const { downstream } = await start();
    const before = asksForTokens();
    const failures = [
      await failureOf(downstream.of(application, () => undefined).accessToken({ scopes: [READ] })),
      await failureOf(
        downstream.of(undefined, () => undefined).accessToken({ scopes: [READ], applicationScope: READ }),
      ),
      await failureOf(
        downstream
          .of(callerOf(await emulator.issueAccessToken('writer')), () => undefined)
          .accessToken({ scopes: [READ] }),
      ),
    ];
    expect(failures).toEqual([
      { code: 'FORBIDDEN' },
      { code: 'UNAUTHENTICATED' },
      expect.stringContaining('TypeError'),
    ]);
    expect(asksForTokens()).toBe(before);
  });
});

describe('a token that is refused', () => {
  const consentRequired = { code: 'CONSENT_REQUIRED', scopes: [READ] };

  it('says which consent is missing, asks rarely, and is had once there is consent', async () => {
    const { as } = await start();
    emulator.setConsents(API, []);
    const asked = await as();
    const before = asksForTokens();
    expect(await failureOf(asked.accessToken({ scopes: [READ] }))).toEqual(consentRequired);
    expect(await failureOf(asked.accessToken({ scopes: [READ] }))).toEqual(consentRequired);
    expect(asksForTokens() - before).toBe(1);
    emulator.setConsents(API, [READ]);
    clock.nowMs += 5_000;
    expect(decodeJwt(await asked.accessToken({ scopes: [READ] })).scp).toBe('User.Read');
  });

  it('says so after consent was withdrawn, when the last token ends', async () => {
    const { as } = await start();
    await (await as()).accessToken({ scopes: [READ] });
    emulator.setConsents(API, []);
    clock.nowMs += 3_600_000;
    expect(await failureOf((await as()).accessToken({ scopes: [READ] }))).toEqual(consentRequired);
  });

  it("passes Entra's challenge on, and is had by the next sign-in at once", async () => {
    const { as } = await start();
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } });
    const challenge = { code: 'INSUFFICIENT_CLAIMS', claims: Buffer.from(claims).toString('base64') };
    expect(await failureOf((await as()).accessToken({ scopes: [PROTECTED] }))).toEqual(challenge);
    const after = await (await as({ authContext: 'c1' })).accessToken({ scopes: [PROTECTED] });
    expect(decodeJwt(after)).toMatchObject({ aud: MAIL, scp: 'Mail.Send' });
  });

  it('for a fault of the server stays out of the answer, and names no secret and no token', async () => {
    const { as } = await start({}, { kind: 'secret', secret: 'wrong secret of the test' });
    const failure = await failureOf((await as()).accessToken({ scopes: [READ] }));
    expect(failure).toMatch(/^DownstreamRefusedError: .*invalid_client.*DOWNSTREAM_/);
    expect(failure).not.toMatch(/wrong secret of the test|eyJ/);
  });

  it.each(['nothing', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'])(
    '%j is not a certificate with its key',
    async (pem) => {
      const file = join(folder, 'bad.pem');
      await writeFile(file, pem);
      const { as } = await start({}, { kind: 'certificate', file });
      expect(await failureOf((await as()).accessToken({ scopes: [READ] }))).toContain('DownstreamRefusedError');
    },
  );
});

describe('an outage', () => {
  const unavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 };

  it.each([
    ['503', { kind: 'answer', status: 503 }],
    ['429', { kind: 'answer', status: 429, body: '{"error":"throttled"}' }],
    ['a page', { kind: 'answer', body: '<html>', contentType: 'text/html' }],
    ['an answer without a token', { kind: 'answer', body: '{}' }],
    ['a token that is not a text', { kind: 'answer', body: '{"access_token":{"a":1},"expires_in":3600}' }],
    ['a token that has ended', { kind: 'answer', body: '{"access_token":"a","expires_in":-1}' }],
    ['a token without an end', { kind: 'answer', body: '{"access_token":"a","expires_in":1e308}' }],
    ['a broken connection', { kind: 'disconnect' }],
    ['too much', { kind: 'answer', body: JSON.stringify({ access_token: 'x'.repeat(300_000) }) }],
    ['no answer in time', { kind: 'delay', delayMs: 30_000 }],
  ] as const)('by %s is the error of the field', async (_name, fault) => {
    const { as } = await start({ limits: { ...defaultLimits, downstreamMilliseconds: 500 } });
    emulator.setFault({ at: 'token', ...fault });
    expect(await failureOf((await as()).accessToken({ scopes: [READ] }))).toEqual(unavailable);
  });

  it('is what a server with too many requests under way meets', async () => {
    const { as } = await start({ limits: { ...defaultLimits, downstreamRequests: 1 } });
    const [one, other] = [await as(), await as({}, 'reader')];
    const first = one.accessToken({ scopes: [READ] });
    expect(await failureOf(other.accessToken({ scopes: [READ] }))).toEqual(unavailable);
    expect(await first).toContain('eyJ');
  });

  it('ends requests when the server closes', async () => {
    const { downstream, as } = await start();
    emulator.setFault({ at: 'token', kind: 'delay', delayMs: 30_000 });
    const asking = failureOf((await as()).accessToken({ scopes: [READ] }));
    downstream.close();
    expect(await asking).toEqual(unavailable);
  });
});

it('remembers so many tokens and no more', async () => {
  const { as } = await start({ limits: { ...defaultLimits, downstreamTokens: 1 } });
  const [one, other] = [await as(), await as({}, 'reader')];
  const before = asksForTokens();
  for (const asked of [one, other, other, one]) await asked.accessToken({ scopes: [READ] });
  expect(asksForTokens() - before).toBe(3);
});
