import { expect, it } from 'vitest';
import { openAuthentication } from '../../src/assembly/open-authentication.js';
import { loadConfig } from '../../src/config/config.js';

const everyTenant = {
  ENTRA_TENANT_ID: 'organizations',
  ENTRA_ALLOWED_TENANTS: 'any',
  ENTRA_CLIENT_ID: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
  DATABASE_URL: 'postgres://api:secret@db.example.com:5432/expenses',
};

function open(settings: Record<string, string>) {
  return openAuthentication(loadConfig(settings, 'production'), {
    downstream: undefined,
    revocations: undefined,
    isTenantAllowed: () => true,
    logger: Object(console),
  });
}

it('lets a function decide about tenants where the settings let any tenant call', () => {
  expect(() => open(everyTenant).close()).not.toThrow();
});

it('refuses a function that decides about tenants beside a list of them', () => {
  const listed = { ...everyTenant, ENTRA_ALLOWED_TENANTS: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' };
  expect(() => open(listed)).toThrow('isTenantAllowed: expected ENTRA_ALLOWED_TENANTS=any beside it');
});
