import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  const path = join(folder, `${Math.random()}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  const environment = {
    ENTRA_TENANT_ID: 'c0170500-0000-4000-8000-000000000001',
    ENTRA_CLIENT_ID: 'a9100000-0000-4000-8000-000000000001',
    DATABASE_URL: 'postgres://login:password@127.0.0.1:5432/database',
    ENTRA_AUTHORITIES: path,
    ...settings,
  };
  return loadConfig(environment, 'production').authentication.authorities;
}

it('is a list of authorities, with ids in lower case', async () => {
  expect(await load([customers])).toEqual([{ ...customers, clientId: API.toLowerCase() }]);
});

it.each([
  ['{', 'it cannot be read, is no JSON list or has more than 64 KiB'],
  [`[${' '.repeat(64 * 1024)}]`, 'it cannot be read, is no JSON list or has more than 64 KiB'],
  [[], 'it cannot be read'],
  [Array.from({ length: 11 }, () => customers), 'it cannot be read'],
  [[{ ...customers, tenantId: 'x' }], '[0].tenantId: expected the GUID of the tenant'],
  [[{ ...customers, tenantID: TENANT }], '[0] has a name that no option has'],
  [[{ ...customers, clientId: TENANT }], '[0].clientId: expected the application (client) id'],
  [[{ ...customers, tenantId: 'common' }], '[0].allowedTenants: expected GUIDs'],
])('of another form stops the start: %#', async (content, message) => {
  await expect(load(content)).rejects.toThrow(message);
  await expect(load(content)).rejects.toThrow('ENTRA_AUTHORITIES');
});

it('that is missing stops the start, and its values are not shown', async () => {
  await expect(load([customers], { ENTRA_AUTHORITIES: join(folder, 'none.json') })).rejects.toThrow(
    'it cannot be read',
  );
  const secret = load([{ ...customers, clientId: 'a secret' }]);
  await expect(secret).rejects.toThrow('[0].clientId: expected a GUID');
  await expect(secret).rejects.not.toThrow('a secret');
});

it('has no plain address in production', async () => {
  const plain = [{ ...customers, instance: 'http://127.0.0.1:4000' }];
  expect(await load(plain)).toHaveLength(1);
  await expect(load(plain, { NODE_ENV: 'production' })).rejects.toThrow(
    'an https address when NODE_ENV is "production"',
  );
});
