import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { decodeJwt } from 'jose';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.js';
import { API, DEFAULT_SCOPE, JOB, OPTIONS, READ, SPA, SPA_REDIRECT, TENANT } from './emulator-fixture.js';

const SCRIPT = fileURLToPath(new URL('microsoft-clients.mjs', import.meta.url));
const DOWNSTREAM = '0b0b0b0b-0000-4000-8000-000000000002';
const API_SECRET = 'not a secret: api';

interface Outcome {
  readonly accessToken?: string;
  readonly error?: { readonly errorCode: string; readonly subError: string; readonly message: string };
}
let outcomes: Readonly<Record<string, Outcome>>;

beforeAll(async () => {
  const [own, other] = await Promise.all([createCertificate(), createCertificate()]);
  const [spa] = OPTIONS.clients;
  if (!spa) throw new Error('the fixture has no client');
  const emulator = await startEmulator({
    ...OPTIONS,
    https: true,
    downstreamApis: [{ clientId: DOWNSTREAM, scopes: ['Mail.Send', 'Mail.Read'] }],
    clients: [
      spa,
      { kind: 'confidential', clientId: JOB, name: 'Job', persona: 'job', certificates: [own.cert] },
      {
        kind: 'confidential',
        clientId: API,
        name: 'API',
        secret: API_SECRET,
        consents: [`api://${DOWNSTREAM}/Mail.Send`],
      },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-clients-'));
  try {
    const trusted = join(folder, 'certificate.pem');
    await writeFile(trusted, emulator.certificate ?? '');
    outcomes = await runClients(trusted, {
      instance: emulator.instance,
      tenant: TENANT,
      user: { clientId: SPA },
      job: {
        clientId: JOB,
        secret: emulator.clientSecrets.get(JOB),
        scope: DEFAULT_SCOPE,
        certificate: own.cert,
        privateKey: own.private,
        otherPrivateKey: other.private,
        thumbprint: new X509Certificate(own.cert).fingerprint256.replaceAll(':', ''),
      },
      api: { clientId: API, secret: API_SECRET },
      scope: READ,
      downstreamScope: `api://${DOWNSTREAM}/Mail.Send`,
      otherScope: `api://${DOWNSTREAM}/Mail.Read`,
      redirectUri: SPA_REDIRECT,
    });
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true });
  }
});

const createCertificate = () =>
  generate([{ name: 'commonName', value: 'job' }], { keySize: 2048, algorithm: 'sha256' });

/** Runs the script as a user would: with the certificate in NODE_EXTRA_CA_CERTS. */
async function runClients(trusted: string, input: object): Promise<typeof outcomes> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted };
  const child = spawn(process.execPath, [SCRIPT], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(input));
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(printed);
}

const claimsOf = (name: string) => {
  const { accessToken, error } = outcomes[name] ?? {};
  if (accessToken === undefined) throw new Error(`${name}: ${error?.message}`);
  return decodeJwt(accessToken);
};

describe("Microsoft's libraries for Node, over https", () => {
  it('get a token of a user by authorization code with PKCE', () => {
    const claims = claimsOf('msal-node: authorization code with PKCE');
    expect(claims).toMatchObject({ aud: API, scp: 'Files.Read', name: 'The writer', azp: SPA, azpacr: '0' });
  });

  it.each([
    ['msal-node: client secret', '1'],
    ['identity: client secret', '1'],
    ['msal-node: certificate', '2'],
    ['identity: certificate', '2'],
  ])('get a token of an application: %s', (name, azpacr) => {
    expect(claimsOf(name)).toMatchObject({ idtyp: 'app', roles: ['Files.Read.All'], azp: JOB, azpacr });
  });

  it('get none with a key that is not of the certificate', () => {
    const { error } = outcomes['msal-node: certificate that is not registered'] ?? {};
    expect(error).toMatchObject({ errorCode: 'invalid_client', message: expect.stringContaining('AADSTS700027') });
  });

  it.each(['msal-node: device code', 'identity: device code'])('get a token of a user by %s', (name) => {
    expect(claimsOf(name)).toMatchObject({ scp: 'Files.Read', name: 'The reader' });
  });

  it.each(['msal-node: on behalf of', 'identity: on behalf of'])(
    'get a token for another API and the same user, %s',
    (name) => {
      const { oid } = claimsOf('msal-node: authorization code with PKCE');
      const claims = claimsOf(name);
      expect(claims).toMatchObject({ aud: DOWNSTREAM, scp: 'Mail.Send', oid, azp: API });
      // App roles belong to the API that defines them.
      expect(claims).not.toHaveProperty('roles');
    },
  );

  it.each([
    ['without consent', 'AADSTS65001', 'consent_required'],
    ['forged', 'AADSTS50013', ''],
    ['by a client that the token is not for', 'AADSTS500131', ''],
  ])('get none on behalf of a user %s', (name, number, subError) => {
    const { error } = outcomes[`msal-node: on behalf of, ${name}`] ?? {};
    expect(error).toMatchObject({
      errorCode: 'invalid_grant',
      message: expect.stringContaining(`${number}:`),
      subError,
    });
  });
});
