import { sign, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { JOB, OPTIONS, TENANT } from '../../emulator/emulator-fixture.js';
import { settingsOf } from '../../support/api.js';
import { freePorts, runCommand, until } from '../../support/command.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { DATABASE_RESOURCE, withManagedIdentity } from '../../support/network/managed-identity.js';
import { startTokenAuthority, type TokenAuthority } from '../../support/network/token-authority.js';

let onToken = (token: string): Promise<void> => setPassword(token);

const suffix = Math.random().toString(36).slice(2, 10);
const login = `entra_api_${suffix}`;
const owner = `entra_owner_${suffix}`;
let database: TestDatabase;
let superuser: pg.Client;
/** The authority of the host's own identity. */
let authority: TokenAuthority;
/** The provider of the API's callers. */
let provider: Emulator;
let folder: string;
let certificateFile: string;
let clientKey: { readonly certificate: string; readonly privateKey: string };

/** The logins have the last token as password, so PostgreSQL takes no other. */
async function setPassword(token: string): Promise<void> {
  for (const name of [login, owner]) await superuser.query(`alter role ${name} password ${pg.escapeLiteral(token)}`);
}

const addressOf = (name: string) => {
  const url = new URL(database.runtimeUrl);
  url.username = name;
  url.password = '';
  return url.href;
};

beforeAll(async () => {
  const pair = await generate([{ name: 'commonName', value: 'job' }], { keySize: 2048, algorithm: 'sha256' });
  clientKey = { certificate: pair.cert, privateKey: pair.private };
  [database, authority, provider] = await Promise.all([
    createTestDatabase(),
    startTokenAuthority(
      {
        ...OPTIONS,
        api: { ...OPTIONS.api, appIdUri: DATABASE_RESOURCE },
        clients: [{ kind: 'confidential', clientId: JOB, name: 'Job', persona: 'job', certificates: [pair.cert] }],
      },
      (token) => onToken(token),
    ),
    startEmulator({ ...emulatorSettings, port: 0 }),
  ]);
  superuser = await openSuperuser(database);
  await superuser.query(`create role ${login} login in role entra_graphql_runtime`);
  const { username } = new URL(database.ownerUrl);
  await superuser.query(`create role ${owner} login in role ${username}`);
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-identity-'));
  certificateFile = join(folder, 'authority.pem');
  await writeFile(certificateFile, authority.certificate);
});

afterAll(async () => {
  await Promise.all([authority.close(), provider.close()]);
  await superuser.end();
  await database.drop();
  const cleaner = await openSuperuser(inject('postgres'));
  for (const name of [login, owner]) await cleaner.query(`drop role ${name}`);
  await cleaner.end();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  onToken = setPassword;
});

const settings = () => ({
  ...settingsOf(provider),
  DATABASE_AUTH: 'entra',
  DATABASE_URL: addressOf(login),
  DATABASE_MIGRATION_URL: addressOf(owner),
  NODE_EXTRA_CA_CERTS: certificateFile,
});

const byAuthority = () => ({
  AZURE_AUTHORITY_HOST: authority.instance,
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: JOB,
});

const bySecret = () => ({ ...byAuthority(), AZURE_CLIENT_SECRET: authority.clientSecrets.get(JOB) ?? '' });

/** Writes what Kubernetes would write: a token that the authority takes as proof of the workload. */
async function byWorkload() {
  const thumbprint = new X509Certificate(clientKey.certificate).fingerprint256.replaceAll(':', '');
  const header = { alg: 'RS256', 'x5t#S256': Buffer.from(thumbprint, 'hex').toString('base64url') };
  const seconds = Math.floor(Date.now() / 1000);
  const aud = `${authority.emulator}/${TENANT}/oauth2/v2.0/token`;
  const claims = { iss: JOB, sub: JOB, aud, nbf: seconds - 60, exp: seconds + 600, jti: suffix };
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(body), clientKey.privateKey).toString('base64url');
  const file = join(folder, 'workload.jwt');
  await writeFile(file, `${body}.${signature}`);
  return { ...byAuthority(), AZURE_FEDERATED_TOKEN_FILE: file };
}

