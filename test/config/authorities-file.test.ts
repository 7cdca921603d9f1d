import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authorities-'));
});
afterAll(() => rm(folder, { recursive: true }));

const TENANT = 'c0170500-0000-4000-8000-00000000000a';
const API = 'A9100000-0000-4000-8000-00000000000b';
const customers = { name: 'customers', tenantId: TENANT, clientId: API, instance: 'https://contoso.ciamlogin.com' };

async function load(content: unknown, settings: Record<string, string> = {}) {
  return (await loadAll(content, settings)).authentication.authorities;
}

async function loadAll(content: unknown, settings: Record<string, string>) {
  const path = join(folder, `${Math.random()}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  const environment = {
    ENTRA_TENANT_ID: 'c0170500-0000-4000-8000-000000000001',
    ENTRA_CLIENT_ID: 'a9100000-0000-4000-8000-000000000001',
    DATABASE_URL: 'postgres://login:password@127.0.0.1:5432/database',
    ENTRA_AUTHORITIES: path,
    ...settings,
  };
  return loadConfig(environment, 'production');
}

it('the file is a list of authorities, with ids in lower case', async () => {
  expect(await load([customers])).toEqual([{ ...customers, clientId: API.toLowerCase() }]);
});

it.each([
  ['{', 'it cannot be read, is not a JSON list of that length, or has more than 64 KiB'],
  [`[${' '.repeat(64 * 1024)}]`, 'has more than 64 KiB'],
  [[], 'is not a JSON list of that length'],
  [Array.from({ length: 11 }, () => customers), 'it cannot be read'],
  [[{ ...customers, tenantId: 'x' }], '[0].tenantId: expected the GUID of the tenant'],
  [[{ ...customers, tenantID: TENANT }], '[0] has a name that no option has (did you mean tenantId?)'],
  [[{ ...customers, zzzzzzzzzzzz: TENANT }], '[0] has a name that no option has)'],
  [[{ ...customers, groupRoles: { finance: ['A'] } }], '[0].groupRoles.finance: expected GUIDs of groups'],
  [[{ ...customers, requiredClaims: { ctry: 'DE' } }], '[0].requiredClaims.ctry: expected array, received string'],
  [[{ ...customers, name: 'default' }], 'the name "default" is there twice'],
  [[customers, { ...customers, name: 'b' }], '"b" has the same issuer as "customers"'],
  [[{ ...customers, groupRoles: { [TENANT]: ['A'], [TENANT.toUpperCase()]: ['A'] } }], 'GUIDs, each once'],
  [[{ ...customers, clientId: TENANT }], '[0].clientId: expected the application (client) id'],
  [[{ ...customers, tenantId: 'common' }], '[0].allowedTenants: expected GUIDs'],
])('a file of another form stops the start: %#', async (content, message) => {
  await expect(load(content)).rejects.toThrow(message);
  await expect(load(content)).rejects.toThrow('ENTRA_AUTHORITIES');
});

it('a missing file stops the start, and values of a file are not shown', async () => {
  await expect(load([customers], { ENTRA_AUTHORITIES: join(folder, 'none.json') })).rejects.toThrow(
    'it cannot be read',
  );
  const secret = load([{ ...customers, clientId: 'a secret' }]);
  await expect(secret).rejects.toThrow('[0].clientId: expected a GUID');
  await expect(secret).rejects.not.toThrow('a secret');
});

describe('downstream', () => {
  const groupRoles = { '0c6f2e1a-0000-4000-8000-000000000000': ['Finance'] };
  const entry = (downstream: unknown, more: object = {}) => [{ ...customers, downstream, ...more }];
  const opened = async (content: unknown, settings: Record<string, string> = {}) =>
    (await loadAll(content, settings)).downstream.authorities;

  it('is a credential of its own, and tokens are verified without it', async () => {
    const clientSecretFile = join(folder, 'secret');
    await writeFile(clientSecretFile, 'a-secret-of-customers\n');
    const { name, instance } = customers;
    const common = { name, instance, clientId: API.toLowerCase(), graphUrl: 'https://graph.microsoft.com' };
    for (const [given, credential] of [
      [{ clientSecretFile }, { kind: 'secret', secret: 'a-secret-of-customers' }],
      [{ clientCertificate: 'a.pem' }, { kind: 'certificate', file: 'a.pem' }],
      [{ federatedTokenFile: 'token' }, { kind: 'federatedTokenFile', file: 'token' }],
      [{ managedIdentity: 'system' }, { kind: 'managedIdentity', clientId: undefined }],
      [{ managedIdentity: TENANT }, { kind: 'managedIdentity', clientId: TENANT }],
    ]) {
      const content = entry(given, { groupRoles, groupLookup: 'user' });
      expect(await opened(content)).toEqual([{ ...common, credential, groupLookup: 'user' }]);
      expect(Object.keys((await load(content))?.[0] ?? {})).toEqual(Object.keys({ ...customers, groupRoles }));
      expect(await opened(entry(given))).toEqual([{ ...common, credential, groupLookup: 'off' }]);
    }
    expect(await opened([customers])).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{}, 'exactly one of clientSecretFile'],
    [{ clientCertificate: 'a', managedIdentity: 'system' }, 'exactly one of clientSecretFile'],
    [{ clientSecretFile: '/none' }, 'a clientSecretFile that holds the client secret'],
    [{ managedIdentity: 'system', graphUrl: 'http://graph.example' }, 'an https origin'],
    [{ managedIdentity: 'system', clientSecret: 'x' }, '[0].downstream has a name that no option has (did you mean c'],
  ])('of another form stops the start: %j', async (downstream, message) => {
    await expect(opened(entry(downstream))).rejects.toThrow(message);
  });

  it('has no plain address in production', async () => {
    const plain = entry({ managedIdentity: 'system', graphUrl: 'http://127.0.0.1:4001' });
    expect(await opened(plain)).toHaveLength(1);
    await expect(opened(plain, { NODE_ENV: 'production' })).rejects.toThrow('as instance and graphUrl');
  });

  it.each<[object, string]>([
    [{ groupLookup: 'me', groupRoles, downstream: { managedIdentity: 'system' } }, 'expected "user" or "application"'],
    [{ groupLookup: 'user', groupRoles }, '[0].groupLookup: expected downstream beside it'],
    [{ groupLookup: 'user', downstream: { managedIdentity: 'system' } }, 'expected groupRoles beside it'],
    [{ groupLookup: 'user' }, 'expected groupRoles and downstream beside it'],
  ])('is needed by the lookup of groups: %j', async (more, message) => {
    await expect(opened([{ ...customers, ...more }])).rejects.toThrow(message);
  });
});

it('has no plain address in production', async () => {
  const plain = [{ ...customers, instance: 'http://127.0.0.1:4000' }];
  expect(await load(plain)).toHaveLength(1);
  await expect(load(plain, { NODE_ENV: 'production' })).rejects.toThrow(
    'an https address when NODE_ENV is "production"',
  );
});
