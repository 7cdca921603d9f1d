import { execFile } from 'node:child_process';
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDownstream } from '../../src/downstream/downstream.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import { API, OPTIONS, startTestEmulator, TENANT } from '../emulator/emulator-fixture.js';
import { encodePart } from '../support/tenant.js';

/** A stand-in for the endpoint of managed identities, and the real client of msal-node. */

const HEADER = 'the secret of the host';
const GRAPH = 'https://graph.microsoft.com/.default';
let emulator: Emulator;
let certificate: { readonly cert: string; readonly private: string };
let endpoint: Server;
let address: string;
let asked: IncomingMessage[] = [];
let status = 200;

beforeAll(async () => {
  certificate = await generate([{ name: 'commonName', value: 'identity' }], { algorithm: 'sha256', keySize: 2048 });
  const certificates = [certificate.cert];
  const api = {
    kind: 'confidential',
    clientId: API,
    name: 'API',
    certificates,
    graphPermissions: ['User.Read.All'],
  } as const;
  emulator = await startTestEmulator({ clients: [...OPTIONS.clients, api] });
  endpoint = createServer((request, response) => {
    asked.push(request);
    const expires = Math.floor(Date.now() / 1000) + 3_600;
    const body = {
      access_token: assertion(),
      expires_on: String(expires),
      expires_in: '3600',
      token_type: 'Bearer',
      resource: 'x',
    };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(status === 200 ? body : { error: 'invalid_request', error_description: 'no such identity' }),
    );
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  address = `http://127.0.0.1:${Object(endpoint.address()).port}`;
  vi.stubEnv('IDENTITY_ENDPOINT', `${address}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', HEADER);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const downstream of open) downstream.close();
  endpoint.close();
  await emulator.close();
});
beforeEach(() => {
  asked = [];
  status = 200;
});

/** A token that the app registration trusts (federated credential). The emulator trusts the certificate of the client. */
function assertion(): string {
  const seconds = Math.floor(Date.now() / 1000);
  const x5t = Buffer.from(new X509Certificate(certificate.cert).fingerprint256.replaceAll(':', ''), 'hex');
  const header = { alg: 'RS256', typ: 'JWT', 'x5t#S256': x5t.toString('base64url') };
  const aud = `${emulator.instance}/${TENANT}/oauth2/v2.0/token`;
  const claims = { aud, iss: API, sub: API, jti: randomUUID(), nbf: seconds, exp: seconds + 300 };
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), createPrivateKey(certificate.private)).toString('base64url')}`;
}

/** MSAL keeps the endpoint of its first question for the life of the process, so there is one host in this file. */
const open: ReturnType<typeof createDownstream>[] = [];
function start(clientId: string | undefined) {
  const credential = { kind: 'managedIdentity', clientId } as const;
  const downstream = createDownstream({ clientId: API, instance: emulator.instance, credential });
  open.push(downstream);
  return downstream;
}

describe('a managed identity on App Service', () => {
  it.each([
    ['user-assigned', randomUUID()],
    ['system-assigned', undefined],
  ])('that is %s proves who the API is', async (_name, clientId) => {
    const token = decodeJwt(await start(clientId).applicationToken({ tenantId: TENANT }, GRAPH));
    expect(token).toMatchObject({ idtyp: 'app', appid: API, roles: ['User.Read.All'], appidacr: '2' });
    const [{ url = '', headers } = Object(), ...more] = asked;
    expect(more).toEqual([]);
    const { searchParams } = new URL(url, address);
    expect(searchParams.get('resource')).toBe('api://AzureADTokenExchange');
    expect(searchParams.get('client_id')).toBe(clientId ?? null);
    expect(headers['x-identity-header']).toBe(HEADER);
  });

  it.each([
    ['that the host does not have is a fault of the server', 400, 'DownstreamRefusedError'],
    ['whose endpoint is down is an outage', 503, 'SERVICE_UNAVAILABLE'],
  ])('%s', async (_name, answered, expected) => {
    status = answered;
    const asking = start(randomUUID()).applicationToken({ tenantId: TENANT }, GRAPH);
    const failure: unknown = await asking.catch((error: unknown) => error);
    expect([String(failure), Object(failure).extensions?.code].join()).toContain(expected);
    expect(String(failure)).not.toContain(HEADER);
  });
});

describe('a managed identity on a virtual machine', () => {
  const run = promisify(execFile);

  /** `AZURE_POD_IDENTITY_AUTHORITY_HOST` stands for `http://169.254.169.254`, which no test can be. */
  async function askWith(host: string, userAssigned?: string) {
    const { IDENTITY_ENDPOINT: _endpoint, IDENTITY_HEADER: _header, ...others } = process.env;
    const words = ['--import', 'tsx', 'test/downstream/ask-on-virtual-machine.ts', API, emulator.instance, TENANT];
    const env = { ...others, NODE_OPTIONS: '', AZURE_POD_IDENTITY_AUTHORITY_HOST: host };
    const { stdout } = await run(process.execPath, [...words, ...(userAssigned ? [userAssigned] : [])], { env });
    return JSON.parse(stdout);
  }

  it('proves who the API is by the instance metadata service', async () => {
    const userAssigned = randomUUID();
    const { token } = await askWith(address, userAssigned);
    expect(decodeJwt(token)).toMatchObject({ idtyp: 'app', appid: API, appidacr: '2' });
    const [{ url = '', headers } = Object(), ...more] = asked;
    expect(more).toEqual([]);
    const { pathname, searchParams } = new URL(url, address);
    // MSAL adds a slash where the variable names the host.
    expect(pathname).toMatch(/^\/metadata\/identity\/oauth2\/token\/?$/);
    expect(Object.fromEntries(searchParams)).toEqual({
      'api-version': '2018-02-01',
      resource: 'api://AzureADTokenExchange',
      client_id: userAssigned,
    });
    expect(headers.metadata).toBe('true');
  });

  it('is an outage while nothing answers there', async () => {
    expect(await askWith('http://127.0.0.1:1')).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