const run = (word: string, identity: Record<string, string>, changes: Record<string, string> = {}) =>
  runCommand([word], folder, { ...settings(), ...identity, ...changes });

describe('DATABASE_AUTH=entra, against a PostgreSQL that takes one token only', () => {
  it('"start" serves with the client secret of AZURE_CLIENT_SECRET: queries, LISTEN and /readyz', async () => {
    const port = String(await freePorts());
    const server = run('start', bySecret(), { PORT: port });
    const readiness = () => fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await until(async () => (await readiness())?.status === 200, server.output);
    const { rows } = await superuser.query(
      'select distinct application_name as name from pg_stat_activity where usename = $1',
      [login],
    );
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringContaining('control'), expect.stringContaining('expense_report')]),
    );
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await provider.issueAccessToken('erin')}`,
      },
      body: JSON.stringify({ query: '{ expenseReports(first: 1) { nodes { __typename } } }' }),
    });
    expect(await answer.json()).toEqual({ data: { expenseReports: { nodes: [{ __typename: 'ExpenseReport' }] } } });
    server.signal('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0, output: expect.not.stringContaining('eyJ') });
  });

  it('"migrate" runs with the federated token of a workload identity', async () => {
    const { code, output } = await run('migrate', await byWorkload()).exited;
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
  });

  it('"migrate" says which function makes a login for an identity', async () => {
    const changes = { DATABASE_URL: addressOf("o'brien") };
    const { code, output } = await run('migrate', bySecret(), changes).exited;
    expect(code).toBe(1);
    expect(output).toContain("select * from pgaadauth_create_principal('o''brien', false, false)");
  });

  it('"doctor" looks with the managed identity of the host', async () => {
    const token = `token-${suffix}`.padEnd(1500, 'x');
    await setPassword(token);
    const { output } = await withManagedIdentity(token, (identity) => run('doctor', identity).exited);
    expect(output).toMatch(/database login +owns nothing and is bound by row-level security/);
  });

  it.each([
    [
      'a wrong secret',
      () => ({ ...bySecret(), AZURE_CLIENT_SECRET: 'wrong' }),
      /no access token \(AADSTS7000215\).*AZURE_/,
    ],
    [
      'an authority that is not trusted',
      () => ({ ...bySecret(), NODE_EXTRA_CA_CERTS: '' }),
      /no access token can be had: .*AZURE_AUTHORITY_HOST/,
    ],
  ])(
    '"migrate" says what to do about %s',
    async (_what, identity, advice) => {
      const { code, output } = await run('migrate', identity()).exited;
      expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
      expect(output).toMatch(advice);
    },
    60_000,
  );

  it('"migrate" says what to do when PostgreSQL does not know the identity', async () => {
    onToken = async () => setPassword('that of another identity');
    const { code, output } = await run('migrate', bySecret()).exited;
    expect(code).toBe(1);
    expect(output).toMatch(/password authentication failed.*the name of the Entra principal that PostgreSQL knows/);
    expect(output).not.toContain('eyJ');
  });

  it('"migrate" says which package is missing', async () => {
    const hook = join(folder, 'without-package.mjs');
    await writeFile(hook, MISSING_PACKAGE_HOOK);
    const { code, output } = await run('migrate', bySecret(), { NODE_OPTIONS: `--import ${pathToFileURL(hook)}` })
      .exited;
    expect(code).toBe(1);
    expect(output).toMatch(/the package @azure\/identity is not installed.*npm install --save-prod @azure\/identity/);
  });
});

const HOOK = `export function resolve(name, context, next) {
  return next(name === '@azure/identity' ? '@azure/not-installed' : name, context);
}`;
const MISSING_PACKAGE_HOOK = `import { register } from 'node:module';
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOK)}`)});
`;
